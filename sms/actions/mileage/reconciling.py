"""The nightly look at the whole account: does it add up, and is anything left open (rule 13)."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.invariants_ledger import Violation, ledger_violations
from sms.models import LedgerCheck, MileageAnomaly
from sms.rules.mileage import REPORT_DEADLINES

log = logging.getLogger(__name__)

# What other people do in the night (lapses at 00:10, the hourly sweep) is done by then.
GRACE = timedelta(hours=26)
LONGEST_WAIT = REPORT_DEADLINES["lms"] + GRACE

# Reserved calls whose message came to nothing known, lapses nobody booked, and late reports the moment missed.
LEFT_OPEN: dict[str, tuple[str, str]] = {
    "reserved_without_result": (
        "콜을 예약한 문자의 결과가 기한이 지나도록 없습니다",
        """
        SELECT 'message:' || paid.message_key, paid.member_id
          FROM sms_entry AS paid
          LEFT JOIN sms_message AS message ON message.key = paid.message_key
          LEFT JOIN sms_result AS result ON result.message_id = message.id AND result.number = 32767
         WHERE paid.kind = 'spend' AND paid.at <= %(reserved)s AND result.message_id IS NULL
           AND NOT EXISTS (SELECT FROM sms_entry WHERE message_key = paid.message_key AND kind = 'refund')
        """,
    ),
    "failed_without_refund": (
        "보내지 못한 문자의 콜을 돌려주지 않았습니다",
        """
        SELECT DISTINCT 'message:' || paid.message_key, paid.member_id
          FROM sms_message AS message
          JOIN sms_result AS result ON result.message_id = message.id AND result.number = 32767
          JOIN sms_entry AS paid ON paid.message_key = message.key AND paid.kind = 'spend'
         WHERE message.purpose = 'free_sms' AND result.at <= %(graced)s AND result.state <> 'accepted'
           AND NOT EXISTS (SELECT FROM sms_entry WHERE message_key = message.key AND kind = 'refund')
        """,
    ),
    "lapse_not_booked": (
        "소멸한 적립분이 기록되지 않았습니다",
        """
        SELECT 'lot:' || id, member_id FROM sms_lot WHERE remaining > 0 AND expires_at <= %(graced)s
        """,
    ),
    "delivered_after_refund": (
        "환불한 뒤에 도착했다고 보고된 문자입니다",
        """
        SELECT DISTINCT given.message_key, given.member_id
          FROM sms_entry AS given
          JOIN sms_message AS message ON message.key = given.message_key
          JOIN sms_result AS result ON result.message_id = message.id AND result.number = 32767
          JOIN sms_receipt AS receipt ON receipt.gateway = result.gateway AND receipt.state = 'delivered'
               AND receipt.provider_ref = result.provider_ref AND result.provider_ref <> ''
         WHERE given.kind = 'refund'
           AND NOT EXISTS (SELECT FROM sms_mileageanomaly AS known
                            WHERE known.kind = 'delivered_after_refund' AND known.subject = given.message_key)
        """,
    ),
}


class NotForYou(Refusal):
    """Anomalies are the head office's."""

    message = "마일리지 이상은 본부 심사 담당자가 처리합니다."


class AlreadyResolved(Refusal):
    """Somebody was faster."""

    message = "이미 처리된 건입니다. 목록을 새로 고쳐 주세요."


@transaction.atomic
def reconcile(*, at: datetime) -> LedgerCheck:
    """Check the whole account, keep the run, and put every difference on the worklist once."""
    found = [*ledger_violations(), *_left_open(at)]
    MileageAnomaly.everything.bulk_create(
        [
            MileageAnomaly(kind=one.code, member_id=one.member_id, subject=one.subject, text=one.text[:300], at=at)
            for one in found
        ],
        ignore_conflicts=True,
    )
    for one in found:
        log.error("mileage ledger: %s %s", one.code, one.subject)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM sms_lot), (SELECT count(*) FROM sms_entry),"
            " (SELECT coalesce(sum(remaining), 0) FROM sms_lot WHERE expires_at > %s)",
            [at],
        )
        lots, entries, calls = cursor.fetchone()
    text = "\n".join(one.text for one in found[:100])
    return LedgerCheck.objects.create(
        at=at, lots=lots, entries=entries, calls=calls, differences=len(found), text=text
    )


def _left_open(at: datetime) -> list[Violation]:
    given = {"reserved": at - LONGEST_WAIT, "graced": at - GRACE}
    found = []
    with connection.cursor() as cursor:
        for code, (sentence, statement) in LEFT_OPEN.items():
            cursor.execute(statement, given)
            found += [
                Violation(code, f"{sentence}: {subject}", member_id, subject)
                for subject, member_id in cursor.fetchall()
            ]
    return found


@transaction.atomic
def resolve_anomaly(*, anomaly_id: int, note: str, by: Actor, at: datetime) -> None:
    """Close an anomaly with what was found out about it. Raises NotForYou, AlreadyResolved."""
    if Role.HQ_UNDERWRITER not in by.roles:
        raise NotForYou
    rows = MileageAnomaly.everything.within(by.scope).select_for_update(of=("self",))
    anomaly = rows.get(pk=anomaly_id)
    if anomaly.resolved_at is not None:
        raise AlreadyResolved
    anomaly.resolved_at, anomaly.resolved_by_id, anomaly.note = at, by.user_id, note.strip()
    anomaly.save(update_fields=["resolved_at", "resolved_by", "note"])
    trail.record(action="mileageanomaly.resolve", by=by, at=at, subject=anomaly, detail={"note": anomaly.note})
