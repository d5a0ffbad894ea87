import csv
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guarantees.importing.lines import OPTIONAL, REQUIRED, UnreadableFile
from guarantees.importing.taking import RefusedLines, Report, examine, take
from portal import clock
from portal.access import Actor

SHOWN = 20
BAR = 30


class Command(BaseCommand):
    help = (
        "기존 보증을 CSV 파일에서 이관합니다. 한 줄이라도 잘못되면 아무것도 등록하지 않습니다. "
        f"필수 열: {', '.join(REQUIRED)}. 선택 열: {', '.join(OPTIONAL)}. "
        "UTF-8 또는 CP949. 같은 파일을 다시 넣어도 두 번 등록되지 않습니다."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="검사만 하고 등록하지 않습니다")
        parser.add_argument("--report", type=Path, help="거절된 줄을 모두 적을 CSV 파일(없으면 FILE.refused.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"파일을 열 수 없습니다: {path} ({error.strerror})") from None
        progress = self.progress_bar(max(content.count(b"\n") - 1, 1))
        try:
            if options["dry_run"]:
                report = examine(content, progress)
                if report.refused:
                    raise RefusedLines(report)
            else:
                by = Actor.system("import_guarantees")
                report = take(content, file_name=path.name, by=by, at=clock.now(), progress=progress)
        except UnreadableFile as unreadable:
            raise CommandError(unreadable.message) from None
        except RefusedLines as refused:
            self.tell_refused(refused.report, options["report"] or path.with_suffix(".refused.csv"))
            raise CommandError(
                f"{refused.report.lines:,}줄 가운데 {len(refused.report.refused):,}줄이 잘못되어 "
                "아무것도 등록하지 않았습니다. 그 줄을 고쳐 다시 실행해 주세요."
            ) from None
        verb = "등록할 수 있습니다" if options["dry_run"] else "등록했습니다"
        self.stdout.write(f"{report.lines:,}줄: 새 보증 {len(report.new):,}건을 {verb}. "
                          f"이미 등록된 보증 {report.unchanged:,}건은 그대로 둡니다.")  # fmt: skip

    def progress_bar(self, total: int) -> Callable[[int], None]:
        """A bar on a terminal, a line at the end elsewhere."""

        def show(done: int) -> None:
            if self.stderr.isatty():
                filled = min(BAR * done // total, BAR)
                self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done:,}줄 검사", ending="")
                if done >= total:
                    self.stderr.write("")

        return show

    def tell_refused(self, report: Report, to: Path) -> None:
        """Every refused line into the report file, the first ones on the screen."""
        for line, number, reason in report.refused[:SHOWN]:
            self.stderr.write(f"{line}번째 줄 {number}: {reason}")
        if len(report.refused) > SHOWN:
            self.stderr.write(f"… 그 밖에 {len(report.refused) - SHOWN:,}줄")
        with to.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "number", "reason"])
            writer.writerows(report.refused)
        self.stderr.write(f"거절된 줄과 이유는 {to}에 모두 있습니다.")
