"""`manage.py procurement_simulator`: the stand-in procurement system for demo and tests."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from guarantees.procurement.simulator import Config, SimulatorServer
from portal.serving import serve_until_told


class Command(BaseCommand):
    help = "시험용 전자조달시스템을 실행합니다. 실제 조달시스템에는 아무것도 나가지 않습니다."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8027, help="0이면 빈 포트를 씁니다.")
        parser.add_argument(
            "--callback", default="", help="접수·반려를 알릴 포털 주소. 없으면 물을 때만 답합니다."
        )
        parser.add_argument("--answer-after", type=float, default=20.0, help="담당자가 답하기까지의 초")

    def handle(self, *args: Any, port: int, callback: str, answer_after: float, **options: Any) -> None:
        if settings.STAGE == "production":
            raise CommandError("운영 환경에서는 모의기를 실행하지 않습니다.")
        config = Config(settings.PROCUREMENT_KEY, settings.PROCUREMENT_SECRET, callback, answer_after)
        server = SimulatorServer(("127.0.0.1", port), config)
        serve_until_told(server, server.url)
