"""What the expiry run costs, by counts that do not depend on the machine (PERFORMANCE gates of the planning)."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from guarantees.actions.expiry import MISSED_WITHIN, _parameters, plan_expiry_notices
from guarantees.expiry_statements import DUE, INSERT_MISSED, PASSED_OVER
from guarantees.models import ExpiryNotice
from guarantees.rules.expiry import window
from portal.businessdays.models import business_calendar
from sms.models import Message
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_branch, make_guarantee, make_member
from tests.flows.expiry_world import BY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MONDAY = date(2026, 11, 23)
AT = at("2026-11-23 09:00")
ENDS = date(2026, 12, 8)  # T 11-23
COMPANIES = 400
PLANNING_GATE = 1_250  # bytes of write-ahead log for one message, its batch and its share of a notice

# Copies of one company and one guarantee, everything else alike: a table as large as it is asked for.
MORE_MEMBERS = """
    INSERT INTO members_member SELECT x.* FROM members_member m, generate_series(1, %s) AS n,
        LATERAL jsonb_populate_record(m, jsonb_build_object(
            'id', 900000 + n, 'business_number', (9000000000 + n)::text, 'sms_name', '시험설비' || n,
            'representative_mobile', '0100' || lpad(n::text, 7, '0'))) AS x
     WHERE m.id = %s
"""
MORE_RECIPIENTS = """
    INSERT INTO sms_recipient (member_id, name, role, mobile, kinds, is_active, consented, added_at, proof,
                               proven_at)
    SELECT 900000 + n, '최라온', '', '0109' || lpad(n::text, 7, '0'), '{expiry}', true, true, now(), 'staff', now()
      FROM generate_series(2, %s, 2) AS n
"""
# A quarter of all is active, half of them too small for a notice.
MORE_GUARANTEES = """
    INSERT INTO guarantees_guarantee SELECT x.* FROM guarantees_guarantee g, generate_series(1, %s) AS n,
        LATERAL jsonb_populate_record(g, jsonb_build_object(
            'id', 9000000 + n, 'public_id', gen_random_uuid(), 'number', '2099-C1-' || n,
            'sms_number', 'C1-' || lpad(n::text, 6, '0'), 'member_id', 900001 + n %% %s,
            'starts_on', date '2020-01-01',
            'ends_on', CASE WHEN n <= %s THEN %s::date ELSE date '2025-01-01' + n %% 1095 END,
            'outstanding', CASE WHEN n <= %s OR n %% 8 <> 4 THEN 50000000 ELSE 5000000 END,
            'state', CASE WHEN n <= %s OR n %% 4 = 0 THEN 'active' ELSE 'expired' END)) AS x
     WHERE g.id = %s
