"""Messages of a purpose held back: they wait, and when their time passes meanwhile they are skipped.

The end goes the way of every end, by `settle`, so that what was paid for a message is paid back as ever.
"""

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from sms.delivery.claim import UNOPENED, Claim, Timing, Work
from sms.delivery.letters import open_ids
from sms.delivery.results import Step
from sms.delivery.settle import settle
from sms.eligibility import held
from sms.models import Channel, Purpose, ResultState

# Batches of one purpose whose messages are all too late now. One at a time, as every claim.
_TAKE = """
    WITH late AS MATERIALIZED (
        SELECT id FROM sms_batch AS batch
         WHERE state = 'ready' AND purpose = %s
           AND NOT EXISTS (SELECT 1 FROM sms_message AS message
                            WHERE message.batch_id = batch.id
                              AND (message.valid_until IS NULL OR message.valid_until > %s))
         ORDER BY id LIMIT 1
           FOR UPDATE SKIP LOCKED)
    UPDATE sms_batch AS batch
       SET state = 'claimed', token = batch.token + 1, lease_until = clock_timestamp() + %s, gateway_group = %s
      FROM late WHERE batch.id = late.id
    RETURNING batch.id, batch.token, batch.channel, batch.gateway, batch.attempt, batch.message_ids
"""


def end_held(*, at: datetime) -> int:
    """End what could not leave in its time because its purpose is held. Returns how many batches.

    Must not be called inside a transaction; raises RuntimeError when it is.
    """
    ended = 0
    for purpose, code in held().items():
        while claim := _take(Purpose(purpose), at):
            late = open_ids(claim.batch_id, claim.message_ids)
            settle(claim, steps=[Step(number, ResultState.SKIPPED, code) for number in late], at=at)
            ended += 1
    return ended


def _take(purpose: Purpose, at: datetime) -> Claim | None:
    lease = Timing().lease
    values: list[Any] = [purpose, at, lease, UNOPENED]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    batch_id, token, channel, gateway, attempt, message_ids = row
    return Claim(
        batch_id=batch_id, token=token, work=Work.TEXTS, channel=Channel(channel), purpose=purpose,
        gateway=gateway, attempt=attempt, message_ids=message_ids, group=UNOPENED,
        held_until=time.monotonic() + lease.total_seconds(),
    )  # fmt: skip
