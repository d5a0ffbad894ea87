import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guarantees.actions.expiry import Preview, plan_expiry_notices, preview
from portal import clock
from portal.access import Actor


class Command(BaseCommand):
    help = "보증해제대상 안내를 만듭니다. --dry-run이면 아무것도 쓰지 않고 대상만 보여 줍니다."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", help="실행일(YYYY-MM-DD). 없으면 오늘(서울)")
        parser.add_argument("--dry-run", action="store_true", help="쓰지 않고 보기만 합니다")
        parser.add_argument("--json", action="store_true", help="결과를 JSON 하나로 출력합니다")

    def handle(self, *args: Any, **options: Any) -> None:
        on = self.day(options["date"])
        found = preview(on=on)
        if not options["dry_run"]:
            plan_expiry_notices(on=on, by=Actor.system("expiry_run"), at=clock.now())
        self.stdout.write(json.dumps(as_object(found), ensure_ascii=False) if options["json"] else as_text(found))

    def day(self, text: str | None) -> date:
        try:
            return date.fromisoformat(text) if text else clock.today()
        except ValueError:
            raise CommandError(f"날짜를 읽을 수 없습니다: {text}. 2026-12-04처럼 적어 주세요.") from None


def as_object(found: Preview) -> dict[str, Any]:
    """The report as the operators' scripts read it."""
    span = found.window
    return {
        "run_date": found.run_date.isoformat(),
        "business_day": span is not None,
        "covers": {
            "from": span.first_end.isoformat() if span else None,
            "to": span.last_end.isoformat() if span else None,
        },
        "planned": [
            {
                "guarantee": notice.guarantee,
                "end_date": notice.end_date.isoformat(),
                "recipients": notice.recipients,
                "late": notice.late,
            }
            for notice in found.planned
        ],
        "skipped": found.skipped,
    }


def as_text(found: Preview) -> str:
    """The report for a person."""
    if found.window is None:
        return f"{found.run_date}: 휴무일이라 안내를 보내지 않습니다."
    lines = [
        f"{found.run_date}: 종료일 {found.window.first_end}~{found.window.last_end} 대상 {len(found.planned)}건"
    ]
    lines += [
        f"  {notice.guarantee}  종료 {notice.end_date}  받는 사람 {notice.recipients}명"
        + ("  (늦음)" if notice.late else "")
        for notice in found.planned
    ]
    lines += [f"  제외 {reason}: {count}건" for reason, count in sorted(found.skipped.items())]
    return "\n".join(lines)
