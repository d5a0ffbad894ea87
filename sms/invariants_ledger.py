"""What must hold of the mileage account at any moment, asked of the database (I4, I5 and I16).

Each statement sees one snapshot, so that they may be asked while members spend. That a member's entries add up to
what is left in his lots follows: each lot is its entries, and each entry is of its lot's member.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

MOST_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: `code` names it, `text` says in Korean what is wrong and where, without personal data."""

    code: str
    text: str
    member_id: int
    subject: str


# Each yields: subject, member, a number that is, a number that should be. None of them takes a parameter.
CHECKS: dict[str, tuple[str, str]] = {
    "lot_is_its_entries": (
        "적립분에 남은 콜이 내역의 합과 다릅니다",
        """
        SELECT 'lot:' || lot.id, lot.member_id, lot.remaining, coalesce(booked.calls, 0)
          FROM sms_lot AS lot
          LEFT JOIN (SELECT lot_id, sum(calls) AS calls FROM sms_entry GROUP BY lot_id) AS booked
                 ON booked.lot_id = lot.id
         WHERE lot.remaining <> coalesce(booked.calls, 0)
        """,
    ),
    "lot_within": (
        "적립분에 남은 콜이 0보다 적거나 적립한 콜보다 많습니다",
        """
        SELECT 'lot:' || id, member_id, remaining, quantity FROM sms_lot
         WHERE remaining < 0 OR remaining > quantity
        """,
    ),
    "entry_of_its_member": (
        "내역의 조합원이 적립분이나 사용 요청의 조합원과 다릅니다",
        """
        SELECT 'lot:' || lot.id, lot.member_id, count(*), 0
          FROM sms_entry AS entry JOIN sms_lot AS lot ON lot.id = entry.lot_id
          LEFT JOIN sms_spend AS spend ON spend.id = entry.spend_id
         WHERE entry.member_id <> lot.member_id OR spend.member_id <> entry.member_id
         GROUP BY lot.id, lot.member_id
        """,
    ),
    "nothing_spent_after_lapse": (
        "소멸한 뒤의 콜을 썼습니다",
        """
        SELECT 'lot:' || lot.id, lot.member_id, -sum(entry.calls), 0
          FROM sms_entry AS entry JOIN sms_lot AS lot ON lot.id = entry.lot_id
         WHERE entry.kind = 'spend' AND entry.at >= lot.expires_at
         GROUP BY lot.id, lot.member_id
        """,
    ),
    "spend_is_its_entries": (
        "사용 요청의 콜이 그 내역의 합과 다릅니다",
        """
        SELECT 'spend:' || spend.id, spend.member_id, spend.calls, coalesce(-sum(entry.calls), 0)
          FROM sms_spend AS spend LEFT JOIN sms_entry AS entry
                 ON entry.spend_id = spend.id AND entry.kind = 'spend'
         GROUP BY spend.id HAVING spend.calls <> coalesce(-sum(entry.calls), 0)
        """,
    ),
    "refund_is_what_was_paid": (
        "메시지에 쓴 콜과 다르게 환불했습니다",
        """
        SELECT 'lot:' || lot_id, member_id, sum(calls) FILTER (WHERE kind = 'refund'),
               coalesce(-sum(calls) FILTER (WHERE kind = 'spend'), 0)
          FROM sms_entry WHERE kind IN ('spend', 'refund')
         GROUP BY lot_id, member_id, message_key
        HAVING sum(calls) FILTER (WHERE kind = 'refund') <> coalesce(-sum(calls) FILTER (WHERE kind = 'spend'), 0)
        """,
    ),
    "paid_once": (
        "같은 메시지에 콜을 두 번 썼습니다",
        """
        SELECT 'message:' || message_key, member_id, count(DISTINCT spend_id), 1
          FROM sms_entry WHERE kind = 'spend'
         GROUP BY member_id, message_key HAVING count(DISTINCT spend_id) > 1
        """,
    ),
    "lapse_is_over": (
        "소멸하지 않은 적립분에 소멸을 기록했습니다",
        """
        SELECT 'lot:' || lot.id, lot.member_id, -sum(entry.calls), 0
          FROM sms_entry AS entry JOIN sms_lot AS lot ON lot.id = entry.lot_id
         WHERE entry.kind = 'lapse' AND lot.expires_at > entry.at
         GROUP BY lot.id, lot.member_id
        """,
    ),
}  # fmt: skip
# The rules by their codes among the invariants of the whole portal.
I5, I16 = ("nothing_spent_after_lapse", "lapse_is_over"), ("entry_of_its_member",)
I4 = tuple(code for code in CHECKS if code not in (*I5, *I16))


def subjects(codes: Iterable[str]) -> str:
    """A query of all that breaks one of these rules: "lot:12"."""
    selects = " UNION ".join(CHECKS[code][1] for code in codes)
    return f"SELECT DISTINCT subject FROM ({selects}) AS broken (subject, member, found, expected)"  # noqa: S608


def ledger_violations() -> list[Violation]:
    """Every rule of the account that does not hold now, at most 20 samples of each. Empty when all is well."""
    return [violation for code in CHECKS for violation in _broken(code)]


def _broken(code: str) -> list[Violation]:
    sentence, statement = CHECKS[code]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement}) AS found LIMIT {MOST_SAMPLES}")  # noqa: S608
        rows = cursor.fetchall()
    return [
        Violation(code, f"{sentence}: {subject}, {found:,} / {expected:,}", member_id, subject)
        for subject, member_id, found, expected in rows
    ]
