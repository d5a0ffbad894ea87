"""Beat, clocks and calendars in trouble (faults 12 and 22-33), where no process must be killed for it.

The judge is the same for each row: every guarantee told exactly once, with its true end, or counted as missed.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from guarantees import tasks
from guarantees.actions.expiry import preview
from guarantees.models import ExpiryNotice, ExpiryRun, Guarantee
from portal.businessdays.models import CalendarYear, Holiday
from portal.members.models import Member
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_branch, make_guarantee, make_member
from tests.flows.expiry_world import notices, run, told

pytestmark = pytest.mark.django_db
FRIDAY, MONDAY, TUESDAY = "2026-11-20", "2026-11-23", "2026-11-24"


@pytest.fixture
def companies() -> list[Member]:
    """Apart, so that each guarantee is a text of its own."""
    fill_calendar()
    branch = make_branch()
    return [make_member(branch, representative_mobile=f"010000001{n:02d}") for n in range(40)]


def one_each(companies: list[Member], first_end: date) -> list[Guarantee]:
    """A guarantee ending on each of forty days in a row."""
    return [
        make_guarantee(company, ends_on=first_end + timedelta(days=n), imported_at=at("2026-10-01 09:00"))
        for n, company in enumerate(companies)
    ]


def days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


@pytest.mark.parametrize(
    ("_case", "back_on", "late", "missed"),
    [
        ("fault-22 하루 중단", "2026-11-24", 1, 0),
        ("fault-22 닷새 중단", "2026-11-28", 7, 0),  # back on a Saturday: Monday's run, E 12-08 … 12-14
        ("fault-12 사흘 중단", "2026-11-26", 3, 0),
        ("fault-22 스무 날 중단", "2026-12-13", 14, 7),  # Monday 12-14: E 12-15 … 12-28 late, 12-08 … 12-14 missed
    ],
)
def test_down_for_days(companies: list[Member], _case: str, back_on: str, late: int, missed: int) -> None:
    """Nothing runs from Monday 2026-11-23 on until that day; then every day again."""
    found = one_each(companies, date(2026, 12, 8))
    run("2026-11-22")
    for day in days(back_on, "2027-01-20"):
        run(day)
    assert [len(told(one)) for one in found] == [0] * missed + [1] * (40 - missed)
    assert ExpiryNotice.everything.filter(state="missed").count() == missed
    assert ExpiryNotice.everything.filter(state="planned", is_late=True).count() == late
    for message in notices():  # the true end, never a number of days
        end = date.fromisoformat(message.reference.rpartition(":")[2])
        assert f"{end:%y.%m.%d} 종료" in message.body
    silent = (date.fromisoformat(back_on) - date(2026, 11, 23)).days
    assert ExpiryRun.objects.filter(state="missed").count() == silent
    assert ExpiryRun.objects.count() == (date(2027, 1, 20) - date(2026, 11, 22)).days + 1


def test_fault_24_a_ring_delivered_a_day_late_asks_the_clock(companies: list[Member]) -> None:
    found = one_each(companies, date(2026, 12, 8))
    ring = tasks.run_expiry.s()  # rung on Monday; it carries no day
    assert (ring.args, ring.kwargs) == ((), {})
    with time_machine.travel(at(f"{TUESDAY} 09:03"), tick=False):
        ring.apply()
    assert [len(told(one)) for one in found[:3]] == [1, 1, 0]
    assert ExpiryRun.objects.get().run_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("_case", "hours", "early"),
    [("fault-25 세 시간 빠름", 3, 0), ("fault-25 세 시간 느림", -3, 0), ("fault-25 하루 빠름", 24, 1)],
)
def test_a_worker_whose_clock_is_wrong_among_others(
    companies: list[Member], _case: str, hours: int, early: int
) -> None:
    """Its day may begin a day early, but nobody is told twice, forgotten, or later than by the right clock."""
    found = one_each(companies, date(2026, 12, 8))
    first_told: dict[int, date] = {}
    for day in days(MONDAY, "2027-01-05"):
        for clock in (timedelta(hours=hours), timedelta()):
            with time_machine.travel(at(f"{day} 09:00") + clock, tick=False):
                tasks.run_expiry()
        for notice in ExpiryNotice.everything.exclude(guarantee__in=list(first_told)):
            first_told[notice.guarantee_id] = date.fromisoformat(day)
    assert all(len(told(one)) == 1 for one in found)
    due = {one.pk: preview_day(one.ends_on) for one in found}
    assert [pk for pk, day in first_told.items() if day > due[pk]] == []
    assert bool([pk for pk, day in first_told.items() if day < due[pk]]) is bool(early)
    # The fast one calls Monday's own notice late, being in Tuesday already.
    assert ExpiryNotice.everything.filter(is_late=True).count() == early


def preview_day(ends_on: date) -> date:
    """The business day the notice is due on, by looking at each day's preview of an empty calendar."""
    day = ends_on - timedelta(days=15)
    while preview(on=day).window is None:
        day -= timedelta(days=1)
    return day


