"""Spending calls on messages: all a request needs, or none (S17, DOMAIN §6.1 rules 4, 5 and 9).

The lots say what is left; every change of a lot is an entry beside it, written by the same statement.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction

from portal.access import Actor
from portal.kept_plans import fetch_kept
from portal.pg_arrays import text_array
from portal.refusals import Refusal
from sms.account import balance, suspension_at
from sms.models import EntryKind, Spend, Suspension

SPENT = "문자메시지 발송"


class NotEnoughCalls(Refusal):
    """Fewer calls left than the request needs. Nothing was spent."""

    def __init__(self, *, balance: int, need: int) -> None:
        self.balance = balance
        self.need = need
        super().__init__(
            f"문자메시지 마일리지가 모자랍니다. {need:,}콜이 필요한데 {balance:,}콜이 남아 있습니다. "
            "받는 사람을 줄여 주세요. 마일리지는 인터넷으로 보증서를 발급받을 때마다 쌓입니다."
        )


class RequestKeyReused(Refusal):
    """The key of an earlier request came back with other contents. Nothing was spent."""

    message = (
        "이 화면에서 이미 다른 내용으로 문자를 보냈습니다. 보낸 문자 목록을 확인하시고, "
        "새로 보내려면 문자메시지서비스 화면을 다시 열어 주세요."
    )


class ServiceSuspended(Refusal):
    """Calls cannot be spent on this day (S20). Nothing was spent."""

    def __init__(self, suspension: Suspension) -> None:
        super().__init__(
            f"문자메시지서비스는 {_spoken(suspension.starts_on)}부터 {_spoken(suspension.ends_on)}까지 쉽니다"
            f"({suspension.reason}). 그다음 날부터 다시 보낼 수 있고, 남은 마일리지의 유효기간은 "
            f"쉬는 {suspension.days:,}일만큼 늘어납니다."
        )


def _spoken(day: date) -> str:
    return f"{day:%Y년 %-m월 %-d일}"


def refuse_if_suspended(at: datetime) -> None:
    """Say so before anybody writes a message in vain. Raises ServiceSuspended."""
    if suspension := suspension_at(at):
        raise ServiceSuspended(suspension)


# Whoever waits for a lot sees, once it is his, what the other left in it, and goes on to the next when that
# is nothing: so no call is spent twice, none out of turn, and nobody is refused while a call is left. Every
# lot gives at least one call, so `need` lots are enough. Entries follow the messages call by call, so that a
# refund can later go to the very lot a message was paid from.
SPEND = """
    WITH lots AS (
        SELECT id, remaining, expires_at
          FROM sms_lot
         WHERE member_id = %(member)s AND remaining > 0 AND expires_at > %(at)s
         ORDER BY expires_at, id LIMIT %(need)s
           FOR NO KEY UPDATE
    ), offered AS (
        SELECT id, sum(remaining) OVER turn - remaining AS first, sum(remaining) OVER turn AS last
          FROM lots WINDOW turn AS (ORDER BY expires_at, id)
    ), request AS (
        INSERT INTO sms_spend (member_id, key, calls, at, by_id)
        SELECT %(member)s, %(key)s, %(need)s, %(at)s, %(by)s
         WHERE (SELECT max(last) FROM offered) >= %(need)s
           AND NOT EXISTS (SELECT FROM sms_suspension
                            WHERE checked_by_id IS NOT NULL
                              AND (%(at)s::timestamptz AT TIME ZONE 'Asia/Seoul')::date
                                  BETWEEN starts_on AND ends_on)
            ON CONFLICT (member_id, key) DO NOTHING
        RETURNING id, member_id, key, calls, at, by_id
    ), asked AS (
        SELECT message_key, (place - 1) * %(each)s AS first, place * %(each)s AS last
          FROM unnest(%(messages)s::text[]) WITH ORDINALITY AS list (message_key, place)
    ), parts AS (
        SELECT request.id AS spend_id, offered.id AS lot_id, asked.message_key, asked.first AS turn,
               LEAST(offered.last, asked.last) - GREATEST(offered.first, asked.first) AS calls
          FROM request
         CROSS JOIN offered
          JOIN asked ON asked.first < offered.last AND offered.first < asked.last
    ), taken AS (
        UPDATE sms_lot SET remaining = remaining - part.calls
          FROM (SELECT lot_id, sum(calls) AS calls FROM parts GROUP BY lot_id) AS part
         WHERE sms_lot.id = part.lot_id
    ), booked AS (
        INSERT INTO sms_entry (member_id, lot_id, spend_id, kind, calls, message_key, label, at)
        SELECT %(member)s, lot_id, spend_id, 'spend', -calls, message_key, %(label)s, %(at)s
          FROM parts ORDER BY turn, lot_id
    )
    SELECT id, member_id, key, calls, at, by_id FROM request
"""
SPEND_TAKES = (
    ("member", "bigint"), ("key", "text"), ("at", "timestamptz"), ("by", "bigint"), ("label", "text"),
    ("need", "bigint"), ("each", "bigint"), ("messages", "text[]"),
)  # fmt: skip
SPEND_GIVES = ("id", "member_id", "key", "calls", "at", "by_id")


def spend(
    *, member_id: int, key: str, message_keys: Sequence[str], calls_each: int, by: Actor, at: datetime
) -> Spend:
    """Spend `calls_each` calls for each message, the earliest to lapse first, all of them or none.

    This reserves: what becomes of each message is booked by `book_outcomes`. A request repeated under its key
    changes nothing and returns the same row. Raises NotEnoughCalls, RequestKeyReused, ServiceSuspended.
    """
    if calls_each < 1 or not message_keys or len(set(message_keys)) != len(message_keys):
        raise ValueError("spend needs distinct message keys and at least one call for each")
    need = len(message_keys) * calls_each
    values = {
        "member": member_id, "key": key, "at": at, "by": by.user_id, "label": SPENT,
        "need": need, "each": calls_each, "messages": text_array(message_keys),
    }  # fmt: skip
    with transaction.atomic():
        for made in fetch_kept(SPEND, SPEND_TAKES, values):
            return Spend.from_db(connection.alias, SPEND_GIVES, made)
        if earlier := Spend.everything.filter(member_id=member_id, key=key).first():
            return _same_request(earlier, calls=need, message_keys=message_keys)
        refuse_if_suspended(at)
        raise NotEnoughCalls(balance=balance(member_id, at), need=need)


def _same_request(earlier: Spend, *, calls: int, message_keys: Sequence[str]) -> Spend:
    paid = earlier.entries.filter(kind=EntryKind.SPEND).values_list("message_key", flat=True)
    if earlier.calls != calls or set(paid) != set(message_keys):
        raise RequestKeyReused
    return earlier
