"""Business days of the calendar KR-BANK (S28, DOMAIN §5). Closures are handed in, never looked up."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekday closures and the last day for which they are known.

    Beyond `covered_until` (None: nothing is known) only weekends count; callers alert on it, not fail.
    """

    closures: frozenset[date]
    covered_until: date | None

    def covers(self, day: date) -> bool:
        return self.covered_until is not None and day <= self.covered_until

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.closures

    def on_or_before(self, day: date) -> date:
        """`day` itself, or the last business day before it."""
        while not self.is_business_day(day):
            day -= DAY
        return day

    def next_after(self, day: date) -> date:
        """The first business day after `day`."""
        day += DAY
        while not self.is_business_day(day):
            day += DAY
        return day

    def add(self, day: date, n: int) -> date:
        """The n-th business day after `day` (n >= 1; `day` itself is not counted, 민법 제157조)."""
        if n < 1:
            raise ValueError(f"n must be at least 1: {n}")
        for _ in range(n):
            day = self.next_after(day)
        return day


def last_day_of_months(after: date, months: int) -> date:
    """The last day of a period of `months` that starts the day following `after` (민법 제157조, 제160조).

    2026-03-10, 12 -> 2027-03-10; 2027-02-28, 12 -> 2028-02-29. Where the last month lacks the day that
    would end the period, the month's own last day ends it: 2028-02-28, 12 -> 2029-02-28.
    """
    first = after + DAY
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    try:
        return date(year, month + 1, first.day) - DAY
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1) - DAY