@pytest.mark.parametrize(
    ("_case", "starts", "ends"),
    [
        ("fault-28 자정 직전에 시작", "2026-11-23 23:59:50", "2026-11-24 00:00:10"),
        ("fault-28 자정에 시작", "2026-11-24 00:00:00", "2026-11-24 00:00:20"),
    ],
)
def test_a_run_by_hand_across_midnight(companies: list[Member], _case: str, starts: str, ends: str) -> None:
    """The day is asked for once, at the start: one row for each run day and nothing lost between them."""
    found = one_each(companies, date(2026, 12, 8))
    for when in (starts, ends):
        instant = at(when)
        run(instant.date().isoformat(), when.partition(" ")[2])
    days_run = sorted(ExpiryRun.objects.values_list("run_on", flat=True))
    assert days_run == sorted({at(starts).date(), at(ends).date()})
    assert [len(told(one)) for one in found[:3]] == [1, 1, 0]


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_fault_29_the_zone_of_the_process_is_nothing_to_us(zone: str) -> None:
    """08:30 on a Monday in Seoul is Sunday elsewhere."""
    code = (
        "import django, time_machine; django.setup()\n"
        "from portal import clock\n"
        "from datetime import datetime, timezone\n"
        "with time_machine.travel(datetime(2026, 11, 22, 23, 30, tzinfo=timezone.utc), tick=False):\n"
        "    print(clock.today(), clock.seoul_day(clock.now()))\n"
    )
    environment = {**os.environ, "TZ": zone, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == [MONDAY, MONDAY]


def close(day: str) -> None:
    Holiday.objects.update_or_create(on=day, defaults={"name": "임시공휴일", "is_closed": True})


def reopen(day: str) -> None:
    Holiday.objects.filter(on=day).update(is_closed=False)


@pytest.mark.parametrize(
    ("_case", "before", "change", "after", "then"),
    [
        # E 12-08 … 12-11 are due Mon 11-23 … Thu 11-26
        ("fault-31 다음 날이 휴일이 됨, 그날 다시 실행", [MONDAY], lambda: close(TUESDAY), [MONDAY], [1, 1, 0, 0]),
        ("fault-31 지난 금요일에 보냈어야 함", [FRIDAY], lambda: close(MONDAY), [TUESDAY], [1, 1, 0, 0]),
        ("fault-31 보낸 날이 휴일이 됨", [MONDAY], lambda: close(MONDAY), [MONDAY, TUESDAY], [1, 1, 0, 0]),
        ("fault-32 휴일이 풀림, 이미 보냄", [MONDAY], lambda: reopen(TUESDAY), [MONDAY, TUESDAY], [1, 1, 0, 0]),
        ("fault-32 풀린 날에 실행", [MONDAY], lambda: reopen("2026-11-25"), [TUESDAY, "2026-11-25"], [1, 1, 1, 0]),
    ],
)  # fmt: skip
def test_the_calendar_changes_after_planning(
    companies: list[Member],
    _case: str,
    before: list[str],
    change: Callable[[], None],
    after: list[str],
    then: list[int],
) -> None:
    found = one_each(companies[:4], date(2026, 12, 8))
    if "풀" in _case:
        close(TUESDAY if "이미" in _case else "2026-11-25")
    for day in before:
        run(day)
    change()
    for day in after:
        run(day, "14:00")
    assert [len(told(one)) for one in found] == then
    for day in days("2026-11-25", "2026-12-04"):
        run(day)
    assert [len(told(one)) for one in found] == [1, 1, 1, 1]


def test_fault_33_without_a_calendar_weekends_only_and_an_alarm(companies: list[Member], client: Client) -> None:
    """DOMAIN §5.4: it sends, as silence helps nobody; /readyz says 503, the day's row that none is known."""
    one_each(companies, date(2026, 12, 8))
    Holiday.objects.all().delete()
    CalendarYear.objects.all().delete()
    row = run(MONDAY)
    assert (row.planned, row.calendar_covers_until) == (1, None)
    with time_machine.travel(at(f"{MONDAY} 09:10"), tick=False):
        response = client.get("/readyz")
    assert (response.status_code, response.json()["calendar"]) == (503, False)


def test_a_run_on_a_holiday_catches_nothing_up_and_says_so(companies: list[Member]) -> None:
    """Friday was missed; Sunday's run writes its row, Monday's tells."""
    found = one_each(companies, date(2026, 12, 5))
    assert run("2026-11-22").state == "skipped"
    assert told() == []
    run(MONDAY)
    assert [len(told(one)) for one in found[:5]] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(("policy", "state", "texts"), [("send", "planned", 1), ("skip", "issued_late", 0)])
def test_late_issue_by_policy(companies: list[Member], settings: Any, policy: str, state: str, texts: int) -> None:
    """Issued on Tuesday, due on Monday. One that existed in time is told late in either case."""
    settings.EXPIRY_LATE_ISSUE = policy
    fresh = make_guarantee(companies[0], ends_on=date(2026, 12, 8), issued_on=date(2026, 11, 24))
    old = make_guarantee(companies[1], ends_on=date(2026, 12, 8))
    run(TUESDAY)
    assert ExpiryNotice.everything.get(guarantee=fresh).state == state
    assert (len(told(fresh)), len(told(old))) == (texts, 1)


def test_an_unknown_late_policy_stops_the_start() -> None:
    environment = {**os.environ, "PORTAL_ENV": "test", "PORTAL_EXPIRY_LATE_ISSUE": "perhaps"}
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "PORTAL_EXPIRY_LATE_ISSUE" in done.stderr
