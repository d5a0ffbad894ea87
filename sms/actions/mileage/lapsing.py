"""Booking what has lapsed. Time decides; this only writes it down (DOMAIN §6.1 rule 3)."""

from datetime import datetime

from django.db import connection, transaction

from sms.account import LAPSED
from sms.actions.mileage.extending import extend_lots

BOOK_LAPSED = """
    WITH gone AS (
        SELECT id, member_id, remaining, expires_at
          FROM sms_lot
         WHERE remaining > 0 AND expires_at <= %(at)s
         ORDER BY member_id, expires_at, id
           FOR NO KEY UPDATE
    ), emptied AS (
        UPDATE sms_lot SET remaining = 0 FROM gone WHERE sms_lot.id = gone.id
    )
    INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)
    SELECT member_id, id, 'lapse', -remaining, '', %(label)s, expires_at FROM gone
"""


def book_lapsed(at: datetime) -> int:
    """Write down what lapsed up to `at`, each lot at its own instant. Returns the lots booked.

    Only bookkeeping, and repeatable: a call is unusable from its instant on, whether this has run or not. Lots
    that have earned more time get it first.
    """
    extend_lots(at)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BOOK_LAPSED, {"at": at, "label": LAPSED})
        return cursor.rowcount
