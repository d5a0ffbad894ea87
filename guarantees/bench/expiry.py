"""`manage.py bench expiry`: the run of a day on which very many notices are due (targets P1, P2).

A row is a message. The floor records the same notices and writes the same number of messages in three bare
statements; the plain ways do it in Python.
"""

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.db import connection, transaction

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.bench.portfolio import AT, BY, RUN_DAY, fill, forget_messages, size_of
from guarantees.models import ExpiryNotice, ExpiryRun
from portal.bench.plan import Method, Plan, Say, Scale, Target, Wish, ratio
from sms.models import Batch, Message

SAMPLES = {Scale.TINY: 20, Scale.SMALL: 2_000, Scale.FULL: 2_000}  # guarantees the plain ways are given

FLOOR = "plan: bare statements"
OURS, AGAIN = "plan: the run", "plan: the run once more"
BULK, LOOP = "plan: bulk_create", "plan: get_or_create, one by one"

_WHAT = "state = 'active' AND outstanding >= 10000000 AND ends_on BETWEEN '2026-09-24' AND '2026-10-12'"
_TEXT = """'[설비공제]' || m.sms_name || ' ' || p.sms_label || ' ' || g.sms_number || ' '
           || to_char(g.ends_on, 'YY.MM.DD') || ' 종료. 해제·한도문의 ' || b.phone"""
_ROWS = f"""
      FROM guarantees_guarantee g
      JOIN guarantees_product p ON p.code = g.product_id
      JOIN members_member m ON m.id = g.member_id
      JOIN members_branch b ON b.id = m.branch_id
      JOIN (SELECT id AS member_id, representative_mobile AS mobile, representative_name AS name
              FROM members_member
             UNION ALL SELECT member_id, mobile, name FROM sms_recipient WHERE is_active) r ON r.member_id = m.id
     WHERE p.expiry_sms AND {_WHAT.replace("state", "g.state")}
"""  # noqa: S608 - constants
_BARE = (
    f"""
    INSERT INTO guarantees_expirynotice (guarantee_id, ends_on, kind, run_id, state, is_late, at)
    SELECT g.id, g.ends_on, 'expiry15', %(run)s, 'planned', false, %(at)s
      FROM guarantees_guarantee g JOIN guarantees_product p ON p.code = g.product_id
     WHERE p.expiry_sms AND {_WHAT.replace("state", "g.state")}
        ON CONFLICT DO NOTHING""",  # noqa: S608 - constants
    """
    INSERT INTO sms_batch (channel, purpose, size, state, not_before, token, attempt, gateway, trouble, created_at)
    SELECT 'sms', 'expiry_notice', 1000, 'ready', %(at)s, 0, 0, '', '', %(at)s
      FROM generate_series(1, (SELECT count(*) * 2 FROM guarantees_expirynotice) / 1000 + 1)""",
    f"""
    INSERT INTO sms_message (batch_id, channel, purpose, sender, created_at, gateway_key, key, member_id,
                             recipient_name, "to", subject, body, html, reference, valid_until)
    SELECT (SELECT min(id) FROM sms_batch) + (row_number() OVER () - 1) / 1000, 'sms', 'expiry_notice',
           '020000000', %(at)s, gen_random_uuid(),
           'expiry:' || g.public_id || ':' || g.ends_on || ':' || r.mobile, g.member_id, r.name, r.mobile, '',
           {_TEXT}, '', 'guarantee:' || g.public_id || ':' || g.ends_on, g.ends_on::timestamptz
    {_ROWS} ON CONFLICT (key) DO NOTHING""",  # noqa: S608 - constants
)
_DUE = f"SELECT g.id, g.public_id::text, g.ends_on, g.member_id, r.mobile, r.name, {_TEXT} {_ROWS} ORDER BY g.id"


@dataclass(frozen=True)
class Row:
    """A message to be, as the plain ways read it."""

    guarantee_id: int
    public_id: str
    ends_on: date
    member_id: int
    mobile: str
    name: str
    body: str

    @property
    def key(self) -> str:
        """What the message is for."""
        return f"expiry:{self.public_id}:{self.ends_on}:{self.mobile}"

    def fields(self, batch: Batch) -> dict[str, object]:
        """The message's columns but its key."""
        return {
            "batch": batch, "gateway_key": uuid4(), "member_id": self.member_id, "channel": "sms",
            "purpose": "expiry_notice", "recipient_name": self.name, "to": self.mobile, "sender": "020000000",
            "body": self.body, "reference": f"guarantee:{self.public_id}:{self.ends_on}", "created_at": AT,
        }  # fmt: skip


