"""Telling a company of calls about to lapse: a month and a week before, at the cooperative's cost (rule 12)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from portal.businessdays.rules import BusinessCalendar
from portal.clock import SEOUL, seoul_day
from portal.members.models import Member
from sms.models import LapseReminder, Lot, NoticeKind
from sms.notices import calls_lapsing
from sms.outbox import queue
from sms.recipients_sql import added_receivers
from sms.rules.mileage import ReminderSpan, reminder_span

MONTH, WEEK = 30, 7
MEMBERS_AT_ONCE = 200

# The unique row decides who tells: another run, at once or later, finds nothing new.
REMEMBER = """
    INSERT INTO sms_lapsereminder (member_id, last_day, kind, calls, at)
    SELECT member_id, ((expires_at - interval '1 microsecond') AT TIME ZONE 'Asia/Seoul')::date, %(kind)s,
           sum(remaining), %(at)s
      FROM sms_lot
     WHERE member_id = ANY(%(members)s) AND remaining > 0 AND expires_at > %(first)s AND expires_at <= %(last)s
     GROUP BY 1, 2
        ON CONFLICT DO NOTHING
    RETURNING id, member_id, last_day, kind, calls, at
"""


def remind_of_lapses(*, calendar: BusinessCalendar, at: datetime) -> int:
    """Tell companies in good standing of calls that lapse soon, each of the same once. Returns how many were told.

    Nothing on a day that is no business day: the one before it has spoken already.
    """
    today = seoul_day(at)
    month = reminder_span(MONTH, today=today, calendar=calendar, nearer=WEEK)
    week = reminder_span(WEEK, today=today, calendar=calendar)
    return sum(
        _remind(kind, span, at)
        for kind, span in ((LapseReminder.Kind.WEEK, week), (LapseReminder.Kind.MONTH, month))
        if not span.is_empty
    )


def _remind(kind: LapseReminder.Kind, span: ReminderSpan, at: datetime) -> int:
    first, last = _midnight(span.first), _midnight(span.last + timedelta(days=1))
    lapsing = Lot.everything.filter(remaining__gt=0, expires_at__gt=first, expires_at__lte=last)
    members = lapsing.filter(member__status="active").order_by("member_id").values_list("member_id", flat=True)
    given = {"kind": kind.value, "at": at, "first": first, "last": last}
    ids = list(members.distinct())
    parts = (ids[start : start + MEMBERS_AT_ONCE] for start in range(0, len(ids), MEMBERS_AT_ONCE))
    return sum(_tell(part, given, at) for part in parts)


@transaction.atomic
def _tell(members: Sequence[int], given: dict[str, Any], at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, {**given, "members": list(members)})
        rows = [LapseReminder(*row) for row in cursor.fetchall()]
    rows.sort(key=lambda row: (row.member_id, row.last_day))
    companies = Member.everything.select_related("branch").in_bulk({row.member_id for row in rows})
    added = added_receivers(list(companies), NoticeKind.MILEAGE)
    drafts = [
        draft
        for member_id, reminders in groupby(rows, key=lambda row: row.member_id)
        for draft in calls_lapsing(companies[member_id], list(reminders), added.get(member_id, ()))
    ]
    queue(drafts, at=at)
    return len(companies)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SEOUL)
