"""`manage.py bench`: what it refuses, and that a missed target ends it with a fault when asked to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from guarantees.bench import document
from portal.bench.plan import Plan, Say, Target, Wish
from portal.bench.scratch import url_of
from portal.management.commands import bench


@contextmanager
def here(_name: str, _say: Say) -> Iterator[None]:
    """Stands in for the making and dropping of the scratch database, which takes half a minute."""
    yield


def run(**options: Any) -> str:
    out = StringIO()
    call_command("bench", "document", scale="tiny", rounds=1, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def without_scratch(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "scratch_database", here)


@pytest.mark.parametrize(
    ("_case", "limit", "gate", "fails"),
    [
        ("목표를 지켰다", 1_000_000.0, True, False),
        ("못 지켰고 묻는다", 0.000001, True, True),
        ("못 지켰으나 묻지 않는다", 0.000001, False, False),
    ],
)
def test_a_missed_target_fails_the_gate(
    _case: str, limit: float, gate: bool, fails: bool, without_scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = document.prepare

    def prepare(wish: Wish, say: Say) -> Plan:
        target = Target("C1 장난", lambda results: results[document.PRINTED].us_per_row, at_most=limit)
        return replace(usual(wish, say), targets=[target])

    monkeypatch.setattr(document, "prepare", prepare)
    if fails:
        with pytest.raises(CommandError, match="목표에 못 미쳤습니다: C1 장난") as refused:
            run(gate=gate)
        assert refused.value.returncode == 1
    else:
        assert "C1 장난" in run(gate=gate)


def test_what_was_started_is_ended_whatever_happens(
    without_scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, ended = document.prepare, []

    def prepare(wish: Wish, say: Say) -> Plan:
        plan = usual(wish, say)
        broken = replace(plan.methods[0], work=lambda: 1 // 0)
        return replace(plan, methods=[broken], close=lambda: ended.append(plan.close()))

    monkeypatch.setattr(document, "prepare", prepare)
    with pytest.raises(ZeroDivisionError):
        run()
    assert ended == [None]


def test_the_report_tells_where_it_was_measured(without_scratch: None, tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    first, *_rest = run(report=file).splitlines()
    for told in (
        "machine ",
        "cores ",
        "load ",
        "postgresql ",
        "django 5.2",
        "driver psycopg2",
        "locale ",
        "fsync ",
    ):
        assert told in first
    assert '"verdicts": []' in file.read_text()


@pytest.mark.parametrize(
    ("_case", "options", "said"),
    [
        ("글자", {"gateway_latency": "0,ab"}, "응답 시간"),
        ("음수", {"gateway_latency": "-5"}, "응답 시간"),
        ("없음", {"max_batch": 0}, "한 번에 보낼 건수"),
        ("중계사보다 많음", {"max_batch": 1_001}, "한 번에 보낼 건수"),
        ("보증 없음", {"rows": 0}, "보증 건수"),
        ("반복 없음", {"rounds": 0}, "반복 횟수"),
    ],
)
def test_odd_wishes_are_refused(_case: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("bench", "document", stderr=StringIO(), **options)


@pytest.mark.parametrize("name", [*bench.BENCHES, bench.ALL])
def test_every_bench_refuses_other_databases(name: str) -> None:
    own = connection.settings_dict["NAME"]
    with pytest.raises(CommandError, match="실제 자료가 있을 수 있습니다"):
        call_command("bench", name, database=own, stderr=StringIO())
    assert connection.settings_dict["NAME"] == own


def test_production_is_not_measured(settings: Any) -> None:
    settings.STAGE = "production"
    with pytest.raises(CommandError, match="운영 환경"):
        call_command("bench", "document", stderr=StringIO())


def test_children_are_told_the_same_database() -> None:
    given = {"NAME": "x_bench", "USER": "u", "PASSWORD": "p@:/", "HOST": "/run/pg", "PORT": 5433}
    assert url_of(given) == "postgres://u:p%40%3A%2F@%2Frun%2Fpg:5433/x_bench"
    assert url_of({**given, "PASSWORD": "", "HOST": "127.0.0.1", "PORT": ""}) == "postgres://u@127.0.0.1/x_bench"
