"""문자메시지 마일리지: calls earned, spent, given back and lapsed (S15-S20, DOMAIN §6.1)."""

from sms.actions.mileage.earning import claw_back, earn
from sms.actions.mileage.extending import extend_lots
from sms.actions.mileage.lapsing import book_lapsed
from sms.actions.mileage.outcomes import book_outcomes, sweep_reservations
from sms.actions.mileage.spending import (
    NotEnoughCalls,
    RequestKeyReused,
    ServiceSuspended,
    refuse_if_suspended,
    spend,
)

__all__ = [
    "NotEnoughCalls",
    "RequestKeyReused",
    "ServiceSuspended",
    "book_lapsed",
    "book_outcomes",
    "claw_back",
    "earn",
    "extend_lots",
    "refuse_if_suspended",
    "spend",
    "sweep_reservations",
]
