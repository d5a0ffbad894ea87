"""Mileage: one call per internet guarantee, usable for a year (S15, S17-S19, DOMAIN §6.1)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from portal.businessdays.rules import BusinessCalendar, last_day_of_months

SEOUL = ZoneInfo("Asia/Seoul")
MONTHS_OF_VALIDITY = 12
DAYS_OF_POLICY_NOTICE = 30
CALLS_BY_ONE_PERSON = 10
# Carriers give up after 25 and 80 hours (DOMAIN §4.1); an hour later nothing is to be heard any more.
REPORT_DEADLINES: dict[Literal["sms", "lms"], timedelta] = {"sms": timedelta(hours=26), "lms": timedelta(hours=81)}
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


def needs_second_person(calls: int) -> bool:
    """Whether an adjustment waits for a second person: more than ten calls, or any that are taken."""
    return calls < 0 or calls > CALLS_BY_ONE_PERSON


@dataclass(frozen=True)
class ReminderSpan:
    """Last usable days, both included, that a reminder of one distance is about today."""

    first: date
    last: date

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to remind."""
        return self.first > self.last


def reminder_span(
    days: int, *, today: date, calendar: BusinessCalendar, nearer: int | None = None
) -> ReminderSpan:
    """Whom to remind `days` before the end: on that day, or on the business day before it (rule 12).

    Days that an earlier run missed are in it too; those a `nearer` reminder speaks of already are not. Empty
    on a day that is no business day.
    """
    if not calendar.is_business_day(today):
        return ReminderSpan(today, today - timedelta(days=1))
    horizon = calendar.next_after(today) - timedelta(days=1)
    first = today if nearer is None else horizon + timedelta(days=nearer + 1)
    return ReminderSpan(first, horizon + timedelta(days=days))
