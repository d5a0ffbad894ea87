"""The report of a run day, counted from the rows at the moment of asking, so that it cannot disagree with them.

Guarantees: every one that qualified (a candidate) has exactly one outcome, by the best that became of its texts.
Texts: every one has exactly one fate. Delivery reports that arrive days later change a day's report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from guarantees.models import ExpiryNotice, ExpiryRun
from guarantees.rules.expiry import target_date

# What became of a text, best first: a guarantee is told when one of its texts is.
FATES = (
    "delivered", "accepted", "pending", "review", "undelivered", "refused", "expired", "skipped", "no_message",
)  # fmt: skip

# One row for each notice of the run and each of its messages (none: one row), with the message's fate.
_FATES = """
    WITH noticed AS MATERIALIZED (
        SELECT n.id, n.state, n.is_late, n.ends_on, g.public_id
          FROM guarantees_expirynotice n JOIN guarantees_guarantee g ON g.id = n.guarantee_id
         WHERE n.run_id = %(run)s
    ), resting AS (
        SELECT id, 'guarantee:' || public_id || ':' || ends_on AS reference FROM noticed WHERE state = 'planned'
         UNION ALL
        SELECT l.notice_id, 'digest:' || l.digest
          FROM noticed JOIN guarantees_digestline l ON l.notice_id = noticed.id
    ), told AS MATERIALIZED (
        SELECT resting.id AS notice, m.id AS message,
               CASE WHEN receipt.state = 'delivered' THEN 'delivered'
                    WHEN receipt.state = 'undelivered' THEN 'undelivered'
                    WHEN result.state IN ('accepted', 'refused', 'expired') THEN result.state
                    WHEN result.state = 'skipped' THEN 'skipped:' || split_part(result.reason, ':', 1)
                    WHEN batch.state = 'review' THEN 'review'
                    ELSE 'pending'
               END AS fate
          FROM resting
          JOIN sms_message m ON m.reference = resting.reference AND m.purpose = 'expiry_notice'
          JOIN sms_batch batch ON batch.id = m.batch_id
          LEFT JOIN sms_result result ON result.message_id = m.id AND result.number = 32767
          LEFT JOIN LATERAL (SELECT state FROM sms_receipt
                              WHERE gateway = result.gateway AND provider_ref = result.provider_ref
                                AND state IN ('delivered', 'undelivered')
                              ORDER BY state = 'delivered' DESC, id DESC LIMIT 1) AS receipt
                 ON result.provider_ref <> ''
    ), best AS (
        SELECT DISTINCT ON (noticed.id) noticed.id,
               CASE WHEN noticed.state <> 'planned' THEN noticed.state ELSE coalesce(told.fate, 'no_message') END
                 AS outcome,
               noticed.is_late AND noticed.state = 'planned' AS is_late, noticed.ends_on
          FROM noticed LEFT JOIN told ON told.notice = noticed.id
         ORDER BY noticed.id, array_position(%(fates)s::text[], split_part(told.fate, ':', 1)), told.fate
    )
    SELECT 'guarantee', outcome, count(*), NULL::date FROM best GROUP BY outcome
     UNION ALL
    SELECT 'late', '', count(*), ends_on FROM best WHERE is_late GROUP BY ends_on
     UNION ALL
    SELECT 'text', fate, count(*), NULL FROM (SELECT DISTINCT message, fate FROM told) AS texts GROUP BY fate
     UNION ALL
    SELECT 'digest', '', count(DISTINCT l.digest), NULL
      FROM noticed JOIN guarantees_digestline l ON l.notice_id = noticed.id
"""
# States of notices for which no text could be written although the guarantee asked for one.
UNSENDABLE = ("no_number", "no_sms_name", "no_message")


@dataclass(frozen=True)
class RunReport:
    """One day. Counts are guarantees unless said; `outcomes` and `fates` are by code, `skipped:<reason>` too.

    `caught_up` counts late notices by the day they should have gone (E-15).
    """

    run: ExpiryRun
    outcomes: Mapping[str, int]
    fates: Mapping[str, int]
    caught_up: Mapping[date, int]
    digests: int
    notices: int

    @property
    def candidates(self) -> int:
        """Guarantees that qualified on this day."""
        return sum(self.outcomes.values())

    @property
    def texts(self) -> int:
        """Texts written for them."""
        return sum(self.fates.values())

    @property
    def late(self) -> int:
        """Guarantees told, or to be told, later than fifteen days before their end."""
        return sum(self.caught_up.values())

    @property
    def sent(self) -> int:
        """Guarantees of which a text was handed to the gateway."""
        return sum(self.outcomes.get(code, 0) for code in ("delivered", "accepted", "undelivered"))

    @property
    def pending(self) -> int:
        """Guarantees whose texts are still on their way to the gateway, or in doubt there."""
        return sum(self.outcomes.get(code, 0) for code in ("pending", "review"))

    @property
    def unsendable(self) -> int:
        """Guarantees with nobody, or no name, to write to."""
        return sum(self.outcomes.get(code, 0) for code in UNSENDABLE)

    @property
    def left_out(self) -> dict[str, int]:
        """The other candidates, by reason: refused by the company, stopped before sending, too late, refused by
        the gateway."""
        counted = {"delivered", "accepted", "undelivered", "pending", "review", *UNSENDABLE}
        return {code: count for code, count in self.outcomes.items() if code not in counted}

    @property
    def left_out_count(self) -> int:
        """How many those are."""
        return sum(self.left_out.values())

    @property
    def adds_up(self) -> bool:
        """Whether every notice of the run is in exactly one of the groups above."""
        groups = self.sent + self.pending + self.unsendable + self.left_out_count
        return self.notices == self.candidates == groups


def report_of(run: ExpiryRun) -> RunReport:
    """The report of one day; two statements, however many guarantees."""
    notices = ExpiryNotice.everything.filter(run=run).count()
    counted: dict[str, dict[Any, int]] = {"guarantee": {}, "late": {}, "text": {}, "digest": {}}
    with connection.cursor() as cursor:
        cursor.execute(_FATES, {"run": run.pk, "fates": list(FATES)})
        for kind, code, count, ends_on in cursor.fetchall():
            counted[kind][target_date(ends_on) if ends_on else code] = count
    digests = counted["digest"].get("", 0)
    return RunReport(run, counted["guarantee"], counted["text"], counted["late"], digests, notices)


def as_object(report: RunReport) -> dict[str, Any]:
    """The report as the operators' scripts read it."""
    run = report.run

    def day(value: date | datetime | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "run_date": day(run.run_on),
        "state": run.state,
        "ticks": run.ticks,
        "started_at": day(run.started_at),
        "finished_at": day(run.finished_at),
        "horizon": {"catch_up_from": day(run.earliest_end), "from": day(run.first_end), "to": day(run.last_end)},
        "calendar": {"version": run.calendar_version, "covers_until": day(run.calendar_covers_until)},
        "code_version": run.code_version,
        "candidates": report.candidates,
        "sent": report.sent,
        "delivered": report.outcomes.get("delivered", 0),
        "undelivered": report.outcomes.get("undelivered", 0),
        "pending": report.pending,
        "unsendable": report.unsendable,
        "left_out": dict(sorted(report.left_out.items())),
        "late": report.late,
        "caught_up": {key.isoformat(): count for key, count in sorted(report.caught_up.items())},
        "digests": report.digests,
        "texts": {"planned": report.texts, **dict(sorted(report.fates.items()))},
        "adds_up": report.adds_up,
    }
