"""Sending once more what the carrier could not deliver for a passing reason, such as a phone switched off.

The second try is a message of its own: messages and their ends never change. What members write is refunded
instead, and a code to prove a number by is worth nothing half an hour later.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from sms.models import Channel, Message, Purpose
from sms.outbox import Draft, queue
from sms.rules.again import PAUSE, earlier_keys, next_key

NEVER = (Purpose.FREE_SMS, Purpose.ONE_TIME_CODE)
ARRIVED = "arrived"

_DELIVERED = """
    SELECT message.key FROM sms_message AS message
     WHERE message.key = ANY(%s)
       AND EXISTS (SELECT FROM sms_receipt WHERE message_id = message.id AND state = 'delivered')
"""


def send_again(message_ids: Sequence[int], *, at: datetime) -> int:
    """Write the next try of each of these, in the caller's transaction. Returns how many there are.

    Told twice, or by two reports, it is written once: its key is.
    """
    messages = Message.everything.filter(pk__in=message_ids).exclude(purpose__in=NEVER).exclude(channel="email")
    drafts = [
        Draft(
            key=key, member_id=message.member_id, channel=Channel(message.channel),
            purpose=Purpose(message.purpose), to=message.to, body=message.body,
            recipient_name=message.recipient_name, subject=message.subject, reference=message.reference,
            valid_until=message.valid_until,
        )
        for message in messages
        if (key := next_key(message.key)) and (message.valid_until is None or message.valid_until > at + PAUSE)
    ]  # fmt: skip
    return queue(drafts, at=at, delay=PAUSE) if drafts else 0


def arrived(keys: Sequence[str]) -> set[str]:
    """Those of these keys of further tries, an earlier one of which has been delivered after all."""
    earlier = {key: found for key in keys if ":again" in key and (found := earlier_keys(key))}
    if not earlier:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED, [[one for found in earlier.values() for one in found]])
        delivered = {row[0] for row in cursor.fetchall()}
    return {key for key, found in earlier.items() if delivered.intersection(found)}
