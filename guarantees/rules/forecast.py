"""How much of the limit comes free, month by month, and whether anybody has to do something for it (S23).

Bid and defect guarantees release themselves on the day after their end; all others wait for a release.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Ending:
    """What guarantees that end on one day take from the limit: `won` altogether, in `count` guarantees."""

    ends_on: date
    is_automatic: bool
    won: int
    count: int = 1


@dataclass(frozen=True)
class Freed:
    """What comes free in one row of the forecast; `month` is its first day, None for now and for later."""

    month: date | None
    automatic: int = 0
    by_request: int = 0
    count: int = 0

    @property
    def won(self) -> int:
        """Both together."""
        return self.automatic + self.by_request


@dataclass(frozen=True)
class Forecast:
    """`now`: ended, could be free today. `months`: from the present month on. `later`: beyond them."""

    now: Freed
    months: tuple[Freed, ...]
    later: Freed


def forecast(endings: Iterable[Ending], *, today: date, months: int) -> Forecast:
    """Every ending in its row. A guarantee ends with its last day, so what ends today is not over yet."""
    firsts = [_month(today, offset) for offset in range(months)]
    rows = {first: Freed(first) for first in firsts}
    now, later = Freed(None), Freed(None)
    for ending in endings:
        month = free_on(ending).replace(day=1)
        if ending.ends_on < today:
            now = _with(now, ending)
        elif month in rows:
            rows[month] = _with(rows[month], ending)
        else:
            later = _with(later, ending)
    return Forecast(now, tuple(rows.values()), later)


def free_on(ending: Ending) -> date:
    """The first day without it: the day after the end where it releases itself, else at best the end itself."""
    return ending.ends_on + timedelta(days=1) if ending.is_automatic else ending.ends_on


def _with(row: Freed, ending: Ending) -> Freed:
    automatic = ending.won if ending.is_automatic else 0
    return Freed(
        row.month, row.automatic + automatic, row.by_request + ending.won - automatic, row.count + ending.count
    )


def _month(day: date, offset: int) -> date:
    """The first day of the month `offset` months after that of `day`."""
    years, month = divmod(day.month - 1 + offset, 12)
    return date(day.year + years, month + 1, 1)
