"""When the expiry notice (보증해제대상 안내) goes out (S24-S28, DOMAIN §5.4).

A notice is aimed at E-15, the target of a guarantee that ends on E, and sent on the last business day at
or before it. The daily run does not compare days for equality: it takes every guarantee that ends inside a
window and has no notice yet, so that a missed run, a late issue or a late holiday heals by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from portal.businessdays.rules import BusinessCalendar

DAYS_BEFORE_END = 15
MINIMUM_AMOUNT = 10_000_000  # won outstanding, inclusive (S25)
MINIMUM_REMAINING_DAYS = 1  # a notice that would arrive on the last day or later helps nobody


@dataclass(frozen=True)
class Window:
    """End dates (inclusive) a run takes: those due in time, and behind them those it may catch up on."""

    earliest_end: date
    first_end: date
    last_end: date

    def takes(self, ends_on: date) -> bool:
        return self.earliest_end <= ends_on <= self.last_end


def target_date(ends_on: date) -> date:
    """E-15, business day or not."""
    return ends_on - timedelta(days=DAYS_BEFORE_END)


def send_date(ends_on: date, calendar: BusinessCalendar) -> date:
    """The day the notice is due: moved backwards, never forwards, to a business day (S28)."""
    return calendar.on_or_before(target_date(ends_on))


def window(run_date: date, calendar: BusinessCalendar) -> Window | None:
    """What a run on `run_date` covers; None when that is no business day.

    In-time targets are run_date up to the day before the next business day, hence E from D+15 to
    nextBD(D)+14: over all business days each target falls into exactly one run.
    """
    if not calendar.is_business_day(run_date):
        return None
    return Window(
        earliest_end=run_date + timedelta(days=MINIMUM_REMAINING_DAYS),
        first_end=run_date + timedelta(days=DAYS_BEFORE_END),
        last_end=calendar.next_after(run_date) + timedelta(days=DAYS_BEFORE_END - 1),
    )


def is_late(ends_on: date, run_date: date) -> bool:
    """Whether a notice sent on `run_date` misses its target."""
    return target_date(ends_on) < run_date


def qualifies(*, expiry_sms: bool, outstanding: int) -> bool:
    """Whether the product asks for notices (all but bid and defect, S24) and the amount does (S25)."""
    return expiry_sms and outstanding >= MINIMUM_AMOUNT


def issued_after_its_day(issued_on: date, ends_on: date, calendar: BusinessCalendar) -> bool:
    """Whether the day to tell of this end had passed before the guarantee existed."""
    return issued_on > send_date(ends_on, calendar)


def digest_of(told: Iterable[tuple[UUID, date]]) -> str:
    """The name of a digest: 32 hex digits from exactly the guarantees and end dates it tells of, in any order.

    `expiry_statements.DIGEST_NAME` is the same in SQL. Another set is another text, and so another message.
    """
    lines = sorted(f"{public_id}:{ends_on}" for public_id, ends_on in told)
    return sha256(",".join(lines).encode()).hexdigest()[:32]
