"""The daily run of 보증해제대상 notices (S21-S28), and the same read-only for a preview.

It asks for a state, not for a day: every guarantee that ends inside the window and has no notice for its
present end date gets one. Missed days, late issues, changed end dates and holidays declared late heal at
the next run, and a second run on the same day finds nothing to do.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from guarantees.expiry_statements import DUE, INSERT_MISSED, INSERT_NOTICES, PASSED_OVER, messages_of
from guarantees.models import ExpiryNotice, ExpiryRun, RunState
from guarantees.rules.expiry import Window, window
from portal.access import Actor
from portal.audit import trail
from portal.businessdays.models import business_calendar
from sms import outbox
from sms.models import Channel, Purpose

MISSED_WITHIN = timedelta(days=60)
RUN_LOCK = 0x15_E7_91  # one planner at a time; correctness is the unique key's, this only saves work


@dataclass(frozen=True)
class DueNotice:
    """One guarantee the run would deal with: how many people would be told, or why nobody."""

    guarantee: str
    end_date: date
    recipients: int
    late: bool
    state: str


@dataclass(frozen=True)
class Preview:
    """What a run on a day would do; nothing is written. `window` is None on a holiday."""

    run_date: date
    window: Window | None
    planned: tuple[DueNotice, ...]
    skipped: dict[str, int]


def plan_expiry_notices(*, on: date, by: Actor, at: datetime) -> ExpiryRun:
    """Write the notices and messages due on the Seoul day `on`, and the row that reports the day.

    Safe to run twice or twice at once. On a holiday only the row is written.
    """
    calendar = business_calendar()
    span = window(on, calendar)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUN_LOCK])
        run, is_first = ExpiryRun.objects.select_for_update().get_or_create(
            run_on=on, defaults={"started_at": at, **_span_of(span)}
        )
        if span is not None:
            _write_notices(cursor, run, span, at)
        _report(run, span, at, calendar.covered_until)
        if is_first or run.planned:
            trail.record(action="expiry_run.plan", by=by, at=at, subject=run, detail={"planned": run.planned})
    return run


def preview(*, on: date) -> Preview:
    """What `plan_expiry_notices` would do on that day, by the same statement."""
    span = window(on, business_calendar())
    if span is None:
        return Preview(on, None, (), {})
    with connection.cursor() as cursor:
        cursor.execute(f"{DUE} ORDER BY g.ends_on, g.id", _parameters(on, span))
        due = [
            DueNotice(number, ends_on, people, late, state)
            for _id, number, ends_on, people, late, state in cursor.fetchall()
        ]
        skipped = _passed_over(cursor, span)
    skipped.update(Counter(notice.state for notice in due if notice.state != "planned"))
    return Preview(on, span, tuple(n for n in due if n.state == "planned"), dict(skipped))


def _write_notices(cursor: Any, run: ExpiryRun, span: Window, at: datetime) -> None:
    parameters = {**_parameters(run.run_on, span), "run": run.pk, "at": at}
    cursor.execute(INSERT_NOTICES, parameters)
    if cursor.rowcount:
        select, values = messages_of(run_id=run.pk, at=at, prefix=settings.SMS_PREFIX)
        run.messages += outbox.queue_selected(
            select=select, params=values, channel=Channel.SMS, purpose=Purpose.EXPIRY_NOTICE, at=at
        )
    cursor.execute(INSERT_MISSED, {**parameters, "missed_from": run.run_on - MISSED_WITHIN})


def _report(run: ExpiryRun, span: Window | None, at: datetime, covers_until: date | None) -> None:
    """Bring the day's row to what its notices say, so that the numbers always add up."""
    states = ExpiryNotice.everything.filter(run=run).values_list("state", "is_late")
    counts = Counter(state for state, _ in states)
    skipped = Counter({state: n for state, n in counts.items() if state != "planned"})
    if span is not None:
        with connection.cursor() as cursor:
            skipped.update(_passed_over(cursor, span))
    for name, value in _span_of(span).items():
        setattr(run, name, value)
    run.ticks += 1
    run.finished_at = at
    run.planned = counts["planned"]
    run.late = sum(1 for state, late in states if state == "planned" and late)
    run.skipped = dict(skipped)
    run.calendar_covers_until = covers_until
    run.save()


def _span_of(span: Window | None) -> dict[str, Any]:
    if span is None:
        return {"state": RunState.SKIPPED, "first_end": None, "last_end": None}
    return {"state": RunState.DONE, "first_end": span.first_end, "last_end": span.last_end}


def _passed_over(cursor: Any, span: Window) -> Counter[str]:
    cursor.execute(PASSED_OVER, {"first_end": span.first_end, "last_end": span.last_end})
    return Counter(dict(cursor.fetchall()))


def _parameters(on: date, span: Window) -> dict[str, Any]:
    go_live = settings.EXPIRY_GO_LIVE
    return {
        "on": on,
        "earliest_end": span.earliest_end,
        "last_end": span.last_end,
        "go_live": date.fromisoformat(go_live) if go_live else None,
    }
