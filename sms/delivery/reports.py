"""Delivery reports: what the carrier says became of an accepted text. Asked for, or told by callback.

`delivered` beats `undelivered`, whichever came first; a repeated report changes nothing; one of a message we
do not know is kept. Times in reports are the gateway's and decide nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from sms.delivery.results import Step, append
from sms.gateways.protocol import Gateway, Report, ReportStatus
from sms.models import Receipt, ResultState

YOUNG = timedelta(hours=1)
# Carriers give up an SMS after 25 hours and an LMS after 80 (DOMAIN §4.1).
LAST_REPORT = timedelta(hours=81)
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
_BY_REF = "SELECT provider_ref, message_id FROM sms_result WHERE gateway = %s AND provider_ref = ANY(%s)"
_IN_DOUBT = """
    SELECT message.gateway_key, message.id
      FROM sms_batch AS batch
     CROSS JOIN LATERAL (SELECT id, gateway_key FROM sms_message
                          WHERE batch.message_ids IS NULL AND batch_id = batch.id
                          UNION ALL
                         SELECT id, gateway_key FROM sms_message WHERE id = ANY(batch.message_ids)) AS message
     WHERE batch.state IN ('claimed', 'unknown', 'review') AND batch.gateway = %s
       AND message.gateway_key = ANY(%s)
"""
_KEEP = """
    INSERT INTO sms_receipt (message_id, gateway, provider_ref, state, code, reason, reported_at, received_at)
    SELECT message_id, %s, provider_ref, state, code, reason, reported_at, %s
      FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS report (message_id, provider_ref, state, code, reason, reported_at)
    ON CONFLICT DO NOTHING
"""


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
        known = _by_ref(reports, gateway)
        strangers = [report for report in reports if report.key and report.provider_ref not in known]
        proved = _proved(strangers, gateway)
        append(proved, gateway=gateway, at=at)
        known |= {step.provider_ref: step.message_id for step in proved}
        final = [report for report in reports if report.status in Receipt.FINAL]
        return _keep(final, known, gateway, at)


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


def _by_ref(reports: Sequence[Report], gateway: str) -> dict[str, int]:
    """Message ids of those references we were given when the messages were accepted."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_REF, [gateway, [report.provider_ref for report in reports]])
        return dict(cursor.fetchall())


def _proved(reports: Sequence[Report], gateway: str) -> list[Step]:
    """The acceptances that reports of messages in doubt give away."""
    if not reports:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_IN_DOUBT, [gateway, [report.key for report in reports]])
        found: dict[UUID | None, int] = dict(cursor.fetchall())
    return [
        Step(found[report.key], ResultState.ACCEPTED, provider_ref=report.provider_ref)
        for report in reports
        if report.key in found
    ]


def _keep(reports: Sequence[Report], known: dict[str, int], gateway: str, at: datetime) -> int:
    if not reports:
        return 0
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
        return cursor.rowcount
