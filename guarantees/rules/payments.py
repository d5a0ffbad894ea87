"""What becomes of money that came in for an order, and until when it may come (DOMAIN §2.5 `pay`, S07)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


class Verdict(StrEnum):
    """Named as the outcome the event is kept with."""

    PAID = "paid"
    WRONG_AMOUNT = "wrong_amount"
    LATE = "late"
    SURPLUS = "surplus"


@dataclass(frozen=True)
class Deposit:
    """Money that came in for an order, in won, and what stood at that moment.

    `is_open`: the order waits for money. `is_wanted`: what is to be paid still waits for it.
    `is_paid`: it has been paid already, by this order or another. `until` None: no deadline.
    """

    amount: int
    due: int
    at: datetime
    until: datetime | None
    is_open: bool
    is_wanted: bool
    is_paid: bool


def judge(deposit: Deposit) -> Verdict:
    """Exactly the amount, in time, for an order that waits: paid. Everything else goes back."""
    if deposit.is_paid:
        return Verdict.SURPLUS
    if not deposit.is_open or not deposit.is_wanted:
        return Verdict.LATE
    if deposit.until is not None and deposit.at > deposit.until:
        return Verdict.LATE
    return Verdict.PAID if deposit.amount == deposit.due else Verdict.WRONG_AMOUNT


def end_of(day: date) -> datetime:
    """The last second of a day in Seoul: banks count whole seconds."""
    return datetime.combine(day, time(23, 59, 59), SEOUL)
