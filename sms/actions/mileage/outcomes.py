"""What becomes of reserved calls: committed with the message, or given back to the lots they came from.

A reservation is settled by what stands in the results and reports, not by who tells of it: the same message
looked at twice, by two workers or in any order, is booked once (DOMAIN §6.1 rules 5 and 6).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sms.account import LAPSED
from sms.rules.mileage import REPORT_DEADLINES

REFUNDED = "문자메시지 발송 환불"
COMMITTED = "문자메시지 발송 확정"
# A message waits at most for a person's word on its batch; older reservations are the nightly check's.
LOOK_BACK = timedelta(days=30)
AT_ONCE = 1_000

# Nothing is given back while the gateway's word is out: only a last result ends a reservation. A refund goes to
# the very lots and calls; those of a lot that has lapsed meanwhile lapse with it. The unique keys make every
# line a single one, whoever else books at this moment.
BOOK_OUTCOMES = """
    WITH sent AS MATERIALIZED (
        SELECT message.key, message.channel, result.state, result.at,
               EXISTS (SELECT FROM sms_receipt AS receipt
                        WHERE receipt.gateway = result.gateway AND receipt.provider_ref = result.provider_ref
                          AND result.provider_ref <> '' AND receipt.state = 'delivered') AS delivered,
               EXISTS (SELECT FROM sms_receipt AS receipt
                        WHERE receipt.gateway = result.gateway AND receipt.provider_ref = result.provider_ref
                          AND result.provider_ref <> '' AND receipt.state = 'undelivered') AS undelivered
          FROM sms_message AS message
          JOIN sms_result AS result ON result.message_id = message.id AND result.number = 32767
         WHERE message.id = ANY(%(ids)s) AND message.purpose = 'free_sms'
    ), judged AS (
        SELECT key, state = 'accepted' AS accepted, delivered,
               CASE WHEN state <> 'accepted' THEN state
                    WHEN delivered THEN ''
                    WHEN undelivered THEN 'undelivered'
                    WHEN at <= CASE channel WHEN 'lms' THEN %(lms)s ELSE %(sms)s END THEN 'report_timeout'
                    ELSE '' END AS reason
          FROM sent
    ), back AS MATERIALIZED (
        SELECT paid.member_id, paid.lot_id, paid.spend_id, paid.message_key, -paid.calls AS calls, judged.reason
          FROM judged
          JOIN sms_entry AS paid ON paid.message_key = judged.key AND paid.kind = 'spend'
         WHERE judged.reason <> ''
           AND NOT EXISTS (SELECT FROM sms_entry AS done
                            WHERE done.message_key = paid.message_key AND done.lot_id = paid.lot_id
                              AND done.kind = 'refund')
    ), lots AS MATERIALIZED (
        SELECT id, expires_at FROM sms_lot
         WHERE id IN (SELECT lot_id FROM back)
         ORDER BY member_id, expires_at, id
           FOR NO KEY UPDATE
    ), returned AS (
        INSERT INTO sms_entry (member_id, lot_id, spend_id, kind, calls, message_key, reason, label, at)
        SELECT back.member_id, back.lot_id, back.spend_id, 'refund', back.calls, back.message_key, back.reason,
               %(refunded)s, %(at)s
          FROM back JOIN lots ON lots.id = back.lot_id
         ORDER BY back.message_key, back.lot_id
            ON CONFLICT DO NOTHING
        RETURNING member_id, lot_id, calls
    ), parts AS (
        SELECT returned.member_id, returned.lot_id, sum(returned.calls) AS calls, lots.expires_at > %(at)s AS alive
          FROM returned JOIN lots ON lots.id = returned.lot_id
         GROUP BY returned.member_id, returned.lot_id, lots.expires_at
    ), refilled AS (
        UPDATE sms_lot SET remaining = remaining + parts.calls
          FROM parts WHERE sms_lot.id = parts.lot_id AND parts.alive
    ), lapsed AS (
        INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)
        SELECT member_id, lot_id, 'lapse', -calls, '', %(lapsed)s, %(at)s FROM parts WHERE NOT alive
    ), committed AS (
        INSERT INTO sms_entry (member_id, lot_id, spend_id, kind, calls, message_key, label, at)
        SELECT DISTINCT ON (paid.message_key) paid.member_id, paid.lot_id, paid.spend_id, 'commit', 0,
               paid.message_key, %(committed)s, %(at)s
          FROM judged
          JOIN sms_entry AS paid ON paid.message_key = judged.key AND paid.kind = 'spend'
         WHERE judged.accepted
         ORDER BY paid.message_key, paid.lot_id
            ON CONFLICT DO NOTHING
    ), late AS (
        INSERT INTO sms_mileageanomaly (kind, member_id, subject, text, at, note)
        SELECT DISTINCT 'delivered_after_refund', given.member_id, judged.key,
               '환불한 뒤에 도착했다고 보고된 문자입니다. 콜을 다시 빼지 않았습니다.', %(at)s::timestamptz, ''
          FROM judged
          JOIN sms_entry AS given ON given.message_key = judged.key AND given.kind = 'refund'
         WHERE judged.delivered
            ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM returned
"""
PAID = "SELECT id FROM sms_message WHERE id = ANY(%s) AND purpose = 'free_sms'"


def book_outcomes(message_ids: Sequence[int], *, at: datetime) -> int:
    """Settle the reservations of those messages that were paid for and have ended. Returns the refund lines.

    Inside the transaction that writes their results or reports. Messages nobody paid for cost one look into an
    index that does not hold them.
    """
    if not message_ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAID, [list(message_ids)])
        paid = [row[0] for row in cursor.fetchall()]
        if not paid:
            return 0
        given: dict[str, Any] = {
            "ids": paid, "at": at, "refunded": REFUNDED, "committed": COMMITTED, "lapsed": LAPSED,
            "sms": at - REPORT_DEADLINES["sms"], "lms": at - REPORT_DEADLINES["lms"],
        }  # fmt: skip
        cursor.execute(BOOK_OUTCOMES, given)
        return int(cursor.fetchone()[0])


# What a lost step, or no report at all, has left open.
LEFT_OPEN = """
    SELECT message.id
      FROM sms_message AS message
      JOIN sms_result AS result ON result.message_id = message.id AND result.number = 32767
     WHERE message.purpose = 'free_sms' AND message.created_at > %(since)s AND message.created_at <= %(at)s
       AND EXISTS (SELECT FROM sms_entry WHERE message_key = message.key AND kind = 'spend')
       AND NOT EXISTS (SELECT FROM sms_entry WHERE message_key = message.key AND kind = 'refund')
       AND (result.state <> 'accepted'
            OR NOT EXISTS (SELECT FROM sms_entry WHERE message_key = message.key AND kind = 'commit')
            OR (result.at <= CASE message.channel WHEN 'lms' THEN %(lms)s ELSE %(sms)s END
                OR EXISTS (SELECT FROM sms_receipt AS receipt
                            WHERE receipt.gateway = result.gateway AND receipt.state = 'undelivered'
                              AND receipt.provider_ref = result.provider_ref AND result.provider_ref <> ''))
               AND NOT EXISTS (SELECT FROM sms_receipt AS receipt
                                WHERE receipt.gateway = result.gateway AND receipt.state = 'delivered'
                                  AND receipt.provider_ref = result.provider_ref AND result.provider_ref <> ''))
     ORDER BY message.id
"""


def sweep_reservations(at: datetime) -> int:
    """Give back what no report came for in time, and book what a lost step left. Returns the refund lines."""
    given = {
        "since": at - LOOK_BACK, "at": at,
        "sms": at - REPORT_DEADLINES["sms"], "lms": at - REPORT_DEADLINES["lms"],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OPEN, given)
        ids = [row[0] for row in cursor.fetchall()]
    return sum(book_outcomes(ids[start : start + AT_ONCE], at=at) for start in range(0, len(ids), AT_ONCE))
