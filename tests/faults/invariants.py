"""What must hold of the outbox after any fault: each query names what breaks it, and must find nothing."""

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from sms.models import Message, Result
from tests.gateway_simulator import SimulatorProcess

# Messages that an open batch will look at again, and messages without an end.
_OPEN = """
    WITH looked_at AS (
        SELECT m.id FROM sms_batch b JOIN sms_message m ON m.batch_id = b.id
         WHERE b.state <> 'done' AND b.message_ids IS NULL
         UNION ALL
        SELECT unnest(message_ids) FROM sms_batch WHERE state <> 'done'
    ), endless AS (
        SELECT id FROM sms_message m
         WHERE NOT EXISTS (SELECT FROM sms_result r WHERE r.message_id = m.id AND r.number = 32767)
    )"""
QUERIES = {
    "a message without an end, and in no batch that will look at it again": f"""
        {_OPEN} SELECT id::text FROM endless WHERE id NOT IN (SELECT id FROM looked_at)""",
    "a message that two open batches would hand over": f"""
        {_OPEN} SELECT id::text FROM looked_at WHERE id IN (SELECT id FROM endless)
         GROUP BY id HAVING count(*) > 1""",
    "a batch still claimed, or in doubt although nobody works": """
        SELECT id::text FROM sms_batch WHERE state IN ('claimed', 'unknown')""",
    "a key written twice": "SELECT key FROM sms_message GROUP BY key HAVING count(*) > 1",
    "an accepted text without the gateway's name for it": """
        SELECT r.message_id::text FROM sms_result r JOIN sms_message m ON m.id = r.message_id
         WHERE r.state = 'accepted' AND m.channel <> 'email' AND r.provider_ref = '' AND r.reason <> 'person'""",
    "two messages under one name at the gateway": """
        SELECT provider_ref FROM sms_result WHERE state = 'accepted' AND provider_ref <> ''
         GROUP BY gateway, provider_ref HAVING count(DISTINCT message_id) > 1""",
    "calls that do not add up": """
        SELECT lot.id::text FROM sms_lot lot LEFT JOIN sms_entry e ON e.lot_id = lot.id
         GROUP BY lot.id, lot.remaining HAVING lot.remaining <> coalesce(sum(e.calls), 0) OR lot.remaining < 0""",
}


def broken() -> dict[str, list[str]]:
    """Every rule that does not hold, with up to five rows that break it."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sms_batch, sms_message, sms_result")  # or loops over 50,000 rows are thought cheap
        for rule, query in QUERIES.items():
            cursor.execute(f"{query} LIMIT 5")
            if rows := [row[0] for row in cursor.fetchall()]:
                found[rule] = rows
    return found


def accepted_twice(messages: QuerySet[Message], simulator: SimulatorProcess) -> list[UUID]:
    """Those of `messages` that reached somebody more than once, by the gateway's own log."""
    twice = [key for key, times in simulator.accepted_counts().items() if times > 1]
    return list(messages.filter(gateway_key__in=twice).values_list("gateway_key", flat=True))


def believed_but_not_accepted(simulator: SimulatorProcess) -> list[UUID]:
    """Texts we call accepted that the gateway never took."""
    taken = simulator.accepted_counts()
    ours = Message.everything.filter(
        pk__in=Result.objects.filter(number=Result.LAST, state="accepted")
        .exclude(reason="person")
        .values("message")
    ).exclude(channel="email")
    return [key for key in ours.values_list("gateway_key", flat=True) if key not in taken]