def prepare(wish: Wish, say: Say) -> Plan:
    """Fills the portfolio."""
    size = size_of(wish)
    fill(size, say)
    sample = SAMPLES[wish.scale]
    methods = [
        Method(FLOOR, _floor, before=forget_messages),
        Method(OURS, _ours, FLOOR, forget_messages),
        Method(AGAIN, _again, FLOOR, _planned),
        Method(BULK, lambda: _in_bulk(sample * 5), FLOOR, forget_messages),
        Method(LOOP, lambda: _one_by_one(sample), FLOOR, forget_messages),
    ]
    facts = {"guarantees": f"{size.guarantees:,}", "due": f"{size.due:,} on {RUN_DAY}"}
    return Plan(methods, _targets(wish.scale), facts)


def _targets(scale: Scale) -> list[Target]:
    """The shares of constant work fade with the size, so that only a large day can be judged by them."""
    if scale is Scale.TINY:
        return [Target("P1 planning vs bare statements", ratio(OURS, FLOOR), at_most=1_000)]
    return [
        Target("P1 planning vs bare statements", ratio(OURS, FLOOR), at_most=1.3),
        Target("P1 get_or_create loop vs planning", ratio(LOOP, OURS), at_least=50),
        Target("P1 bulk_create vs planning", ratio(BULK, OURS), at_least=3.5),
        Target("P2 planning once more vs planning", ratio(AGAIN, OURS), at_most=0.1),
    ]


def _floor() -> int:
    run = _run_row()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _BARE:
            cursor.execute(statement, {"run": run.pk, "at": AT})
        return cursor.rowcount


def _ours() -> int:
    plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
    return _messages()


def _planned() -> None:
    """The day has been planned, and the server has looked at the tables since, as it does within a minute."""
    forget_messages()
    plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE guarantees_expirynotice, sms_message, sms_batch")


def _again() -> int:
    before = _messages()
    plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
    if _messages() != before:
        raise RuntimeError("a second run wrote messages")
    return before


def _messages() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sms_message")
        return cursor.fetchone()[0]


def _rows(guarantees: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_DUE} LIMIT %s", [guarantees * 3 // 2])
        return [Row(*found) for found in cursor.fetchall()]


def _in_bulk(guarantees: int) -> int:
    """What Django offers for many rows at once."""
    run, batch, rows = _run_row(), _batch_row(), _rows(guarantees)
    with transaction.atomic():
        ExpiryNotice.everything.bulk_create(
            [
                ExpiryNotice(guarantee_id=number, ends_on=ends_on, run=run, state="planned", at=AT)
                for number, ends_on in {(row.guarantee_id, row.ends_on) for row in rows}
            ],
            batch_size=2_000,
            ignore_conflicts=True,
        )
        Message.everything.bulk_create(
            [Message(key=row.key, **row.fields(batch)) for row in rows], batch_size=2_000, ignore_conflicts=True
        )
    return len(rows)


def _one_by_one(guarantees: int) -> int:
    """What is written first: a look and an insert for each."""
    run, batch, rows = _run_row(), _batch_row(), _rows(guarantees)
    with transaction.atomic():
        for row in rows:
            ExpiryNotice.everything.get_or_create(
                guarantee_id=row.guarantee_id, ends_on=row.ends_on, kind="expiry15",
                defaults={"run": run, "state": "planned", "at": AT},
            )  # fmt: skip
            Message.everything.get_or_create(key=row.key, defaults=row.fields(batch))
    return len(rows)


def _run_row() -> ExpiryRun:
    return ExpiryRun.objects.create(run_on=RUN_DAY, state="skipped", started_at=AT)


def _batch_row() -> Batch:
    return Batch.objects.create(channel="sms", purpose="expiry_notice", size=0, not_before=AT, created_at=AT)
