"""How often gateways may call back. What is refused here is told again by the vendor, or asked for by us."""

from django.db import connection

MOST_A_MINUTE = 1_200  # each may tell of a thousand messages

_COUNT = """
    INSERT INTO sms_callbackminute AS known (gateway, minute, calls)
    VALUES (%s, date_trunc('minute', clock_timestamp()), 1)
    ON CONFLICT (gateway) DO UPDATE
       SET calls = CASE WHEN known.minute = excluded.minute THEN known.calls + 1 ELSE 1 END,
           minute = excluded.minute
    RETURNING calls
"""


def is_flood(gateway: str) -> bool:
    """Count a call of this gateway; True when it is one too many in this minute of the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [gateway])
        return bool(cursor.fetchone()[0] > MOST_A_MINUTE)
