"""여덟 주 달력: 어느 날 몇 건이 끝나고 어느 날 안내 문자가 나가는가 (S24-S28)."""

from datetime import date

import pytest

from guarantees.rules.ending_weeks import Day, Ends, span, weeks
from tests.rules.closures import KR_BANK, on

CHRISTMAS = {date(2026, 12, 25): "성탄절"}


def days_of(ends: list[Ends], today: date) -> dict[date, Day]:
    found = weeks(ends, today=today, calendar=KR_BANK, holidays=CHRISTMAS)
    assert [len(week) for week in found] == [7] * 8
    return {day.on: day for week in found for day in week}


@pytest.mark.parametrize(
    ("_case", "today", "first", "last"),
    [
        ("월요일", "2026-11-23 Mon", "2026-11-22 Sun", "2027-01-16 Sat"),
        ("일요일은 그 주의 첫날", "2026-11-22 Sun", "2026-11-22 Sun", "2027-01-16 Sat"),
        ("토요일은 그 주의 끝날", "2026-11-28 Sat", "2026-11-22 Sun", "2027-01-16 Sat"),
    ],
)
def test_whole_weeks_from_sunday(_case: str, today: str, first: str, last: str) -> None:
    assert span(on(today)) == (on(first), on(last))
    days = days_of([], on(today))
    assert (min(days), max(days)) == (on(first), on(last))
    assert [day.on for day in days.values() if day.is_today] == [on(today)]
    assert [day.on for day in days.values() if day.is_past] == [day for day in days if day < on(today)]


@pytest.mark.parametrize(
    ("_case", "ends_on", "told_on"),
    [
        ("15일 전이 평일", "2026-12-31 Thu", "2026-12-16 Wed"),
        ("15일 전이 일요일이면 앞 금요일", "2027-01-04 Mon", "2026-12-18 Fri"),
        ("15일 전이 성탄절이면 전날", "2027-01-09 Sat", "2026-12-24 Thu"),
        ("달력 밖에서 끝나도 문자는 안", "2027-01-29 Fri", "2027-01-14 Thu"),
    ],
)
def test_the_day_of_the_notice(_case: str, ends_on: str, told_on: str) -> None:
    days = days_of([Ends(on(ends_on), 3, 2)], on("2026-11-23 Mon"))
    assert {day.on: day.notices for day in days.values() if day.notices} == {on(told_on): 2}
    shown = {on(ends_on): 3} if on(ends_on) in days else {}
    assert {day.on: day.ending for day in days.values() if day.ending} == shown


def test_what_is_over_is_not_shown() -> None:
    days = days_of([Ends(date(2026, 12, 7), 1, 1)], on("2026-11-24 Tue"))  # told on 22 November, a Sunday: 20th
    assert [day.notices for day in days.values() if day.notices] == []
    assert days[date(2026, 12, 7)].ending == 1


def test_several_ends_are_told_on_one_day() -> None:
    """Friday the 18th, for the ends 15 days after it and after the weekend behind it."""
    ends = [Ends(date(2027, 1, day), 1, 1) for day in (2, 3, 4)]
    assert days_of(ends, on("2026-11-23 Mon"))[on("2026-12-18 Fri")].notices == 3


def test_closed_days_are_marked_by_the_calendar() -> None:
    days = days_of([], on("2026-11-23 Mon"))
    assert (days[date(2026, 12, 25)].is_closed, days[date(2026, 12, 25)].holiday) == (True, "성탄절")
    assert (days[date(2026, 12, 26)].is_closed, days[date(2026, 12, 26)].holiday) == (True, "")
    assert days[date(2026, 12, 24)].is_closed is False
