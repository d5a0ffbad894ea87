"""Appending result rows, a batch of them at once."""

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import NamedTuple

from django.db import connection, transaction
from psycopg2.errors import UniqueViolation

from sms.models import FINAL_STATES, Result, ResultState

# From so many on, COPY: half the work and half the write-ahead log of an INSERT.
MANY = 100


class Step(NamedTuple):
    """One result row to be."""

    message_id: int
    state: ResultState
    reason: str = ""
    provider_ref: str = ""


_COPY = "COPY sms_result (message_id, number, state, reason, gateway, provider_ref, at) FROM STDIN (FORMAT csv)"
# The primary key lets the first end of a message stand, e.g. one proved by an early delivery report.
_APPEND = """
    INSERT INTO sms_result (message_id, number, state, reason, gateway, provider_ref, at)
    SELECT step.message_id,
           CASE WHEN step.state = ANY(%s) THEN %s
                ELSE (SELECT coalesce(max(number), 0) + 1 FROM sms_result AS earlier
                       WHERE earlier.message_id = step.message_id AND earlier.number < %s) END,
           step.state, step.reason, %s, step.provider_ref, %s
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
        AS step (message_id, state, reason, provider_ref)
    ON CONFLICT DO NOTHING
"""


def append(steps: Sequence[Step], *, gateway: str, at: datetime) -> int:
    """Insert result rows inside the caller's transaction. Returns how many were new.

    A message that has ended keeps its end.
    """
    if len(steps) >= MANY and all(step.state in FINAL_STATES for step in steps):
        try:
            with transaction.atomic():
                return _copy(steps, gateway, at)
        except UniqueViolation:
            pass  # one of them has ended meanwhile: one by one, then
    return _insert(steps, gateway, at) if steps else 0


def _copy(steps: Sequence[Step], gateway: str, at: datetime) -> int:
    """Raises UniqueViolation when a message has ended already."""
    lines, instant = StringIO(), at.isoformat()
    # Empty text is quoted, for unquoted it would be null.
    csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC).writerows(
        (step.message_id, Result.LAST, step.state, step.reason[:60], gateway, step.provider_ref, instant)
        for step in steps
    )
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY, lines)
    return len(steps)


def _insert(steps: Sequence[Step], gateway: str, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                *(list(map(str, FINAL_STATES)), Result.LAST, Result.LAST, gateway, at),
                [step.message_id for step in steps],
                [str(step.state) for step in steps],
                [step.reason[:60] for step in steps],
                [step.provider_ref for step in steps],
            ],
        )
        return cursor.rowcount
