"""`manage.py sms_simulator`: the stand-in SMS gateway for demo and tests."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sms.gateways.simulator.__main__ import add_arguments, serve


class Command(BaseCommand):
    help = "시험용 문자 중계사를 실행합니다. 실제 문자는 나가지 않습니다."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        base: ArgumentParser = parser
        add_arguments(base)

    def handle(self, *args: Any, **options: Any) -> None:
        serve(Namespace(**options))
