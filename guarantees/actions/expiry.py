"""The daily run of 보증해제대상 notices (S21-S28), and the same read-only for a preview.

It asks for a state, not for a day: every guarantee that ends inside the window and has no notice for its
present end date gets one. Missed days, late issues, changed end dates and holidays declared late heal at
the next run, and a second run on the same day finds nothing to do. The number of statements is the same for
ten guarantees and for a hundred thousand.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from guarantees import expiry_texts
from guarantees.expiry_statements import (
    DUE,
    INSERT_DIGESTS,
    INSERT_MISSED,
    INSERT_MISSED_DAYS,
    INSERT_NOTICES,
    LEFT_OF_DIGESTS,
    PASSED_OVER,
)
from guarantees.models import DigestLine, ExpiryNotice, ExpiryRun, RunState
from guarantees.rules.expiry import Window, digest_of, send_date, window
from portal.access import Actor
from portal.audit import trail
from portal.businessdays.models import business_calendar, calendar_version
from portal.businessdays.rules import BusinessCalendar
from portal.clock import seoul_day
from portal.health.models import Heartbeat
from sms import outbox
from sms.delivery.crashpoints import crashpoint
from sms.models import Channel, Purpose

MISSED_WITHIN = timedelta(days=60)
LEFT_WITHIN = timedelta(days=30)  # a digest is stopped between its plan and its end date, at most this long
RUN_LOCK = 0x15_E7_91  # one planner at a time; correctness is the unique key's, this only saves work
MANY = 100  # notices in one go, from which on every join is made in one pass
SIGN_OF_LIFE = "expiry"


@dataclass(frozen=True)
class DueNotice:
    """One guarantee the run would deal with: how many people would be told, or why nobody."""

    guarantee: str
    end_date: date
    recipients: int
    late: bool
    state: str
    member_id: int


@dataclass(frozen=True)
class Preview:
    """What a run on a day would do; nothing is written. `window` is None on a holiday."""

    run_date: date
    window: Window | None
    planned: tuple[DueNotice, ...]
    skipped: dict[str, int]

    def texts(self, numbers: set[str]) -> int:
        """How many texts these guarantees (by number) would make; those of a digest make one for each person."""
        crowds = Counter(notice.member_id for notice in self.planned)
        alone, together = 0, {}
        for notice in self.planned:
            if notice.guarantee not in numbers:
                continue
            if crowds[notice.member_id] >= settings.EXPIRY_DIGEST_FROM:
                together[notice.member_id] = notice.recipients
            else:
                alone += notice.recipients
        return alone + sum(together.values())


def plan_expiry_notices(*, on: date, by: Actor, at: datetime) -> ExpiryRun:
    """Write the notices and messages due on the Seoul day `on`, and the row that reports the day.

    Safe to run twice or twice at once. On a holiday only the row is written.
    """
    calendar = business_calendar()
    span = window(on, calendar)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUN_LOCK])
        cursor.execute(INSERT_MISSED_DAYS, {"on": on, "at": at})
        run, is_first = ExpiryRun.objects.select_for_update().get_or_create(
            run_on=on, defaults={"started_at": at, **_span_of(span)}
        )
        if span is not None:
            _write_notices(cursor, run, span, calendar, at)
        _report(cursor, run, span, calendar, at)
        if is_first or run.planned:
            trail.record(action="expiry_run.plan", by=by, at=at, subject=run, detail={"planned": run.planned})
        if on == seoul_day(at):
            Heartbeat.objects.update_or_create(name=SIGN_OF_LIFE, defaults={"at": at})
        crashpoint("plan_before_commit")
    crashpoint("plan_after_commit")
    return run


def preview(*, on: date) -> Preview:
    """What `plan_expiry_notices` would do on that day, by the same statement."""
    calendar = business_calendar()
    span = window(on, calendar)
    if span is None:
        return Preview(on, None, (), {})
    with connection.cursor() as cursor:
        cursor.execute(f"{DUE} ORDER BY g.ends_on, g.id", _parameters(on, span, calendar))
        due = [
            DueNotice(number, ends_on, people, late, state, member_id)
            for _id, number, ends_on, people, late, state, member_id in cursor.fetchall()
        ]
        skipped = _passed_over(cursor, span)
    skipped.update(Counter(notice.state for notice in due if notice.state != "planned"))
    return Preview(on, span, tuple(n for n in due if n.state == "planned"), dict(skipped))


def is_left_to_tell(*, on: date, at: datetime) -> bool:
    """Whether a digest was stopped and what is left of it waits for a run."""
    with connection.cursor() as cursor:
        return bool(_left_of_digests(cursor, on + timedelta(days=1), at))


def _write_notices(cursor: Any, run: ExpiryRun, span: Window, calendar: BusinessCalendar, at: datetime) -> None:
    parameters = {
        **_parameters(run.run_on, span, calendar),
        "run": run.pk,
        "at": at,
        "digest_from": settings.EXPIRY_DIGEST_FROM,
        "missed_from": run.run_on - MISSED_WITHIN,
    }
    # The day's texts are sorted once, in memory: there is one planner at a time. To compile its statements takes
    # longer than it saves.
    cursor.execute("SELECT set_config('work_mem', '128MB', true), set_config('jit', 'off', true)")
    cursor.execute(INSERT_NOTICES, parameters)
    if written := cursor.rowcount:
        # The statistics know nothing yet of the notices just written, and take them for one: joined row by row to
        # everybody's recipients, four thousand of them took 78 seconds.
        cursor.execute("SET LOCAL enable_nestloop = %s", ["off" if written >= MANY else "on"])
        cursor.execute(INSERT_DIGESTS, parameters)
        run.messages += _queue(expiry_texts.fresh(run.pk, at), at)
        cursor.execute("SET LOCAL enable_nestloop = on")
    left = _left_of_digests(cursor, span.earliest_end, at)
    if left:
        run.messages += _queue(_told_again(left), at)
    cursor.execute(INSERT_MISSED, parameters)


def _queue(told: tuple[str, list[object]], at: datetime) -> int:
    select, values = expiry_texts.messages_of(told, prefix=settings.SMS_PREFIX)
    return outbox.queue_selected(
        select=select, params=values, channel=Channel.SMS, purpose=Purpose.EXPIRY_NOTICE, at=at
    )


def _left_of_digests(cursor: Any, earliest_end: date, at: datetime) -> list[tuple[Any, ...]]:
    cursor.execute(LEFT_OF_DIGESTS, {"since": at - LEFT_WITHIN, "earliest_end": earliest_end})
    return list(cursor.fetchall())


def _told_again(left: list[tuple[Any, ...]]) -> tuple[str, list[object]]:
    """The rest of each stopped digest, as a smaller digest where it is still many. Its lines come first."""
    groups = defaultdict(list)
    for row in left:
        groups[row[4:]].append(row)  # by company and number
    lines: list[DigestLine] = []
    told: list[tuple[int, object, str | None, str]] = []
    for (_member, mobile), rows in groups.items():
        digest = None
        if len(rows) >= settings.EXPIRY_DIGEST_FROM:
            digest = digest_of((public_id, ends_on) for _n, _g, ends_on, public_id, *_ in rows)
            lines += [DigestLine(digest=digest, notice_id=row[0]) for row in rows]
        told += [(row[1], row[2], digest, mobile) for row in rows]
    DigestLine.objects.bulk_create(lines, ignore_conflicts=True)
    return expiry_texts.left_over(told)


def _report(cursor: Any, run: ExpiryRun, span: Window | None, calendar: BusinessCalendar, at: datetime) -> None:
    """Bring the day's row to what its notices say, so that the numbers always add up."""
    states = ExpiryNotice.everything.filter(run=run).values_list("state", "is_late")
    counts: Counter[str] = Counter()
    run.late = 0
    for state, is_late, notices in states.annotate(notices=Count("pk")):
        counts[state] += notices
        if state == "planned" and is_late:
            run.late += notices
    skipped = Counter({state: n for state, n in counts.items() if state != "planned"})
    if span is not None:
        skipped.update(_passed_over(cursor, span))
    for name, value in _span_of(span).items():
        setattr(run, name, value)
    run.ticks += 1
    run.finished_at = at
    run.planned = counts["planned"]
    run.skipped = dict(skipped)
    run.calendar_covers_until = calendar.covered_until
    run.calendar_version = calendar_version(calendar)
    run.code_version = settings.CODE_VERSION
    run.save()


def _span_of(span: Window | None) -> dict[str, Any]:
    if span is None:
        return {"state": RunState.SKIPPED, "earliest_end": None, "first_end": None, "last_end": None}
    return {
        "state": RunState.DONE,
        "earliest_end": span.earliest_end,
        "first_end": span.first_end,
        "last_end": span.last_end,
    }


def _passed_over(cursor: Any, span: Window) -> Counter[str]:
    cursor.execute(PASSED_OVER, {"first_end": span.first_end, "last_end": span.last_end})
    return Counter(dict(cursor.fetchall()))


def _parameters(on: date, span: Window, calendar: BusinessCalendar) -> dict[str, Any]:
    go_live = settings.EXPIRY_GO_LIVE
    days = (span.last_end - span.earliest_end).days + 1
    ends = [span.earliest_end + timedelta(days=n) for n in range(days)]
    return {
        "on": on,
        "earliest_end": span.earliest_end,
        "last_end": span.last_end,
        "go_live": date.fromisoformat(go_live) if go_live else None,
        "late_issue": settings.EXPIRY_LATE_ISSUE == "send",
        "ends": ends,
        "send_days": [send_date(end, calendar) for end in ends],
    }
