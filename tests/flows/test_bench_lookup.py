"""`manage.py bench lookup` at its smallest, and the indexes that keep it flat."""

import pytest
from django.contrib import admin
from django.db import connection

from guarantees.bench import lookup
from guarantees.bench.portfolio import Size, fill
from guarantees.models import Guarantee
from portal.bench.measuring import measure
from portal.bench.plan import Scale, Wish
from portal.bench.report import verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_way_finds() -> None:
    plan = lookup.prepare(Wish(Scale.TINY), lambda _line: None)
    results = measure(plan, rounds=1, say=lambda _line: None)
    lookups = [lookup.SELECT_ONE, lookup.BY_NUMBER, lookup.BY_NUMBER_OF_FEW, lookup.VERIFY]
    assert {name: found.rows for name, found in results.items()} == {
        method.name: 3 if method.name in lookups else 1 for method in plan.methods
    }
    assert [name for name, *_rest in verdicts(plan, results)] == ["A1 statements of the list"]
    plan.close()


def test_the_desk_asks_little_and_finds_by_number() -> None:
    fill(Size(400, 60), lambda _line: None)
    desk, ours = lookup.Desk(), lookup.GuaranteeAdmin(Guarantee, admin.site)
    desk.page(ours)  # the person's roles are read once
    assert desk.statements(ours) == 4  # two filters, one count, the rows
    number = Guarantee.everything.order_by("pk")[7].number
    page = desk.page(ours, q=number)
    assert [row.number for row in page.context_data["cl"].result_list] == [number]


@pytest.mark.parametrize(
    ("_case", "statement", "index"),
    [
        ("번호로 찾기", "SELECT id FROM guarantees_guarantee WHERE number = '2026-C1-000007-0'",
         "guarantee_number"),
        ("번호 앞부분", "SELECT id FROM guarantees_guarantee WHERE number LIKE '2026-C1-0000%' LIMIT 51",
         "guarantee_number"),
        ("조합원의 보증", "SELECT id FROM guarantees_guarantee"
         " WHERE member_id = (SELECT min(id) FROM members_member) ORDER BY id DESC LIMIT 20", "guarantee_member"),
        ("오늘 안내할 보증", "SELECT id, member_id FROM guarantees_guarantee WHERE state = 'active'"
         " AND outstanding >= 10000000 AND ends_on BETWEEN '2026-10-08' AND '2026-10-12'", "guarantee_due"),
        ("첫 화면", "SELECT id FROM guarantees_guarantee ORDER BY id DESC LIMIT 51", "guarantees_guarantee_pkey"),
    ],
)  # fmt: skip
def test_as_many_as_a_cooperative_has_are_found_through_an_index(_case: str, statement: str, index: str) -> None:
    """As the planner sees 100,000 rows: few stand here, and the table's statistics tell of more.

    The table is written anew first: pages that tests before this one left empty would weigh in its costs.
    """
    fill(Size(2_000, 40), lambda _line: None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("CLUSTER guarantees_guarantee USING guarantees_guarantee_pkey")
        cursor.execute("ANALYZE guarantees_guarantee")
        cursor.execute("UPDATE pg_class SET reltuples = reltuples * 50, relpages = relpages"
                       " WHERE relname IN ('guarantees_guarantee', 'guarantee_number')")  # fmt: skip
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f" {index} " in f"{plan} ", plan
    assert "Seq Scan on guarantees_guarantee" not in plan
