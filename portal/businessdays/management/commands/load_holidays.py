from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import clock
from portal.access import Actor
from portal.businessdays.loading import load_year


class Command(BaseCommand):
    help = "달력을 채웁니다. 예: load_holidays 2024 2030. 직원이 등록한 휴무일은 바꾸지 않습니다."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("first_year", type=int)
        parser.add_argument("last_year", type=int)

    def handle(self, *args: Any, first_year: int, last_year: int, **options: Any) -> None:
        if not 2000 <= first_year <= last_year <= 2100:
            raise CommandError("연도는 2000~2100 사이에서 앞선 해부터 적어 주세요.")
        at, by = clock.now(), Actor.system("load_holidays")
        for year in range(first_year, last_year + 1):
            loaded = load_year(year=year, by=by, at=at)
            self.stdout.write(
                f"{year}년: 추가 {loaded.added}일, 삭제 {loaded.removed}일, 직원 등록 {loaded.kept_by_staff}일"
            )
