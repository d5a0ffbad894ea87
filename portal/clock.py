"""The only place that reads the clock. Views, tasks, admin and commands ask here and hand the answer down."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

SEOUL = ZoneInfo("Asia/Seoul")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """The present calendar day in Seoul, whatever the zone of the process."""
    return now().astimezone(SEOUL).date()


def seoul_day(at: datetime) -> date:
    """The Seoul calendar day of an instant."""
    return at.astimezone(SEOUL).date()