"""


@pytest.fixture
def calendar() -> None:
    fill_calendar()


def fill(due: int, total: int | None = None, companies: int = COMPANIES, *, with_recipients: bool = False) -> None:
    """`due` guarantees for Monday's run among `total`; every other company may have a second phone."""
    member = make_member(make_branch(), representative_mobile="")
    pattern = make_guarantee(member, ends_on=date(2020, 12, 31), state="expired")
    with connection.cursor() as cursor:
        cursor.execute(MORE_MEMBERS, [companies, member.pk])
        if with_recipients:
            cursor.execute(MORE_RECIPIENTS, [companies])
        cursor.execute(MORE_GUARANTEES, [total or due, companies, due, ENDS, due, due, pattern.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE guarantees_guarantee, members_member, guarantees_expirynotice, sms_message")


def statements_of_a_run(count: int) -> int:
    with transaction.atomic():
        fill(count)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            plan_expiry_notices(on=MONDAY, by=BY, at=AT)
        assert ExpiryNotice.everything.filter(state="planned").count() == count
        transaction.set_rollback(True)
    return len(seen)


@pytest.mark.usefixtures("calendar")
def test_a_run_takes_as_many_statements_for_a_thousand_as_for_ten() -> None:
    assert statements_of_a_run(10) == statements_of_a_run(1_000) <= 30


@pytest.mark.usefixtures("calendar")
def test_a_run_with_many_digests_takes_one_statement_more_at_most() -> None:
    """Digests are two statements of the same run, however many companies have one."""
    with transaction.atomic():
        fill(1_200, companies=200)  # six each
        with CaptureQueriesContext(connection) as seen:
            run = plan_expiry_notices(on=MONDAY, by=BY, at=AT)
        transaction.set_rollback(True)
    assert (run.planned, run.messages) == (1_200, 200)
    assert len(seen) == statements_of_a_run(10)


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize(("_case", "due"), [("보통 날", 60), ("긴 연휴 뒤", 1_000)])
def test_the_due_guarantees_are_found_by_the_partial_index(_case: str, due: int) -> None:
    """`guarantee_due` holds active guarantees of ten million won and more by their end.

    After the longest closure a run owes eight days at once, some two in a hundred guarantees of a year; where it
    is a tenth of the table reading all of it is as good, and PostgreSQL may.
    """
    fill(due, total=50_000)
    calendar = business_calendar()
    span = window(MONDAY, calendar)
    assert span is not None
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {DUE}", _parameters(MONDAY, span, calendar))
        plan = json.dumps(cursor.fetchone()[0])
    assert '"Index Name": "guarantee_due"' in plan


@pytest.mark.usefixtures("calendar")
@pytest.mark.parametrize("statement", [PASSED_OVER, INSERT_MISSED])
def test_what_ended_or_ends_in_few_days_is_found_by_its_end(statement: str) -> None:
    """`guarantee_end` holds every guarantee: of a year's run after run, none reads all of them."""
    fill(60, total=50_000)
    calendar = business_calendar()
    span = window(MONDAY, calendar)
    assert span is not None
    given = {
        **_parameters(MONDAY, span, calendar), "first_end": span.first_end, "run": 1, "at": AT,
        "missed_from": MONDAY - MISSED_WITHIN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", given)
        plan = json.dumps(cursor.fetchone()[0])
    assert '"Index Name": "guarantee_end"' in plan


def in_place(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = %s", [table])
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("calendar")
def test_planning_updates_no_message_no_batch_and_no_notice_in_place() -> None:
    fill(1_000)
    plan_expiry_notices(on=MONDAY, by=BY, at=AT)
    assert Message.everything.count() == 1_000
    assert [in_place(table) for table in ("sms_message", "sms_batch", "guarantees_expirynotice")] == [0, 0, 0]


class WriteAheadLog:
    """Adds up what the planning's inserts log, by their own plans: nobody else's writing is in it.

    Each is explained once more beforehand and undone. The row locks of the foreign keys (about 50 bytes each)
    are taken after a plan ends and are not in it.
    """

    INSERTS = ("INSERT INTO guarantees_expirynotice", "WITH fresh", "WITH chosen")

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, execute: Callable[..., object], sql: str, params: object, *rest: object) -> object:
        if sql.strip().startswith(self.INSERTS):
            self.bytes += min(self.explained(sql, params) for _ in range(2))
        return execute(sql, params, *rest)

    def explained(self, sql: str, params: object) -> int:
        with connection.connection.cursor() as cursor:
            cursor.execute("SAVEPOINT looked")
            cursor.execute(f"EXPLAIN (ANALYZE, WAL, FORMAT JSON) {sql}", params)
            (found,) = cursor.fetchone()
            cursor.execute("ROLLBACK TO SAVEPOINT looked")
        return sum(
            node.get("WAL Bytes", 0) for node in nodes(found[0]["Plan"]) if node["Node Type"] == "ModifyTable"
        )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.mark.usefixtures("calendar")
def test_planning_logs_few_bytes_for_a_message() -> None:
    """1.5 phones a company, as the target was measured; a notice's share is in it."""
    fill(2_000, companies=1_000, with_recipients=True)
    log = WriteAheadLog()
    with connection.execute_wrapper(log):
        plan_expiry_notices(on=MONDAY, by=BY, at=AT)
    found = log.bytes / Message.everything.count()
    assert 500 < found <= PLANNING_GATE
