"""The weeks ahead as a wall calendar: what ends on each day, and on which day the expiry notice goes (S24-S28)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from guarantees.rules.expiry import DAYS_BEFORE_END, send_date
from portal.businessdays.rules import DAY, BusinessCalendar

WEEKS = 8
# How far behind the last day shown a guarantee may end whose notice still goes on it: fifteen days, and as long
# a row of holidays as there has ever been.
BEYOND = timedelta(days=DAYS_BEFORE_END + 14)


@dataclass(frozen=True)
class Ends:
    """`count` guarantees end on `day`; `told` of them are of those that are told before."""

    day: date
    count: int
    told: int


@dataclass(frozen=True)
class Day:
    """One day: how many guarantees end, and of how many the notice is due. `holiday` is its name, or empty."""

    on: date
    is_today: bool
    is_past: bool
    is_closed: bool
    holiday: str
    ending: int
    notices: int


def span(today: date) -> tuple[date, date]:
    """First and last day shown: whole weeks from Sunday to Saturday, the first one with today in it."""
    first = today - timedelta(days=(today.weekday() + 1) % 7)
    return first, first + timedelta(weeks=WEEKS) - DAY


def weeks(
    ends: Iterable[Ends], *, today: date, calendar: BusinessCalendar, holidays: Mapping[date, str]
) -> tuple[tuple[Day, ...], ...]:
    """The weeks of `span`, seven days each."""
    ending: Counter[date] = Counter()
    notices: Counter[date] = Counter()
    for one in ends:
        ending[one.day] += one.count
        notices[send_date(one.day, calendar)] += one.told
    first, _last = span(today)
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    cells = [
        Day(
            on=day,
            is_today=day == today,
            is_past=day < today,
            is_closed=not calendar.is_business_day(day),
            holiday=holidays.get(day, ""),
            ending=ending[day] if day >= today else 0,
            notices=notices[day] if day >= today else 0,
        )
        for day in days
    ]
    return tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
