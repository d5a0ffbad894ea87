"""`manage.py mint_demo_certificates DIR`: every scheme and every fault, to try every refusal by hand."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates.demo import DIRECTORY, install
from certificates.minting.demo import write_demo
from certificates.minting.faults import Holder
from certificates.minting.folders import DEMO_PASSWORD
from certificates.revocation.endpoints import InvalidEndpoint, parse_endpoint
from portal import clock
from portal.access import Actor
from portal.identifiers import InvalidNumber, parse_business_number
from portal.members.models import Member

HOLDERS = 2
INVENTED = Holder("데모설비(주)", "9018112019", "김가온")


class Command(BaseCommand):
    help = "시험용 NPKI 폴더를 만듭니다. 모든 키 파일 방식과 모든 오류, 폐지목록, 안내 파일이 들어 있습니다."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="만들 폴더")
        parser.add_argument(
            "--business-number",
            action="append",
            default=[],
            help="사업자등록번호. 첫 번째에 모든 오류를 만듭니다.",
        )
        parser.add_argument("--install", action="store_true", help="만든 기관을 신뢰 기관으로 등록합니다.")
        parser.add_argument("--ldap", default=DIRECTORY, help=f"시험용 디렉터리 서버 주소(기본 {DIRECTORY})")

    def handle(
        self,
        *args: Any,
        directory: Path,
        business_number: list[str],
        install: bool,
        ldap: str,
        **options: Any,
    ) -> None:
        if install and settings.STAGE == "production":
            raise CommandError("운영 환경에는 시험용 기관을 등록할 수 없습니다. --install 없이 실행해 주십시오.")
        try:
            parse_endpoint(ldap)
            holders = [holder_of(parse_business_number(number)) for number in business_number]
        except InvalidNumber as invalid:
            raise CommandError(invalid.message) from invalid
        except InvalidEndpoint as invalid:
            raise CommandError("디렉터리 서버는 ldap://호스트:포트 형태로 적어 주십시오.") from invalid
        world = write_demo(directory, holders or first_holders(), at=clock.now())
        self.stdout.write(f"인증서 {len(world.specimens)}벌: {directory}")
        self.stdout.write(f"안내: {directory / '안내.txt'}  비밀번호: {DEMO_PASSWORD}")
        if install:
            self.install(directory, ldap)

    def install(self, directory: Path, endpoint: str) -> None:
        by = Actor.system("mint_demo_certificates")
        trusted = install(directory=directory, endpoint=endpoint, by=by, at=clock.now())
        self.stdout.write(f"신뢰 기관 {trusted}곳과 폐지목록을 등록했습니다.")


def holder_of(business_number: str) -> Holder:
    """The member of that number as registered, else an invented company."""
    member = Member.everything.filter(business_number=business_number).first()
    if member is None:
        return Holder(INVENTED.company, business_number, INVENTED.representative)
    return Holder(member.name, business_number, member.representative_name)


def first_holders() -> list[Holder]:
    """The first two members, or one that nobody knows where there are none."""
    members = Member.everything.order_by("pk")[:HOLDERS]
    return [holder_of(member.business_number) for member in members] or [INVENTED]
