"""`manage.py import_revocation_list FILE…`: lists carried in by hand."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.actions.rechecking import recheck_certificates
from certificates.queries import trust_table
from certificates.refusals import Refused
from certificates.revocation import folder
from certificates.revocation.importing import import_list
from portal import clock
from portal.access import Actor


class Command(BaseCommand):
    help = "폐지목록(CRL) 파일을 확인해 들이고, 등록된 인증서를 다시 확인합니다."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        refused = 0
        for path in files:
            refused += not self.take(path)
        by = Actor.system("import_revocation_list")
        found = recheck_certificates(by=by, at=clock.now())
        self.stdout.write(
            f"등록된 인증서 확인: 유효 {found.good}, 폐지 {found.revoked}, 효력정지 {found.suspended}, "
            f"확인 못 함 {found.unknown}"
        )
        if refused:
            raise CommandError(f"받지 않은 파일이 {refused}개 있습니다. 위의 사유를 확인해 주십시오.")

    def take(self, path: Path) -> bool:
        """Judge one file and say what became of it."""
        fetched = folder.read(path)
        if fetched.der is None:
            self.stderr.write(f"{path}: 읽을 수 없거나 너무 큰 파일입니다({fetched.outcome}).")
            return False
        try:
            taken = import_list(data=fetched.der, trust=trust_table(), source="file", at=clock.now())
        except Refused as refused:
            self.stderr.write(f"{path}: 받을 수 없는 폐지목록입니다({refused}).")
            return False
        state = "새로 들였습니다" if taken.is_new else "이미 있는 목록입니다"
        late = " 다음 발행 예정 시각이 지난 목록입니다." if taken.is_late else ""
        self.stdout.write(f"{path}: {taken.row.number}호, {taken.row.entries:,}건. {state}.{late}")
        return True
