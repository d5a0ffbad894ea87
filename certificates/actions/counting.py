"""Refusing the eleventh try, counted under a lock, so that ten at once are ten."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from certificates.refusals import Code, Refused
from certificates.rules.counting import MOST_IN_WINDOW, WINDOW, minutes_to_wait


def refuse_too_many(tries: QuerySet, time_field: str, *, lock: str, at: datetime) -> None:
    """Of `tries`, those within the window by `time_field`. In the transaction that adds the next one.

    Raises Refused(RATE_LIMITED).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"certificates:{lock}"])
    recent = tries.filter(**{f"{time_field}__gt": at - WINDOW}).order_by(f"-{time_field}")
    times = list(recent.values_list(time_field, flat=True)[:MOST_IN_WINDOW])
    minutes = minutes_to_wait(times, at)
    if minutes:
        raise Refused(Code.RATE_LIMITED, lock.partition(":")[0], minutes=str(minutes))
