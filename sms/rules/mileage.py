"""Mileage: one call per internet guarantee, usable for a year (S15, S17-S19, DOMAIN §6.1)."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from portal.businessdays.rules import last_day_of_months

SEOUL = ZoneInfo("Asia/Seoul")
MONTHS_OF_VALIDITY = 12
DAYS_OF_POLICY_NOTICE = 30
COSTS: dict[Literal["sms", "lms"], int] = {"sms": 1, "lms": 3}


def last_usable_day(earned_on: date, months: int = MONTHS_OF_VALIDITY) -> date:
    """The last day calls earned on `earned_on` can be spent; not moved for weekends or holidays."""
    return last_day_of_months(earned_on, months)


def expires_at(earned_on: date, months: int = MONTHS_OF_VALIDITY) -> datetime:
    """The first instant (midnight, Asia/Seoul) at which the calls are gone."""
    return datetime.combine(last_usable_day(earned_on, months) + timedelta(days=1), time(), tzinfo=SEOUL)


def cost(kind: Literal["sms", "lms"]) -> int:
    """Calls for one message to one recipient."""
    return COSTS[kind]


def announced_early_enough(*, published_on: date, effective_on: date) -> bool:
    """Whether a change of policy or a suspension follows its notice by at least 30 days (S19, S20)."""
    return (effective_on - published_on).days >= DAYS_OF_POLICY_NOTICE
