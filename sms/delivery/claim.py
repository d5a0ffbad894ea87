"""Taking one batch for ourselves, for a while. The claim is committed before anyone is called.

The database's clock decides leases and quarantines; our own monotonic clock only ever makes us give up sooner.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from portal.gate.identity import is_open_expression
from sms.delivery import circuits
from sms.delivery.circuits import Outlet
from sms.eligibility import held
from sms.gateways.protocol import Gateway
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
# Stands there after a recovery: which gateway has the batch, if any, is not known, nor by what name.
EVERYWHERE = "every"


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
    group: str  # the gateway's name for this batch, UNOPENED, EVERYWHERE, or empty: nothing is known of it
    held_until: float  # by time.monotonic(); never later than the lease in the database
    failures: int = 0  # how often in a row the gateway had taken nothing, when the batch was claimed
    has_other: bool = False  # another gateway would take it now, if this one surely does not

    def is_held_for(self, span: timedelta) -> bool:
        """Whether the lease surely outlasts `span` from now."""
        return time.monotonic() + span.total_seconds() < self.held_until


# One row, skipping those that another worker is just taking. Chosen once, before the update: as a plain subquery
# of a nested loop it would be run for every row, pass over the one just taken and take the next ones as well.
# What was handed over and not settled is not 'ready', so its gateway is never chosen anew; a ready batch leaves by
# the first gateway that knows its sender.
_TAKE = """
    WITH due AS MATERIALIZED (
        SELECT id, state, outlet.name AS outlet
          FROM sms_batch
          LEFT JOIN LATERAL (
              SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS usable (name, place)
               WHERE name || ' ' || sms_batch.sender <> ALL(%s) ORDER BY place LIMIT 1) AS outlet ON true
         WHERE state IN ('ready', 'unknown')
           AND (state = 'ready' AND not_before <= %s AND channel = ANY(%s)
                AND (channel = 'email' OR purpose = ANY(%s) AND outlet.name IS NOT NULL)
                OR state = 'unknown' AND not_before <= clock_timestamp() AND %s AND gateway <> ALL(%s))
           AND /* gate */
         ORDER BY purpose = ANY(%s) DESC, not_before, id
         LIMIT 1
           FOR UPDATE OF sms_batch SKIP LOCKED)
    UPDATE sms_batch AS batch
       SET state = 'claimed', token = batch.token + 1,
           lease_until = clock_timestamp() + CASE WHEN batch.channel = 'email' THEN %s ELSE %s END,
           gateway = CASE WHEN batch.channel = 'email' THEN 'email'
                          WHEN due.state = 'ready' THEN due.outlet ELSE batch.gateway END,
           gateway_group = CASE WHEN due.state = 'ready' THEN %s ELSE batch.gateway_group END
      FROM due
     WHERE batch.id = due.id
    RETURNING batch.id, batch.token, due.state, batch.channel, batch.purpose, batch.gateway, batch.attempt,
              batch.message_ids, batch.gateway_group, batch.size
"""

# What a dead worker left: texts are in doubt and wait out the gateway; e-mails may simply go again.
_SWEEP = """
    UPDATE sms_batch
       SET state = CASE WHEN channel = 'email' THEN 'ready' ELSE 'unknown' END, lease_until = NULL,
           not_before = clock_timestamp() + CASE WHEN channel = 'email' THEN interval '0' ELSE %s END
     WHERE id IN (SELECT id FROM sms_batch WHERE state = 'claimed' AND lease_until < clock_timestamp()
                     FOR UPDATE SKIP LOCKED)
"""


def take(
    *, at: datetime, works: Collection[Work], gateways: Sequence[Gateway], timing: Timing,
    silent: Collection[str] = (),
) -> Claim | None:  # fmt: skip
    """Claim the most urgent due batch of these works, or None. Must not be called inside a transaction.

    Texts leave by the first of `gateways` that takes them now; doubts about one of the `silent` ones wait.
    Raises RuntimeError inside a transaction: a claim that could be rolled back protects nothing.
    """
    back = held()
    open_now = [
        purpose.value
        for purpose in Purpose
        if is_open(Channel.SMS, purpose, at, settings.SMS_RESULT_HOURS) and purpose not in back
    ]
    channels = [channel for work in works for channel in CHANNELS[work]]
    asked = time.monotonic()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        outlets = circuits.usable(gateways, at=at) if Work.TEXTS in works else []
        barred = [f"{one.name} {number}" for one in outlets for number in one.barred]
        values: list[Any] = [[one.name for one in outlets], barred, at, channels, open_now]
        values += [Work.DOUBTS in works, list(silent), list(map(str, URGENT))]
        values += [timing.mail_lease, timing.lease, UNOPENED]
        # Asked inside the statement: a worker may wake up on another database before anybody noticed.
        cursor.execute(_TAKE.replace("/* gate */", is_open_expression()), values)
        row = cursor.fetchone()
        if row is None:
            return None
        claim = _claim(row, outlets, asked, timing)
        if claim.work is Work.TEXTS:
            (outlet,) = (one for one in outlets if one.name == claim.gateway)
            (rate,) = (one.rate for one in gateways if one.name == claim.gateway)
            circuits.took(outlet, size=row[-1], rate=rate, at=at, lease=timing.lease)
    return claim


def _claim(row: tuple[Any, ...], outlets: Sequence[Outlet], asked: float, timing: Timing) -> Claim:
    batch_id, token, was, channel, purpose, named, attempt, message_ids, group, _size = row
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
        failures=next((one.failures for one in outlets if one.name == named), 0),
        has_other=any(one.name != named for one in outlets),
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
