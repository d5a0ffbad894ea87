"""Days by which someone must have acted (DOMAIN §2.5; 건설산업기본법 제67조 제4항)."""

from datetime import date

from portal.businessdays.rules import BusinessCalendar, last_day_of_months

CLAIM_MONTHS = 24


def supplement_due(requested_on: date, calendar: BusinessCalendar, *, business_days: int) -> date:
    """The last day a member can answer a supplement request; the application lapses after it."""
    return calendar.add(requested_on, business_days)


def approval_due(idle_since: date, calendar: BusinessCalendar, *, business_days: int) -> date:
    """The last day to sign or pay after the latest step; the application lapses after it."""
    return calendar.add(idle_since, business_days)


def claim_until(ends_on: date) -> date:
    """The last day a claim can be raised: two years from the end of the guarantee period."""
    return last_day_of_months(ends_on, CLAIM_MONTHS)


def is_past(due_on: date, today: date) -> bool:
    """Whether the due day, a full day of its own, is over."""
    return today > due_on
