"""When a member is warned that his certificate ends (NPKI §6.5): 30, 15, 7 and 1 days before, once each."""

from datetime import date, datetime, timedelta

WARNING_DAYS = (30, 15, 7, 1)
LIST_ALARM_SHARE = 4  # a list within the last quarter of its term
AUTHORITY_WARNING = timedelta(days=180)


def due_warning(last_day_on: date, today: date) -> int | None:
    """The warning whose day has come and whose successor's has not: 30, 15, 7, 1 or None.

    Both are Korean days, the last day inclusive. A day without a run is made up for by the next one.
    """
    left = (last_day_on - today).days
    if left < 0:
        return None
    return min((days for days in WARNING_DAYS if left <= days), default=None)


def is_list_ending(this_update_at: datetime, next_update_at: datetime, at: datetime) -> bool:
    """Whether a list has a quarter of its term or less before its successor is due."""
    return (next_update_at - at) * LIST_ALARM_SHARE <= next_update_at - this_update_at


def is_authority_ending(valid_until_at: datetime, at: datetime) -> bool:
    """Whether an authority's own certificate ends within 180 days."""
    return valid_until_at - at <= AUTHORITY_WARNING
