"""`manage.py bench certificate`: every method runs and is judged, and only a scratch database is ever used."""

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from certificates import bench
from certificates.minting.large_list import lengthened
from certificates.minting.revocation import HOLD, Revocation, mint_list, scope
from certificates.models import RevocationList, RevokedSerial
from portal.bench.measuring import Measured, measure
from portal.bench.plan import Plan, Scale, Target, Wish, ratio
from portal.bench.report import as_json, as_text, verdicts
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.slow

NAMES = [
    "verify: RSA and hashes alone",
    "verify: ordinary list, nothing asked of the database",
    "verify: ordinary list",
    "verify: long list",
    "verify: authorities and long list read each time",
    "import: signature and COPY alone",
    "import: first list",
    "import: next list",
    "import: a first list by bulk_create",
    "lookup: two SELECTs alone",
    "lookup: ordinary list",
    "lookup: long list",
    "lookup: long list read each time",
]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=True):
        yield


@pytest.mark.django_db
def test_small_scale_gives_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bench.REPEATED, Scale.SMALL, 2)
    said: list[str] = []
    plan = bench.prepare(Wish(Scale.SMALL), said.append)
    results = measure(plan, rounds=1, say=said.append)
    assert [method.name for method in plan.methods] == list(NAMES)
    assert {name: results[name].rows for name in NAMES} == dict(
        zip(NAMES, [2, 2, 2, 2, 1, 5_000, 5_000, 5_000, 5_000, 2, 2, 2, 1], strict=True)
    )
    assert all(found.us_per_row > 0 for found in results.values())
    assert sum(line.startswith("round 1/1: ") for line in said) == len(NAMES)
    following = next(method for method in plan.methods if method.name == "import: next list")
    following.before()
    assert RevocationList.objects.get().entries == 5_000
    following.work()
    assert RevocationList.objects.get().entries == RevokedSerial.objects.count() == 5_010
    lines = as_text(plan, results).splitlines()
    assert len(lines) == 2 + 1 + len(NAMES) + len(plan.targets)
    assert lines[1] == "list: 5,000 entries, 185,741 bytes"
    assert [row["name"] for row in as_json(plan, results)["methods"]] == NAMES


def measured(name: str, us_per_row: float) -> Measured:
    return Measured(
        name=name, wall_s=1, client_s=1, db_s=None, rows=10, us_per_row=us_per_row, wal_per_row=0,
        peak_bytes=None, spread=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "limits", "met"),
    [
        ("두 배까지, 두 배", {"at_most": 2.0}, True),
        ("두 배까지, 그보다 적게", {"at_most": 1.9}, False),
        ("적어도 두 배", {"at_least": 2.0}, True),
        ("적어도 두 배 넘게", {"at_least": 2.1}, False),
    ],
)
def test_verdicts(_case: str, limits: dict[str, float], met: bool) -> None:
    target = Target("ours vs floor", ratio("ours", "floor"), **limits)
    results = {"ours": measured("ours", 20), "floor": measured("floor", 10)}
    assert verdicts(Plan([], [target]), results) == [("ours vs floor", 2.0, target.limit, met)]


@pytest.mark.parametrize("name", ["portal", "portal_bench_2", "bench", "_benchmark"])
def test_no_other_database_is_touched(name: str) -> None:
    own = connection.settings_dict["NAME"]
    with pytest.raises(CommandError, match=f"데이터베이스 {name}에는 실제 자료가"):
        call_command("bench", "certificate", database=name, stderr=StringIO())
    assert connection.settings_dict["NAME"] == own


def test_a_long_list_is_what_cryptography_builds() -> None:
    """The same lines by both ways give the same bytes: RSA PKCS#1 v1.5 signs without chance."""
    issuer = world().hierarchy.old_issuer
    lines = [Revocation(300, AT), Revocation(2**159 - 1, AT.replace(hour=1), HOLD)]
    given: Any = {
        "point": scope("dp1p1"),
        "number": 7,
        "this_update_at": AT,
        "next_update_at": AT.replace(hour=23),
    }
    assert lengthened(mint_list(issuer, **given), issuer, lines) == mint_list(issuer, lines, **given)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_whole_command(tmp_path: Path) -> None:
    """Makes its database, measures, writes the file, says with its exit code what the verdicts say, cleans up."""
    name = f"{connection.settings_dict['NAME']}_bench"
    file = tmp_path / "bench.json"
    command = [
        "manage.py",
        "bench",
        "certificate",
        "--rounds",
        "1",
        "--database",
        name,
        "--json",
        str(file),
        "--gate",
    ]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    report = json.loads(file.read_text())
    assert [row["name"] for row in report["methods"]] == NAMES
    assert done.returncode == int(not all(verdict["met"] for verdict in report["verdicts"])), done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        assert cursor.fetchone() == (0,)
