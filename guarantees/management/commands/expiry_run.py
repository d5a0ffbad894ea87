import json
import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guarantees import expiry_report
from guarantees.actions.expiry import Preview, plan_expiry_notices, preview
from guarantees.actions.expiry_watch import raise_alarm, run_if_due
from guarantees.expiry_words import outcome_word
from guarantees.models import ExpiryRun
from portal import clock
from portal.access import Actor
from portal.health.clocks import ClocksDiffer, check


class Command(BaseCommand):
    help = "보증해제대상 안내를 만듭니다. --dry-run이면 아무것도 쓰지 않고 대상만 보여 줍니다."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", help="실행일(YYYY-MM-DD). 없으면 오늘(서울)")
        parser.add_argument("--json", action="store_true", help="결과를 JSON 하나로 출력합니다")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="쓰지 않고 보기만 합니다")
        what.add_argument(
            "--if-due",
            action="store_true",
            help="오늘 실행이 아직 없을 때만 실행합니다(cron·systemd에서 부릅니다)",
        )
        what.add_argument(
            "--report", nargs="?", const="", metavar="DAY", help="그날(없으면 오늘) 실행의 결과를 봅니다"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check()
        except ClocksDiffer as refusal:
            raise CommandError(refusal.message) from refusal
        if options["if_due"]:
            return self.run_if_due()
        if options["report"] is not None:
            return self.report(self.day(options["report"] or options["date"]), as_json=options["json"])
        on = self.day(options["date"])
        found = preview(on=on)
        if not options["dry_run"]:
            plan_expiry_notices(on=on, by=Actor.system("expiry_run"), at=clock.now())
        self.stdout.write(json.dumps(as_object(found), ensure_ascii=False) if options["json"] else as_text(found))
        return None

    def run_if_due(self) -> None:
        """For a timer of the machine, beside beat and without it. Ends with 1 while the day is missing its run."""
        now, run = clock.now(), None
        try:
            run = run_if_due(by=Actor.system("expiry_run --if-due"), at=now)
        finally:
            is_missing = raise_alarm(at=now)
        if run:
            self.stdout.write(f"{run}: 안내 보증 {run.planned:,}건, 문자 {run.messages:,}통")
        if is_missing:
            sys.exit(1)

    def report(self, on: date, *, as_json: bool) -> None:
        """What became of the day's notices, counted now."""
        run = ExpiryRun.objects.filter(run_on=on).first()
        if run is None:
            raise CommandError(f"{on}: 실행 기록이 없습니다.")
        found = expiry_report.report_of(run)
        if as_json:
            self.stdout.write(json.dumps(expiry_report.as_object(found), ensure_ascii=False))
        else:
            self.stdout.write(report_text(found))

    def day(self, text: str | None) -> date:
        try:
            return date.fromisoformat(text) if text else clock.today()
        except ValueError:
            raise CommandError(f"날짜를 읽을 수 없습니다: {text}. 2026-12-04처럼 적어 주세요.") from None


def report_text(report: expiry_report.RunReport) -> str:
    """The report for a person."""
    run = report.run
    lines = [
        f"{run}: 조건에 맞은 보증 {report.candidates:,}건 = 보냄 {report.sent:,} + 진행 중 {report.pending:,}"
        f" + 보낼 수 없음 {report.unsendable:,} + 보내지 않음 {report.left_out_count:,}",
        *(f"  {outcome_word(code)}: {count:,}건" for code, count in sorted(report.outcomes.items())),
        f"문자 {report.texts:,}통 (묶음 {report.digests:,}건)",
        *(f"  {outcome_word(code)}: {count:,}통" for code, count in sorted(report.fates.items())),
        *(f"늦은 안내 {day}분 {count:,}건" for day, count in sorted(report.caught_up.items())),
        f"휴무일 판 {run.calendar_version or '-'}, 프로그램 판 {run.code_version or '-'}",
    ]
    return "\n".join(lines)


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
