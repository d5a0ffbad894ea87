"""Delivery reports: what the carrier says became of an accepted text. Asked for, or told by callback.

`delivered` beats `undelivered`, whichever came first; a repeated report changes nothing. One of a message we
do not know is parked, and takes effect when its message turns up within a day. Times in reports are the
gateway's and decide nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from sms.actions.mileage import book_outcomes
from sms.delivery.again import send_again
from sms.delivery.alarms import raise_alarm
from sms.delivery.results import Step, append
from sms.gateways.protocol import ErrorClass, Gateway, Report, ReportStatus
from sms.models import GatewayAlarm, Receipt, ResultState
from sms.suppression import learn

YOUNG = timedelta(hours=1)
# Carriers give up an SMS after 25 hours and an LMS after 80 (DOMAIN §4.1).
LAST_REPORT = timedelta(hours=81)
PARKED = timedelta(hours=24)
MOST_YOUNG = 5_000
MOST_OLD = 200_000

# BRIN on `at` finds the days, the receipts' unique key finds the answers.
_AWAITED = """
    SELECT provider_ref FROM sms_result
     WHERE at > %s AND at <= %s AND gateway = %s AND state = 'accepted' AND provider_ref <> ''
       AND NOT EXISTS (SELECT FROM sms_receipt AS receipt
                        WHERE receipt.gateway = sms_result.gateway
                          AND receipt.provider_ref = sms_result.provider_ref
                          AND receipt.state = ANY(%s))
     ORDER BY at DESC, message_id DESC
     LIMIT %s
"""
_BY_REF = """
    SELECT provider_ref, min(message_id), count(DISTINCT message_id) FROM sms_result
     WHERE gateway = %s AND provider_ref = ANY(%s) AND provider_ref <> '' GROUP BY provider_ref
"""
_IN_DOUBT = """
    SELECT message.gateway_key::text, message.id
      FROM sms_batch AS batch
     CROSS JOIN LATERAL (SELECT id, gateway_key FROM sms_message
                          WHERE batch.message_ids IS NULL AND batch_id = batch.id
                          UNION ALL
                         SELECT id, gateway_key FROM sms_message WHERE id = ANY(batch.message_ids)) AS message
     WHERE batch.state IN ('claimed', 'unknown', 'review') AND batch.gateway = %s
       AND message.gateway_key = ANY(%s::uuid[])
"""
_ACCEPTED = """
    SELECT message.gateway_key::text, array_agg(result.provider_ref)
      FROM sms_message AS message JOIN sms_result AS result ON result.message_id = message.id
     WHERE message.gateway_key = ANY(%s::uuid[]) AND result.gateway = %s AND result.state = 'accepted'
       AND result.provider_ref <> ''
     GROUP BY message.gateway_key
"""
_KEEP = """
    INSERT INTO sms_receipt (message_id, gateway, provider_ref, state, code, reason, reported_at, received_at)
    SELECT message_id, %s, provider_ref, state, code, reason, reported_at, %s
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS report (message_id, provider_ref, state, code, reason, reported_at)
    ON CONFLICT DO NOTHING
    RETURNING message_id, gateway, state, reason, code
"""
# Once found, a report never changes its message: see the triggers of the table.
_FIND = """
    UPDATE sms_receipt AS receipt SET message_id = found.message_id
      FROM (SELECT parked.id, min(result.message_id) AS message_id
              FROM sms_receipt AS parked
              JOIN sms_result AS result
                ON result.provider_ref = parked.provider_ref AND result.provider_ref <> ''
               AND result.gateway = parked.gateway
             WHERE parked.message_id IS NULL AND parked.received_at > %s
             GROUP BY parked.id HAVING count(DISTINCT result.message_id) = 1) AS found
     WHERE receipt.id = found.id AND receipt.message_id IS NULL
    RETURNING receipt.message_id, receipt.gateway, receipt.state, receipt.reason, receipt.code
