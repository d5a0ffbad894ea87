"""The `holidays` library is the one the calendar table was checked with, and it knows the years to come."""

from datetime import date, timedelta

import pytest

from portal.businessdays.loading import holidays_of
from portal.clock import today
from portal.health.views import CALENDAR_DAYS_AHEAD
from tests.rules.closures import KR_BANK

# A year without the fixed days of law is a year the library does not know.
FIXED = ((1, 1), (3, 1), (5, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25))


@pytest.mark.parametrize("year", range(2024, 2031))
def test_weekday_closures_are_those_of_the_table(year: int) -> None:
    from_library = {day for day in holidays_of(year) if day.weekday() < 5}
    assert from_library == {day for day in KR_BANK.closures if day.year == year}


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_the_library_knows_this_year_and_the_next_two(ahead: int) -> None:
    """400 days from late in a year reach into the one after the next."""
    year = today().year + ahead
    assert {date(year, month, day) for month, day in FIXED} <= set(holidays_of(year))


def test_the_lunar_days_reach_400_days_ahead() -> None:
    last = today() + timedelta(days=CALENDAR_DAYS_AHEAD)
    for year in range(today().year, last.year + 1):
        names = " ".join(holidays_of(year).values())
        assert names.count("설날") >= 3
        assert names.count("추석") >= 3


@pytest.mark.parametrize(
    ("_case", "day", "then"),
    [
        ("제헌절 2025 Thu, 공휴일이 되기 전", date(2025, 7, 17), False),
        ("제헌절 2026 Fri, 다시 공휴일", date(2026, 7, 17), True),
        ("근로자의 날 2025 Thu, 은행 휴무", date(2025, 5, 1), True),
        ("임시공휴일 2025 Mon", date(2025, 1, 27), True),
        ("대체공휴일 2026 Mon, 광복절이 토요일", date(2026, 8, 17), True),
        ("현충일 2027 Mon, 일요일이어도 대체 없음", date(2027, 6, 7), False),
        ("평일 2026 Mon", date(2026, 11, 23), False),
    ],
)
def test_days_that_changed_by_law(_case: str, day: date, then: bool) -> None:
    assert (day in holidays_of(day.year)) is then
