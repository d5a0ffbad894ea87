"""The database says wait, stop or not now: nothing half done is left, and the next try does the whole."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from guarantees.actions.expiry import RUN_LOCK, plan_expiry_notices
from guarantees.models import ExpiryNotice, ExpiryRun
from portal.access import Actor
from sms.models import Message
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_member
from tests.structure.sources import ROOT, modules

pytestmark = pytest.mark.django_db
FRIDAY = at("2026-11-20 09:00")
SYSTEM = Actor.system("시험")


@pytest.fixture
def stranger() -> Iterator[Any]:
    """Somebody else's connection to the same database."""
    given = {**connection.get_connection_params()}
    for name in ("cursor_factory", "context"):
        given.pop(name, None)
    other = psycopg2.connect(**given)
    yield other
    other.close()


def plan() -> ExpiryRun:
    return plan_expiry_notices(on=FRIDAY.date(), by=SYSTEM, at=FRIDAY)


def test_a_planner_cut_off_by_its_time_limit_leaves_nothing_and_is_made_up_for(stranger: Any) -> None:
    """fault-56: the day has no run, which is an alarm, and the next tick plans it whole."""
    fill_calendar()
    make_guarantee(make_member(), ends_on=at("2026-12-05 00:00").date())
    stranger.cursor().execute("SELECT pg_advisory_lock(%s)", [RUN_LOCK])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '50ms'")
        with pytest.raises(OperationalError, match="statement timeout"), transaction.atomic():
            plan()
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert not ExpiryRun.objects.exists()
    assert not ExpiryNotice.everything.exists()
    assert not Message.everything.exists()
    stranger.cursor().execute("SELECT pg_advisory_unlock(%s)", [RUN_LOCK])
    assert (plan().planned, Message.everything.count()) == (1, 1)


def test_a_migration_behind_an_idle_transaction_gives_up_and_readers_go_on(stranger: Any) -> None:
    """fault-51: our connections wait for a lock no longer than the setting, and no transaction idles for ever."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting(%s)", [
            "idle_in_transaction_session_timeout"
        ])  # fmt: skip
        assert cursor.fetchone() == ("10s", "1min")
        reader = stranger.cursor()
        reader.execute("SELECT count(*) FROM members_branch")
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            cursor.execute("ALTER TABLE members_branch ADD COLUMN later int")
        reader.execute("SELECT count(*) FROM members_branch")
        assert reader.fetchone() is not None


def test_no_transaction_asks_for_what_may_fail_to_serialize() -> None:
    """fault-53: correctness stands in row locks and unique keys, so that there is nothing to retry in a storm."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
    asking = re.compile(r"ISOLATION LEVEL|ISOLATION_LEVEL|IsolationLevel")
    assert [path for path in modules() if asking.search((ROOT / path).read_text())] == []


def test_a_lock_that_is_not_had_is_told_as_such(stranger: Any) -> None:
    """A refused lock is an error of the database, never half of an event."""
    stranger.cursor().execute("LOCK TABLE guarantees_expiryrun IN ACCESS EXCLUSIVE MODE")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(DatabaseError), transaction.atomic():
            plan()
    stranger.rollback()
    assert not Message.everything.exists()
