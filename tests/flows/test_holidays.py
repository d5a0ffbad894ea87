"""Filling the calendar: twice is once, staff's word wins, and a short calendar is told by /readyz (S28)."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.businessdays.loading import load_year
from portal.businessdays.models import CalendarYear, Holiday, HolidaySource, business_calendar, covered_until
from portal.health.models import Heartbeat
from tests.factories import at
from tests.pages.actors import new_browser

pytestmark = pytest.mark.django_db
FRIDAY = at("2026-11-20 10:00")
BY = Actor.system("load_holidays")


@pytest.fixture(autouse=True)
def empty_calendar() -> None:
    """Whatever the migrations have filled in is not the matter here."""
    Holiday.objects.all().delete()
    CalendarYear.objects.all().delete()


def rows() -> list[Any]:
    return list(Holiday.objects.order_by("on").values_list())


def load(first: int, last: int) -> str:
    out = StringIO()
    with time_machine.travel(FRIDAY, tick=False):
        call_command("load_holidays", first, last, stdout=out)
    return out.getvalue()


def test_a_year_is_filled_and_recorded() -> None:
    assert load(2026, 2026).startswith("2026년: 추가 ")
    assert Holiday.objects.get(on=date(2026, 12, 25)).source == HolidaySource.LIBRARY
    assert list(CalendarYear.objects.values_list("year", "loaded_at")) == [(2026, FRIDAY)]
    assert AuditEvent.everything.get(action="calendar.load").channel == "system"


def test_loading_again_changes_nothing() -> None:
    load(2026, 2028)
    before = rows()
    said = load(2026, 2028)
    assert rows() == before
    unchanged = "추가 0일, 삭제 0일, 직원 등록 0일"
    assert said.splitlines() == [f"{year}년: {unchanged}" for year in (2026, 2027, 2028)]


@pytest.mark.parametrize(("year", "then"), [(2026, False), (2027, False), (2028, True)])
def test_years_after_the_next_are_provisional(year: int, then: bool) -> None:
    """The almanac is published one year ahead; from 2026 that reaches to the end of 2027."""
    load(year, year)
    assert set(Holiday.objects.values_list("is_provisional", flat=True)) == {then}


@pytest.mark.parametrize(
    ("_case", "on", "is_closed", "then_business_day"),
    [
        ("성탄절 Fri 에 문을 연다", date(2026, 12, 25), False, True),
        ("임시공휴일 Mon", date(2026, 11, 23), True, False),
        ("창립기념일 Thu", date(2026, 12, 3), True, False),
    ],
)
def test_staff_s_word_wins(_case: str, on: date, is_closed: bool, then_business_day: bool) -> None:
    Holiday.objects.create(on=on, name="직원이 적은 날", is_closed=is_closed, note="근거")
    load(2026, 2026)
    row = Holiday.objects.get(on=on)
    assert (row.name, row.is_closed, row.source, row.note) == ("직원이 적은 날", is_closed, "staff", "근거")
    assert business_calendar().is_business_day(on) is then_business_day


def test_a_day_the_library_gave_up_goes_and_one_of_staff_stays() -> None:
    Holiday.objects.create(on=date(2026, 11, 24), name="철회된 날", source=HolidaySource.LIBRARY)
    Holiday.objects.create(on=date(2026, 11, 25), name="직원이 적은 날")
    loaded = load_year(year=2026, by=BY, at=FRIDAY)
    assert (loaded.removed, loaded.kept_by_staff) == (1, 1)
    assert set(Holiday.objects.filter(on__month=11).values_list("on", flat=True)) == {date(2026, 11, 25)}


@pytest.mark.parametrize(
    ("_case", "first", "last"), [("거꾸로", 2027, 2026), ("너무 이름", 1999, 2026), ("너무 늦음", 2026, 2101)]
)
def test_a_wrong_span_of_years_is_refused(_case: str, first: int, last: int) -> None:
    with pytest.raises(CommandError, match="2000~2100"):
        call_command("load_holidays", first, last)
    assert rows() == []


@pytest.mark.parametrize(
    ("_case", "years", "then"),
    [
        ("없음", [], None),
        ("이어짐", [2026, 2027], date(2027, 12, 31)),
        ("빈 해가 있으면 그 앞까지", [2026, 2028], date(2026, 12, 31)),
    ],
)
def test_how_far_the_calendar_reaches(_case: str, years: list[int], then: date | None) -> None:
    for year in years:
        CalendarYear.objects.create(year=year, loaded_at=FRIDAY, source="시험")
    assert covered_until() == then


# ── What the operator is told ──


def ready(moment: str) -> tuple[int, dict[str, Any]]:
    with time_machine.travel(at(moment), tick=False):
        response = new_browser().get("/readyz")
    return response.status_code, response.json()


def fill(*years: int, heartbeat: str = "") -> None:
    for year in years:
        CalendarYear.objects.create(year=year, loaded_at=FRIDAY, source="시험")
    if heartbeat:
        Heartbeat.objects.create(name="worker", at=at(heartbeat))


@pytest.mark.parametrize(
    ("_case", "moment", "then"),
    [
        ("2026-11-26 Thu 는 401일 앞이 2028-01-01", "2026-11-27 09:00", 503),
        ("2026-11-26 Thu 는 400일 앞이 2027-12-31", "2026-11-26 09:00", 200),
    ],
)
def test_ready_while_the_calendar_reaches_400_days(_case: str, moment: str, then: int) -> None:
    assert date(2027, 12, 31) - timedelta(days=400) == date(2026, 11, 26)
    fill(2026, 2027, heartbeat=moment)
    status, told = ready(moment)
    assert (status, told["calendar"]) == (then, then == 200)
    assert told["state"] == ("ready" if then == 200 else "not ready")


def test_without_any_calendar_the_portal_is_not_ready() -> None:
    assert ready("2026-11-20 09:00") == (
        503,
        {"state": "not ready", "migrations": True, "calendar": False, "clock": True, "worker": False,
         "revocation": True, "documents": True, "gate": True, "invariants": True, "expiry_run": True},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "heartbeat", "then"),
    [
        ("방금", "2026-11-20 09:00:00", "ready"),
        ("꼭 3분 전", "2026-11-20 08:57:00", "ready"),
        ("3분 1초 전", "2026-11-20 08:56:59", "degraded"),
        ("한 번도 없음", "", "degraded"),
    ],
)
def test_a_quiet_worker_degrades_and_no_more(_case: str, heartbeat: str, then: str) -> None:
    """The site works without it; the messages wait in the outbox."""
    fill(2026, 2027, heartbeat=heartbeat)
    status, told = ready("2026-11-20 09:00")
    assert (status, told["state"]) == (200, then)


def test_alive_is_another_question_than_ready() -> None:
    response = new_browser().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
