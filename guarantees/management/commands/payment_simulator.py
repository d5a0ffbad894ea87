"""`manage.py payment_simulator`: the stand-in bank for demo and tests."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from guarantees.payments.simulator.server import PaymentSimulator
from portal.serving import serve_until_told


class Command(BaseCommand):
    help = "시험용 은행을 실행합니다. 실제 돈은 움직이지 않습니다."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8035, help="0이면 빈 포트를 씁니다.")
        parser.add_argument("--host", default="127.0.0.1", help="들을 주소. 로그인이 없습니다.")
        parser.add_argument("--database", type=Path, required=True, help="SQLite 파일. 없으면 만듭니다.")
        parser.add_argument("--webhook", default="", help="입금을 알릴 주소. 비우면 알리지 않습니다.")

    def handle(self, *, port: int, host: str, database: Path, webhook: str, **options: object) -> None:
        if settings.STAGE == "production":
            raise CommandError("운영 환경에서는 시험용 은행을 실행하지 않습니다.")
        key = settings.PAYMENT_SECRET_KEY
        server = PaymentSimulator((host, port), secret_key=key, database=database, webhook=webhook)
        serve_until_told(server, server.url)
