"""Writing down what came of a claimed batch: in one transaction, or not at all when it is no longer ours."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sms.actions.mileage import book_outcomes
from sms.delivery.claim import Claim
from sms.delivery.crashpoints import crashpoint
from sms.delivery.results import Step, append
from sms.models import BatchState, Purpose, ResultState
from sms.suppression import learn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rest:
    """Messages of the batch that are not done with: what state they wait in, for how long, and why.

    `message_ids` None means every message still open. `tried` counts towards the growing pauses.
    """

    state: BatchState
    pause: timedelta
    trouble: str = ""
    message_ids: list[int] | None = None
    tried: bool = True


NOWHERE: Mapping[str, Sequence[Step]] = {}

# Fenced: a worker that lost its lease writes nothing.
_MOVE = """
    UPDATE sms_batch
       SET state = %s, not_before = CASE WHEN %s = 'unknown' THEN clock_timestamp() ELSE %s END + %s,
           message_ids = coalesce(%s::bigint[], message_ids), attempt = attempt + %s, trouble = %s,
           lease_until = NULL,
           gateway_group = CASE WHEN %s = 'unknown' THEN gateway_group ELSE '' END
     WHERE id = %s AND state = 'claimed' AND token = %s
"""
_FINISH = """
    UPDATE sms_batch SET state = 'done', settled_at = %s, trouble = '', lease_until = NULL
     WHERE id = %s AND state = 'claimed' AND token = %s
"""
_KEEP_GROUP = "UPDATE sms_batch SET gateway_group = %s WHERE id = %s AND state = 'claimed' AND token = %s"
_PART = """
    INSERT INTO sms_batch (channel, purpose, gateway, created_at, size, token, state, not_before, message_ids,
                           attempt, trouble, sender, gateway_group)
    SELECT channel, purpose, gateway, created_at, %s, 0, %s,
           CASE WHEN %s = 'unknown' THEN clock_timestamp() ELSE %s END + %s, %s::bigint[], %s, %s, sender,
           CASE WHEN %s = 'unknown' THEN gateway_group ELSE '' END
      FROM sms_batch WHERE id = %s
"""


def keep_group(claim: Claim, group: str) -> bool:
    """Store the gateway's name of the batch before it is sent. False, and nothing stored, when no longer ours."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_KEEP_GROUP, [group, claim.batch_id, claim.token])
        return cursor.rowcount == 1


def settle(
    claim: Claim, *, steps: Sequence[Step], elsewhere: Mapping[str, Sequence[Step]] = NOWHERE,
    rests: Sequence[Rest] = (), at: datetime,
) -> bool:  # fmt: skip
    """Append the results and let go of the batch. False, and nothing written, when it was no longer ours.

    `steps` are of the batch's own gateway, `elsewhere` of others by their names.
    The first rest keeps the batch itself, further ones get batches of their own; without one it is done. Doubt
    comes first, for it needs the gateway's name of the batch.
    """
    if any(rest.state is BatchState.UNKNOWN for rest in rests[1:]) and rests[0].state is not BatchState.UNKNOWN:
        raise ValueError("doubt comes first")
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if rests:
            cursor.execute(_MOVE, _moved(claim, rests[0], at))
        else:
            cursor.execute(_FINISH, [at, claim.batch_id, claim.token])
        if cursor.rowcount != 1:
            log.warning("batch %s was no longer ours: nothing written", claim.batch_id)
            return False
        for name, of_one in ((claim.gateway, steps), *elsewhere.items()):
            append(of_one, gateway=name, at=at)
            if claim.purpose == Purpose.FREE_SMS:
                book_outcomes([step.message_id for step in of_one], at=at)
        learn([_told(claim, step) for step in steps if step.state is ResultState.REFUSED], at=at)
        for rest in rests[1:]:
            _part(claim, rest, at)
        crashpoint("in_settle")
    crashpoint("after_settle")
    return True


def _told(claim: Claim, step: Step) -> tuple[int, str, str]:
    """What the gateway said of a number, as `learn` takes it."""
    reason, _, code = step.reason.partition(":")
    return step.message_id, reason, f"{claim.gateway} {code}"


def _moved(claim: Claim, rest: Rest, at: datetime) -> list[Any]:
    waiting = [rest.state, rest.state, at, rest.pause]
    left = [rest.message_ids, int(rest.tried), rest.trouble[:200], rest.state]
    return [*waiting, *left, claim.batch_id, claim.token]


def _part(claim: Claim, rest: Rest, at: datetime) -> None:
    if rest.message_ids is None:
        raise ValueError("a part names its messages")
    values: list[Any] = [len(rest.message_ids), rest.state, rest.state, at, rest.pause, rest.message_ids]
    values += [claim.attempt + int(rest.tried), rest.trouble[:200], rest.state, claim.batch_id]
    with connection.cursor() as cursor:
        cursor.execute(_PART, values)
