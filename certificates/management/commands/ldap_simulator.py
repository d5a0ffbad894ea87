"""`manage.py ldap_simulator`: the stand-in directory of the demo and the tests."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.revocation.simulator import add_arguments, serve


class Command(BaseCommand):
    help = "시험용 인증기관 디렉터리(LDAP)를 실행합니다. 폴더의 *.crl 파일을 폐지목록으로 내줍니다."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        base: ArgumentParser = parser
        add_arguments(base)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.STAGE == "production":
            raise CommandError("운영 환경에서는 시험용 디렉터리를 실행하지 않습니다.")
        serve(Namespace(**options))
