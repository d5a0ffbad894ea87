"""Numbers that get no texts, or none of some purposes: who put them there, and whom they stop.

A number the carrier does not know, and one whose owner asked us to stop, get nothing at all. Who refused by the
080 number refused what members write: notices of guarantees have a refusal of their own (S30, S31), and a result
that somebody waits for is not advertising. The vendor may still refuse those by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.identifiers import InvalidNumber, parse_mobile
from portal.pg_arrays import text_array
from portal.refusals import Refusal
from sms.models import Purpose, Suppression

BY_MEMBERS = frozenset({Purpose.FREE_SMS})
# Reason codes of skipped messages, with their words.
REASONS = {
    "no_such_number": "없는 번호로 확인되어 보내지 않습니다. 번호를 고쳐 주세요",
    "refused_080": "받는 분이 080으로 수신을 거부하여 보내지 않습니다",
    "owner_asked": "번호 주인이 문자를 원하지 않아 보내지 않습니다",
}
_CODES = {"bad_number": "no_such_number", "refused": "refused_080", "request": "owner_asked"}

_FOUND = "SELECT mobile, reason FROM sms_suppression WHERE lifted_at IS NULL AND mobile = ANY(%s::text[])"
# The newest message that brought it to light; a number already there stays as it is.
_LEARN = """
    INSERT INTO sms_suppression (mobile, reason, source, message_id, member_id, since, lift_reason)
    SELECT DISTINCT ON (message."to", told.reason)
           message."to", told.reason, told.source, message.id, message.member_id, %s, ''
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told (message_id, reason, source)
      JOIN sms_message AS message ON message.id = told.message_id
     WHERE message.channel <> 'email' AND message."to" ~ '^01[0-9]{8,9}$'
     ORDER BY message."to", told.reason, message.id DESC
    ON CONFLICT (mobile, reason) WHERE lifted_at IS NULL DO NOTHING
"""
_TOLD = """
    INSERT INTO sms_suppression (mobile, reason, source, since, lift_reason)
    SELECT mobile, 'refused', %s, %s, '' FROM unnest(%s::text[]) AS told (mobile)
    ON CONFLICT (mobile, reason) WHERE lifted_at IS NULL DO NOTHING
"""


class AlreadyLifted(Refusal):
    """The row no longer stops anything."""

    message = "이미 해제된 번호입니다. 목록을 새로 고쳐 지금 상태를 확인해 주세요."


class AlreadyThere(Refusal):
    """The number is on the list for this reason."""

    message = "이미 등록된 번호입니다. 목록에서 찾아 지금 상태를 확인해 주세요."


def suppressed(purpose: str, mobiles: Collection[str]) -> dict[str, str]:
    """The numbers among these (eleven digits) that get no texts of `purpose`, each with its reason code."""
    if not mobiles:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [text_array(mobiles)])
        rows = cursor.fetchall()
    stops = [(mobile, reason) for mobile, reason in rows if reason != "refused" or purpose in BY_MEMBERS]
    return {mobile: _CODES[reason] for mobile, reason in sorted(stops, reverse=True)}


def learn(told: Sequence[tuple[int, str, str]], *, at: datetime) -> int:
    """Remember what gateway or carrier said of messages: (message id, reason, source). Returns how many are new.

    In the caller's transaction. Reasons other than bad_number and refused are no business of this list.
    """
    rows = [row for row in told if row[1] in ("bad_number", "refused")]
    if not rows:
        return 0
    ids, reasons, sources = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [at, ids, reasons, [source[:120] for source in sources]])
        return cursor.rowcount


def refused_at(gateway: str, numbers: Collection[str], *, at: datetime) -> int:
    """Take over numbers that refused at the vendor's 080 line. Returns how many are new; others are left out."""
    mobiles = {mobile for number in numbers if (mobile := _mobile(number))}
    if not mobiles:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [f"{gateway} 080", at, sorted(mobiles)])
        return cursor.rowcount


def add(*, mobile: str, source: str, by: Actor, at: datetime) -> Suppression:
    """The owner of a number asked us to stop. Raises AlreadyThere."""
    with transaction.atomic():
        row, is_new = Suppression.everything.get_or_create(
            mobile=mobile, reason="request", lifted_at=None, defaults={"source": source, "since": at}
        )
        if not is_new:
            raise AlreadyThere
        trail.record(action="suppression.add", by=by, at=at, subject=row, detail={"reason": source})
    return row


def lift(*, suppression_id: int, reason: str, by: Actor, at: datetime) -> Suppression:
    """A person has made sure that the number may get texts again. Raises AlreadyLifted."""
    with transaction.atomic():
        row = (
            Suppression.everything.select_for_update(of=("self",))
            .filter(pk=suppression_id, lifted_at__isnull=True)
            .first()
        )
        if row is None:
            raise AlreadyLifted
        row.lifted_at, row.lifted_by_id, row.lift_reason = at, by.user_id, reason
        row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        trail.record(action="suppression.lift", by=by, at=at, subject=row, detail={"reason": reason})
    return row


def stopped_numbers(purpose: str, numbers: Mapping[int, str]) -> dict[int, str]:
    """From message id to the reason code of each whose number gets no texts of `purpose`. One statement."""
    found = suppressed(purpose, set(numbers.values()))
    return {message_id: found[number] for message_id, number in numbers.items() if number in found}


def _mobile(text: str) -> str:
    try:
        return parse_mobile(text)
    except InvalidNumber:
        return ""
