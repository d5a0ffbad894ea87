"""What is left to do of a batch: its messages without an end, and which of them may still leave."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from portal.pg_arrays import int_array
from sms.delivery.again import ARRIVED, arrived
from sms.delivery.claim import Claim
from sms.delivery.results import Step
from sms.eligibility import Candidate, stopped
from sms.models import Channel, Result, ResultState
from sms.suppression import stopped_numbers

log = logging.getLogger(__name__)

# So many in a row that cannot be judged, and none that can: the trouble is not theirs.
SYSTEMIC = 20
_COLUMNS = """SELECT id, key, gateway_key::text, member_id, channel, recipient_name, "to", sender, subject, body,
                     html, reference, valid_until
                FROM sms_message """


class Letter(NamedTuple):
    """A message as it leaves; a tuple, as a thousand are read at once."""

    id: int
    key: str
    gateway_key: str
    member_id: int
    channel: str
    recipient_name: str
    to: str
    sender: str
    subject: str
    body: str
    html: str
    reference: str
    valid_until: datetime | None


def open_letters(claim: Claim) -> list[Letter]:
    """The batch's messages that have not ended, in the order they were written."""
    which, value = _members(claim.batch_id, claim.message_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"{_COLUMNS} WHERE {which} ORDER BY id", [value])
        letters = list(map(Letter._make, cursor.fetchall()))
    ended = _ended([letter.id for letter in letters])
    return [letter for letter in letters if letter.id not in ended]


def open_ids(batch_id: int, message_ids: list[int] | None) -> list[int]:
    """The ids of the batch's messages that have not ended."""
    which, value = _members(batch_id, message_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM sms_message WHERE {which} ORDER BY id", [value])  # noqa: S608
        ids = [row[0] for row in cursor.fetchall()]
    ended = _ended(ids)
    return [number for number in ids if number not in ended]


def _members(batch_id: int, message_ids: list[int] | None) -> tuple[str, Any]:
    if message_ids is None:
        return "batch_id = %s", batch_id
    return "id = ANY(%s::bigint[])", int_array(message_ids)


# One look into the primary key for each: for a list, PostgreSQL may choose to read all results ever written.
_ENDED = """
    SELECT asked.id FROM unnest(%s::bigint[]) AS asked (id)
     CROSS JOIN LATERAL (SELECT FROM sms_result WHERE message_id = asked.id AND number = %s LIMIT 1) AS ended
"""


def _ended(ids: list[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [int_array(ids), Result.LAST])
        return {row[0] for row in cursor.fetchall()}


def sift(claim: Claim, letters: Sequence[Letter], at: datetime) -> tuple[list[Letter], list[Step]]:
    """Those that may leave now, and the ends of those that may not.

    Too late; to a number that gets no texts; arrived by an earlier try after all; stopped by a registered check.
    """
    late = {letter.id for letter in letters if letter.valid_until and letter.valid_until <= at}
    in_time = [letter for letter in letters if letter.id not in late]
    refused = _without_asking(claim, in_time)
    refused |= stopped(claim.purpose, (_candidate(letter) for letter in in_time if letter.id not in refused))
    leaving = [letter for letter in in_time if letter.id not in refused]
    steps = [Step(number, ResultState.EXPIRED) for number in sorted(late)]
    steps += [
        Step(letter.id, ResultState.SKIPPED, refused[letter.id]) for letter in in_time if letter.id in refused
    ]
    return leaving, steps


def _without_asking(claim: Claim, letters: Sequence[Letter]) -> dict[int, str]:
    """What stops a text of any purpose, whatever the app that wrote it knows."""
    if claim.channel is Channel.EMAIL or not letters:
        return {}
    done = arrived([letter.key for letter in letters])
    found = {letter.id: ARRIVED for letter in letters if letter.key in done}
    return found | stopped_numbers(claim.purpose, {letter.id: letter.to for letter in letters})


def sift_apart(
    claim: Claim, letters: Sequence[Letter], at: datetime
) -> tuple[list[Letter], list[Step], list[int]]:
    """As `sift`, and the ids of those whose check breaks: they wait without holding up the rest of their batch.

    Raises what the check raised when it breaks on all of them, for then the trouble is not one message's.
    """
    try:
        return *sift(claim, letters, at), []
    except Exception as error:
        log.exception("batch %s is judged message by message", claim.batch_id)
        leaving, ended, spoilt = _sift_singly(claim, letters, at)
        if not leaving and not ended:
            raise error
        return leaving, ended, spoilt


def _sift_singly(
    claim: Claim, letters: Sequence[Letter], at: datetime
) -> tuple[list[Letter], list[Step], list[int]]:
    leaving: list[Letter] = []
    ended: list[Step] = []
    spoilt: list[int] = []
    for letter in letters:
        try:
            one, step = sift(claim, [letter], at)
        except Exception:
            log.warning("message %s cannot be judged", letter.id)
            spoilt.append(letter.id)
            if len(spoilt) >= SYSTEMIC and not leaving and not ended:
                break
        else:
            leaving += one
            ended += step
    return leaving, ended, spoilt


def _candidate(letter: Letter) -> Candidate:
    return Candidate(letter.id, letter.key, letter.member_id, letter.to, letter.reference)
