"""`manage.py bench NAME`: how fast it is here, against the barest means and the plain way, in one run."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.bench.measuring import measure
from portal.bench.plan import Scale, Wish
from portal.bench.report import as_json, as_text
from portal.bench.scratch import NotScratch, default_name, scratch_database

# Each module has `prepare(wish, say) -> Plan`. Names only: this app imports no other.
BENCHES = {
    "expiry": "guarantees.bench.expiry",
    "deliver": "guarantees.bench.deliver",
    "ledger": "sms.bench.ledger",
    "lookup": "guarantees.bench.lookup",
    "web": "guarantees.bench.web",
    "document": "guarantees.bench.document",
    "certificate": "certificates.bench",
}
ALL = "all"
MOST_IN_A_REQUEST = 1_000


class Command(BaseCommand):
    help = "성능을 잽니다. 이름이 _bench로 끝나는 시험 데이터베이스를 새로 만들어 쓰고 지웁니다."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[*BENCHES, ALL], help="무엇을 잴지(all: 모두)")
        parser.add_argument("--scale", choices=[*Scale], default=Scale.SMALL, help="자료의 크기(기본 small)")
        parser.add_argument("--rounds", type=int, default=3, help="반복 횟수(기본 3)")
        parser.add_argument("--rows", type=int, help="보증 건수(기본은 --scale에 따름)")
        parser.add_argument(
            "--gateway-latency", default="0,50", metavar="MS,MS", help="문자 중계사의 응답 시간(기본 0,50)"
        )
        parser.add_argument(
            "--max-batch", type=int, default=MOST_IN_A_REQUEST, help="한 번에 보낼 건수(기본 1000)"
        )
        parser.add_argument("--database", default="", help="시험 데이터베이스 이름. _bench로 끝나야 합니다")
        parser.add_argument("--json", dest="report", type=Path, metavar="FILE", help="결과를 JSON 파일로도 씁니다")
        parser.add_argument("--gate", action="store_true", help="목표에 못 미치면 종료 코드 1로 끝냅니다")

    def handle(self, *args: Any, name: str, database: str, **options: Any) -> None:
        if settings.STAGE == "production":
            raise CommandError("운영 환경에서는 성능을 재지 않습니다. 시험용 컴퓨터에서 실행해 주십시오.")
        if options["rounds"] < 1:
            raise CommandError("반복 횟수(--rounds)는 1 이상이어야 합니다.")
        wish = wished(**options)
        names = list(BENCHES) if name == ALL else [name]
        try:
            with scratch_database(database or default_name(), self.say):
                reports = {one: self.run(one, wish, options["rounds"]) for one in names}
        except NotScratch as refused:
            raise CommandError(
                f"데이터베이스 {refused}에는 실제 자료가 있을 수 있습니다. _bench로 끝나는 이름을 적어 주십시오."
            ) from None
        if options["report"]:
            told = reports if name == ALL else reports[name]
            options["report"].write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        missed = [row["target"] for found in reports.values() for row in found["verdicts"] if not row["met"]]
        if missed and options["gate"]:
            raise CommandError(f"목표에 못 미쳤습니다: {', '.join(missed)}")

    def run(self, name: str, wish: Wish, rounds: int) -> dict[str, Any]:
        """Prints the report, and returns it as data."""
        plan = import_module(BENCHES[name]).prepare(wish, self.say)
        try:
            results = measure(plan, rounds=rounds, say=self.say)
            self.stdout.write(as_text(plan, results))
            return as_json(plan, results)
        finally:
            plan.close()

    def say(self, line: str) -> None:
        """Progress, apart from the report."""
        self.stderr.write(line)


def wished(*, scale: str, rows: int | None, gateway_latency: str, max_batch: int, **_others: Any) -> Wish:
    """What the options ask for. Raises CommandError."""
    latencies = gateway_latency.split(",")
    if not all(text.isascii() and text.isdigit() and len(text) <= 5 for text in latencies):
        raise CommandError("응답 시간(--gateway-latency)은 0,50처럼 밀리초를 쉼표로 나눠 적어 주십시오.")
    if not 1 <= max_batch <= MOST_IN_A_REQUEST:
        raise CommandError(f"한 번에 보낼 건수(--max-batch)는 1부터 {MOST_IN_A_REQUEST:,}까지입니다.")
    if rows is not None and rows < 1:
        raise CommandError("보증 건수(--rows)는 1 이상이어야 합니다.")
    return Wish(Scale(scale), rows, tuple(map(int, latencies)), max_batch)
