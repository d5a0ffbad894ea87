"""Writing messages. They become rows in the transaction of the event they tell of, and leave after it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from sms.models import Batch, Channel, Purpose, SenderNumber
from sms.outbox_sql import INSERT_MESSAGES, INSERT_SELECTED
from sms.rules.quiet_hours import earliest
from sms.rules.texts import message_kind

log = logging.getLogger(__name__)

# A message that names no limit of its own is not sent any more after so long a trouble.
STALE_AFTER = timedelta(days=3)
MAIL_BATCH_SIZE = 50  # they go one by one, so a large batch would only keep other workers idle
ONE_TRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

_ringing = Lock()


@dataclass(frozen=True)
class Draft:
    """A message to be written. `key` says what it is for; the same key is never written twice.

    `to` is eleven digits or an e-mail address. A text over 90 bytes becomes an LMS by itself.
    """

    key: str
    member_id: int
    channel: Channel
    purpose: Purpose
    to: str
    body: str
    recipient_name: str = ""
    subject: str = ""
    html: str = ""
    reference: str = ""
    valid_until: datetime | None = None


def gateway_key(key: str) -> UUID:
    """The name a gateway knows the message by: a UUID (version 8, RFC 9562) made from `key` alone.

    A row written anew after a restore thus carries the same name, and the gateway can tell it went out.
    `outbox_sql.GATEWAY_KEY` is the same in SQL.
    """
    digest = sha256(f"message:{key}".encode()).hexdigest()
    return UUID(f"{digest[:12]}8{digest[13:16]}a{digest[17:32]}")


def queue(drafts: Sequence[Draft], *, at: datetime, delay: timedelta = timedelta(0)) -> int:
    """Write the messages whose keys are new, in the caller's transaction. Returns how many.

    None leaves before `delay` has passed.
    Raises ValueError for a message to nobody or a text to something that is no number, TextTooLong and
    NotSendable for a text no handset shows.
    """
    _must_be_in_transaction()
    written = 0
    # Sorted by key, so that two transactions writing the same messages wait instead of deadlocking.
    rows = sorted(((_kind(draft), draft) for draft in drafts), key=lambda row: (row[1].purpose, row[1].key))
    for (channel, purpose), group in groupby(sorted(rows, key=_batch_of), key=_batch_of):
        members = list(group)
        size = MAIL_BATCH_SIZE if channel is Channel.EMAIL else settings.SMS_BATCH_SIZE
        for start in range(0, len(members), size):
            written += _write(channel, purpose, members[start : start + size], at, delay)
    if written:
        transaction.on_commit(kick, robust=True)
    return written


def queue_selected(
    *,
    select: str,
    params: Sequence[object],
    channel: Channel,
    purpose: Purpose,
    at: datetime,
    valid_until: datetime | None = None,
) -> int:
    """Write a message for each row of a query, thousands in one statement. Returns how many were new.

    The query yields, in the order of sending: key, member_id, to, recipient_name, body, reference, valid_until
    (null: the argument, else three days). Its bodies must fit `channel`; nothing is measured here.
    """
    _must_be_in_transaction()
    not_before = earliest(channel, purpose, at, settings.SMS_RESULT_HOURS)
    given = {
        "channel": channel.value,
        "purpose": purpose.value,
        "size": settings.SMS_BATCH_SIZE,
        "not_before": not_before,
        "at": at,
        "sender": sender_of(channel),
        "valid_until": valid_until or not_before + STALE_AFTER,
    }
    statement, order = INSERT_SELECTED
    values: list[Any] = [*params, *(given[name] for name in order)]
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("/* select */", select), values)
        found = cursor.fetchall()
    _correct_sizes(found)
    written = sum(count for _batch, _size, count in found)
    if written:
        transaction.on_commit(kick, robust=True)
    return written


def kick() -> None:
    """Ring for a worker. Nothing depends on it: a lost ring costs the seconds to the next regular look.

    In a thread, one at a time: a Redis that takes connections and says nothing holds a ring for 40 seconds,
    and would hold the request that rings.
    """
    if not _ringing.acquire(blocking=False):
        return
    try:
        Thread(target=_ring, name="doorbell", daemon=True).start()
    except RuntimeError:  # no thread to be had
        _ringing.release()


def _ring() -> None:
    try:
        # Celery's own defaults would try a dead Redis for seven seconds.
        current_app.send_task("sms.tasks.deliver", retry=True, retry_policy=ONE_TRY, expires=60)
    except Exception as error:  # whatever a broker may do to us, the event is committed
        log.warning("no worker was rung: %s", type(error).__name__)
    finally:
        _ringing.release()


def sender_of(channel: str) -> str:
    """The registered default number, the cooperative's own where none is marked; for e-mail its address."""
    if channel == Channel.EMAIL:
        return settings.DEFAULT_FROM_EMAIL
    number = SenderNumber.objects.filter(is_default=True).values_list("number", flat=True).first()
    return number or "".join(filter(str.isdigit, settings.COOPERATIVE["phone"]))


def _kind(draft: Draft) -> Channel:
    """The channel it really goes by. Raises as `queue` does."""
    if not draft.to.strip():
        raise ValueError(f"{draft.key}: a message to nobody")
    if draft.channel == Channel.EMAIL:
        return Channel.EMAIL
    if not (draft.to.isascii() and draft.to.isdigit()):
        raise ValueError(f"{draft.key}: a text goes to digits only")
    kind = Channel(message_kind(draft.body))
    return Channel.LMS if draft.channel == Channel.LMS else kind


def _batch_of(row: tuple[Channel, Draft]) -> tuple[Channel, Purpose]:
    return row[0], Purpose(row[1].purpose)


def _write(
    channel: Channel, purpose: Purpose, rows: Sequence[tuple[Channel, Draft]], at: datetime, delay: timedelta
) -> int:
    not_before, sender = earliest(channel, purpose, at + delay, settings.SMS_RESULT_HOURS), sender_of(channel)
    batch = Batch.objects.create(
        channel=channel, purpose=purpose, size=len(rows), not_before=not_before, sender=sender, created_at=at
    )
    drafts = [draft for _channel, draft in rows]
    columns: list[list[object]] = [
        [draft.key for draft in drafts],
        [draft.member_id for draft in drafts],
        [draft.recipient_name for draft in drafts],
        [draft.to.strip() for draft in drafts],
        [draft.subject for draft in drafts],
        [draft.body for draft in drafts],
        [draft.html for draft in drafts],
        [draft.reference for draft in drafts],
        [draft.valid_until or not_before + STALE_AFTER for draft in drafts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_MESSAGES, [batch.pk, channel.value, purpose.value, sender, at, *columns])
        written = cursor.rowcount
    _correct_sizes([(batch.pk, len(rows), written)])
    return written


def _correct_sizes(batches: Sequence[tuple[int, int, int]]) -> None:
    """Make `size` true where keys were written before; a batch of nothing goes."""
    Batch.objects.filter(pk__in=[batch for batch, _size, count in batches if count == 0]).delete()
    for batch, size, count in batches:
        if 0 < count < size:
            Batch.objects.filter(pk=batch).update(size=count)


def _must_be_in_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "messages are written in the transaction of the event they tell of"
        )