"""
_DELIVERED = "SELECT DISTINCT message_id FROM sms_receipt WHERE message_id = ANY(%s) AND state = 'delivered'"

# A new report as it was stored: message id or None, gateway, state, error class, code.
Kept = tuple[int | None, str, str, str, str]


def collect(gateway: Gateway, *, at: datetime) -> int:
    """Ask about the newest texts of the last hour not known to be delivered. Returns how many reports were new.

    Raises LookUpFailed.
    """
    settled = [str(ReportStatus.DELIVERED)]  # a failure may yet turn into a delivery
    return _collect(gateway, since=at - YOUNG, until=at, settled=settled, most=MOST_YOUNG, at=at)


def collect_late(gateway: Gateway, *, at: datetime) -> int:
    """Ask about all older ones without a final report, while one can still come. Raises LookUpFailed."""
    since, until = at - LAST_REPORT, at - YOUNG
    return _collect(gateway, since=since, until=until, settled=list(Receipt.FINAL), most=MOST_OLD, at=at)


def apply_reports(reports: Sequence[Report], *, gateway: str, at: datetime) -> int:
    """Keep each final report once. Returns how many were new.

    A report of a message in doubt also proves that it was accepted, and ends the doubt. "Pending" proves no
    more than that and is not kept.
    """
    with transaction.atomic():
        known = _by_ref(reports, gateway, at)
        strangers = [report for report in reports if report.key and report.provider_ref not in known]
        _tell_of_doubles(strangers, gateway, at)
        proved = _proved(strangers, gateway)
        append(proved, gateway=gateway, at=at)
        known |= {step.provider_ref: step.message_id for step in proved}
        final = [report for report in reports if report.status in Receipt.FINAL]
        kept = _keep(final, known, gateway, at)
        book_outcomes([known[report.provider_ref] for report in reports if report.provider_ref in known], at=at)
        _follow(kept, at)
    return len(kept)


def find_parked(*, at: datetime) -> int:
    """Give parked reports of the last day their messages, where those have turned up. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FIND, [at - PARKED])
        found: list[Kept] = cursor.fetchall()
        book_outcomes([row[0] for row in found if row[0] is not None], at=at)
        _follow(found, at)
    return len(found)


def _follow(kept: Sequence[Kept], at: datetime) -> None:
    """What a message that did not arrive leads to, unless another report says that it did."""
    lost = {row[0]: row for row in kept if row[0] is not None and row[2] == "undelivered"}
    if not lost:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED, [list(lost)])
        for (message_id,) in cursor.fetchall():
            del lost[message_id]
    rows = [(number, gateway, reason, code) for number, (_, gateway, _, reason, code) in lost.items()]
    learn([(number, reason, f"{gateway} {code}") for number, gateway, reason, code in rows], at=at)
    send_again([number for number, _, reason, _ in rows if reason == ErrorClass.TEMPORARY], at=at)


def _collect(
    gateway: Gateway, *, since: datetime, until: datetime, settled: list[str], most: int, at: datetime
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_AWAITED, [since, until, gateway.name, settled, most])
        refs = [row[0] for row in cursor.fetchall()]
    kept = 0
    for start in range(0, len(refs), gateway.max_batch):
        found = gateway.reports(refs[start : start + gateway.max_batch])
        kept += apply_reports(found, gateway=gateway.name, at=at)
    return kept


def _by_ref(reports: Sequence[Report], gateway: str, at: datetime) -> dict[str, int]:
    """Message ids of those references we were given when the messages were accepted.

    One that two messages got tells of neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BY_REF, [gateway, [report.provider_ref for report in reports]])
        rows = cursor.fetchall()
    if shared := [ref for ref, _message_id, times in rows if times > 1]:
        text = f"{len(shared)} references belong to two messages, e.g. {shared[0]}"
        raise_alarm(GatewayAlarm.Kind.SHARED_REF, gateway=gateway, text=text, at=at)
    return {ref: message_id for ref, message_id, times in rows if times == 1}


def _tell_of_doubles(reports: Sequence[Report], gateway: str, at: datetime) -> None:
    """Raise the alarm for messages that the gateway took once more under another reference.

    It said of them that it had never seen them, longer after than its contract allows, and they were sent again.
    """
    if not reports:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPTED, [[report.key for report in reports], gateway])
        known: dict[str | None, list[str]] = dict(cursor.fetchall())
    double = [report for report in reports if report.key in known and report.provider_ref not in known[report.key]]
    if double:
        text = f"{len(double)} messages were accepted twice, e.g. {double[0].provider_ref}"
        raise_alarm(GatewayAlarm.Kind.TWICE, gateway=gateway, text=text, at=at)


def _proved(reports: Sequence[Report], gateway: str) -> list[Step]:
    """The acceptances that reports of messages in doubt give away."""
    if not reports:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IN_DOUBT, [gateway, [report.key for report in reports]])
        found: dict[str | None, int] = dict(cursor.fetchall())
    return [
        Step(found[report.key], ResultState.ACCEPTED, provider_ref=report.provider_ref)
        for report in reports
        if report.key in found
    ]


def _keep(reports: Sequence[Report], known: dict[str, int], gateway: str, at: datetime) -> list[Kept]:
    """The reports that are new."""
    if not reports:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            [
                *(gateway, at),
                [known.get(report.provider_ref) for report in reports],
                [report.provider_ref for report in reports],
                [str(report.status) for report in reports],
                [report.code for report in reports],
                [str(report.error_class or "") for report in reports],
                [report.at.isoformat() if report.at else "" for report in reports],
            ],
        )
        return cursor.fetchall()
