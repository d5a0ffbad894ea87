"""Taking one batch for ourselves, for a while. The claim is committed before anyone is called.

The database's clock decides leases and quarantines; our own monotonic clock only ever makes us give up sooner.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from sms.models import BatchState, Channel, Purpose
from sms.rules.quiet_hours import is_open

# Results someone waits for go before notices to many.
URGENT = (
    Purpose.ONE_TIME_CODE,
    Purpose.SCREENING_RESULT,
    Purpose.ISSUED,
    Purpose.RELEASED,
    Purpose.BANK_CERTIFICATE,
)


# What stands for the gateway's name of a batch between the claim and that name: no group, so nothing went out.
UNOPENED = "none"


class Work(Enum):
    """What may be done with a batch; each can be at a standstill while the others go on."""

    TEXTS = "texts"
    MAILS = "mails"
    DOUBTS = "doubts"


CHANNELS = {Work.TEXTS: ("sms", "lms"), Work.MAILS: ("email",), Work.DOUBTS: ()}


@dataclass(frozen=True, slots=True)
class Timing:
    """`call`: the longest one exchange with the gateway takes. `lease`: how long a batch is ours."""

    call: timedelta = timedelta(seconds=15)
    lease: timedelta = timedelta(seconds=60)
    mail_lease: timedelta = timedelta(minutes=5)  # one e-mail: several answers of up to EMAIL_TIMEOUT each

    def lease_of(self, channel: str) -> timedelta:
        """The lease of a batch of this channel; an e-mail batch renews its own with each e-mail."""
        return self.mail_lease if channel == Channel.EMAIL else self.lease


USUAL = Timing()


@dataclass(frozen=True, slots=True)
class Claim:
    """One batch, ours while `token` is still its number. `work` tells what to do with it."""

    batch_id: int
    token: int
    work: Work
    channel: Channel
    purpose: Purpose
    gateway: str
    attempt: int
    message_ids: list[int] | None
    group: str  # the gateway's name for this batch, UNOPENED, or empty: nothing is known of it
    held_until: float  # by time.monotonic(); never later than the lease in the database

    def is_held_for(self, span: timedelta) -> bool:
        """Whether the lease surely outlasts `span` from now."""
        return time.monotonic() + span.total_seconds() < self.held_until


# One row, skipping those that another worker is just taking.
_TAKE = """
    UPDATE sms_batch AS batch
       SET state = 'claimed', token = batch.token + 1,
           lease_until = clock_timestamp() + CASE WHEN batch.channel = 'email' THEN %s ELSE %s END,
           gateway = CASE WHEN batch.channel = 'email' THEN 'email'
                          WHEN due.state = 'ready' THEN %s ELSE batch.gateway END,
           gateway_group = CASE WHEN due.state = 'ready' THEN %s ELSE batch.gateway_group END
      FROM (SELECT id, state FROM sms_batch
             WHERE state IN ('ready', 'unknown')
               AND (state = 'ready' AND not_before <= %s AND channel = ANY(%s)
                    AND (channel = 'email' OR purpose = ANY(%s))
                    OR state = 'unknown' AND not_before <= clock_timestamp() AND %s)
             ORDER BY purpose = ANY(%s) DESC, not_before, id
             LIMIT 1
               FOR UPDATE SKIP LOCKED) AS due
     WHERE batch.id = due.id
    RETURNING batch.id, batch.token, due.state, batch.channel, batch.purpose, batch.gateway, batch.attempt,
              batch.message_ids, batch.gateway_group
"""

# What a dead worker left: texts are in doubt and wait out the gateway; e-mails may simply go again.
_SWEEP = """
    UPDATE sms_batch
       SET state = CASE WHEN channel = 'email' THEN 'ready' ELSE 'unknown' END, lease_until = NULL,
           not_before = clock_timestamp() + CASE WHEN channel = 'email' THEN interval '0' ELSE %s END
     WHERE id IN (SELECT id FROM sms_batch WHERE state = 'claimed' AND lease_until < clock_timestamp()
                     FOR UPDATE SKIP LOCKED)
"""


def take(*, at: datetime, works: Collection[Work], gateway: str, timing: Timing) -> Claim | None:
    """Claim the most urgent due batch of these works, or None. Must not be called inside a transaction.

    Raises RuntimeError when it is: a claim that could be rolled back protects nothing.
    """
    open_now = [
        purpose.value for purpose in Purpose if is_open(Channel.SMS, purpose, at, settings.SMS_RESULT_HOURS)
    ]
    channels = [channel for work in works for channel in CHANNELS[work]]
    values: list[Any] = [timing.mail_lease, timing.lease, gateway, UNOPENED, at, channels, open_now]
    values += [Work.DOUBTS in works, list(map(str, URGENT))]
    asked = time.monotonic()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    batch_id, token, was, channel, purpose, named, attempt, message_ids, group = row
    return Claim(
        batch_id=batch_id,
        token=token,
        work=_work(was, channel),
        channel=Channel(channel),
        purpose=Purpose(purpose),
        gateway=named,
        attempt=attempt,
        message_ids=message_ids,
        group=group,
        held_until=asked + timing.lease_of(channel).total_seconds(),
    )


def _work(was: str, channel: str) -> Work:
    if channel == Channel.EMAIL:
        return Work.MAILS
    return Work.DOUBTS if was == BatchState.UNKNOWN else Work.TEXTS


def sweep(*, quarantine: timedelta) -> int:
    """Put batches whose lease has run out in doubt, to be asked about after `quarantine`. How many there were."""
    values: list[Any] = [quarantine]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_SWEEP, values)
        return cursor.rowcount
