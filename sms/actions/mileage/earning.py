"""Earning calls by guarantees issued over the internet, and their claw-back (S15, DOMAIN §6.1 rules 1 and 7)."""

from datetime import date, datetime

from django.db import connection, transaction

from portal.clock import seoul_day
from sms.models import Entry, EntryKind, Lot, MileagePolicy
from sms.rules.mileage import expires_at

CLAWED_BACK = "보증 취소로 회수"
WAIVED = "보증 취소, 이미 쓴 콜은 회수하지 않음"


def policy_on(day: date) -> MileagePolicy:
    """The terms in force on a Seoul day: the latest approved ones."""
    return MileagePolicy.objects.approved().filter(effective_from__lte=day).latest("effective_from")


def earn(*, member_id: int, source: str, label: str, at: datetime) -> Lot | None:
    """Credit what the policy of that day gives, once for each `source`; a repeat returns the same lot.

    None where the policy gives nothing. The lot keeps the validity it was earned under.
    """
    day = seoul_day(at)
    policy = policy_on(day)
    if policy.earn_per_issue == 0:
        return None
    with transaction.atomic():
        lot, is_new = Lot.everything.get_or_create(
            source=source,
            defaults={
                "member_id": member_id,
                "label": label,
                "policy": policy,
                "quantity": policy.earn_per_issue,
                "remaining": policy.earn_per_issue,
                "earned_on": day,
                "validity_months": policy.validity_months,
                "expires_at": expires_at(day, policy.validity_months),
            },
        )
        if is_new:
            Entry.everything.create(
                member_id=member_id, lot=lot, kind=EntryKind.EARN, calls=lot.quantity, label=label, at=at
            )
    return lot


CLAW_BACK = """
    WITH lot AS MATERIALIZED (
        SELECT id, member_id, CASE WHEN expires_at > %(at)s THEN remaining ELSE 0 END AS calls
          FROM sms_lot
         WHERE source = %(source)s
           AND NOT EXISTS (SELECT FROM sms_entry
                            WHERE lot_id = sms_lot.id AND kind IN ('claw_back', 'waived'))
           FOR NO KEY UPDATE
    ), taken AS (
        UPDATE sms_lot SET remaining = remaining - lot.calls FROM lot WHERE sms_lot.id = lot.id AND lot.calls > 0
    )
    INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)
    SELECT member_id, id, CASE WHEN calls > 0 THEN 'claw_back' ELSE 'waived' END, -calls, '',
           CASE WHEN calls > 0 THEN %(taken)s ELSE %(waived)s END, %(at)s
      FROM lot
        ON CONFLICT DO NOTHING
    RETURNING -calls
"""


def claw_back(*, source: str, at: datetime) -> int:
    """Take back what the lot of `source` still holds, and nothing from any other (DOMAIN §6.1 rule 7).

    Calls already spent or lapsed are waived, with a line that says so. A repeat changes nothing. Returns the
    calls taken back; 0 also where `source` earned none.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAW_BACK, {"source": source, "at": at, "taken": CLAWED_BACK, "waived": WAIVED})
        row = cursor.fetchone()
    return row[0] if row else 0
