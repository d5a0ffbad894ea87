from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from guarantees.demo import certificates, deliveries, limits, payments, people, portfolio, releases, story
from portal import clock
from portal.helpdesk import demo as helpdesk
from portal.members.models import Branch


class Command(BaseCommand):
    help = "데모 자료를 넣습니다. 이미 있으면 아무것도 바꾸지 않고 로그인 정보만 보여 줍니다."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=600, help="보증 건수(최대 100000)")
        parser.add_argument("--ldap", default="", help="시험용 인증기관 디렉터리 서버 주소(ldap://호스트:포트)")

    def handle(self, *args: Any, scale: int, ldap: str, **options: Any) -> None:
        if settings.STAGE == "production":
            raise CommandError("운영 환경에는 데모 자료를 넣을 수 없습니다.")
        if not 30 <= scale <= 100_000:
            raise CommandError("보증 건수는 30건에서 100,000건 사이로 적어 주세요.")
        if not Branch.objects.exists():
            self.seed(scale)
        if ldap:
            certificates.listen_at(ldap)
        self.stdout.write("로그인 (비밀번호는 모두 " + people.PASSWORD + ")")
        for account in people.ACCOUNTS:
            company = f", {account.company}" if account.company else ""
            self.stdout.write(f"  {account.username:<10} {account.note}{company}")
        self.stdout.write(f"  {'admin':<10} 시스템 관리자")
        self.stdout.write(f"시험용 인증서 (비밀번호 {certificates.PASSWORD}, 목록은 안내.txt)")
        self.stdout.write(f"  {certificates.folder()}")

    @transaction.atomic
    def seed(self, scale: int) -> None:
        """All or nothing: a start that was interrupted begins anew."""
        at = clock.now()
        companies = max(30, scale // 500)
        members = people.make_members(people.make_branches(), companies)
        people.make_accounts()
        portfolio.make_portfolio(members, -(-scale // companies), at)
        limits.make_limits(members, at)
        story.tell(at)
        releases.tell(at)
        deliveries.tell(at)
        helpdesk.tell(at)
        payments.tell(certificates.tell(members, at), at)
