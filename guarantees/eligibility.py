"""Whether an expiry notice written earlier may still leave, asked in the moment it would (S27, S30, S31).

What changes a guarantee or a recipient after the plan needs not know of messages: here its effect is read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from guarantees.rules.expiry import MINIMUM_AMOUNT
from portal.pg_arrays import int_array, text_array
from sms.eligibility import Candidate
from sms.recipients_sql import RECIPIENTS_SQL

REASONS = {
    "released": "보증이 해제되었습니다",
    "cancelled": "보증이 취소되었습니다",
    "expired": "보증기간이 이미 끝났습니다",
    "end_date_changed": "보증 종료일이 바뀌었습니다",
    "below_amount": "보증잔액이 1천만원보다 적습니다",
    "product": "안내하지 않는 보증 종류입니다",
    "not_a_recipient": "수신거부했거나 수신자에서 빠졌습니다",
    "unknown_guarantee": "보증을 찾을 수 없습니다",
    "digest_changed": "함께 안내할 보증 가운데 바뀐 것이 있어, 나머지를 따로 안내합니다",
}

STOPPED = f"""
    SELECT c.message_id,
           CASE WHEN g.id IS NULL THEN 'unknown_guarantee'
                WHEN g.state <> 'active' THEN g.state
                WHEN g.ends_on <> c.ends_on THEN 'end_date_changed'
                WHEN g.outstanding < {MINIMUM_AMOUNT} THEN 'below_amount'
                WHEN NOT p.expiry_sms THEN 'product'
                WHEN r.mobile IS NULL THEN 'not_a_recipient'
           END AS reason
      FROM unnest(%s::bigint[], %s::uuid[], %s::date[], %s::bigint[], %s::text[])
           AS c (message_id, public_id, ends_on, member_id, mobile)
      LEFT JOIN guarantees_guarantee g ON g.public_id = c.public_id
      LEFT JOIN guarantees_product p ON p.code = g.product_id
      LEFT JOIN (SELECT member_id, mobile FROM ({RECIPIENTS_SQL}) AS everyone
                  WHERE member_id = ANY(%s::bigint[])) r ON r.member_id = c.member_id AND r.mobile = c.mobile
"""  # noqa: S608 - the parts are constants of this project

# One text for many: as soon as one of them may not be told any more, the whole text is wrong.
STOPPED_DIGESTS = f"""
    SELECT c.message_id,
           CASE WHEN r.mobile IS NULL THEN 'not_a_recipient'
                WHEN s.stands IS NOT TRUE THEN 'digest_changed'
           END AS reason
      FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) AS c (message_id, digest, member_id, mobile)
      LEFT JOIN (SELECT l.digest, bool_and(g.state = 'active' AND g.ends_on = n.ends_on
                                           AND g.outstanding >= {MINIMUM_AMOUNT} AND p.expiry_sms) AS stands
                   FROM guarantees_digestline l
                   JOIN guarantees_expirynotice n ON n.id = l.notice_id
                   JOIN guarantees_guarantee g ON g.id = n.guarantee_id
                   JOIN guarantees_product p ON p.code = g.product_id
                  WHERE l.digest = ANY(%s::text[])
                  GROUP BY l.digest) s ON s.digest = c.digest
      LEFT JOIN (SELECT member_id, mobile FROM ({RECIPIENTS_SQL}) AS everyone
                  WHERE member_id = ANY(%s::bigint[])) r ON r.member_id = c.member_id AND r.mobile = c.mobile
"""  # noqa: S608


def stopped_notices(candidates: Sequence[Candidate]) -> Mapping[int, str]:
    """Message ids of expiry notices that must not leave any more, each with its reason code."""
    digests = [c for c in candidates if c.reference.startswith("digest:")]
    alone = [c for c in candidates if not c.reference.startswith("digest:")]
    return {**(_stopped(STOPPED, _alone(alone)) if alone else {}),
            **(_stopped(STOPPED_DIGESTS, _together(digests)) if digests else {})}  # fmt: skip


def _alone(candidates: Sequence[Candidate]) -> list[Any]:
    public_ids, ends = zip(*(c.reference.split(":")[1:3] for c in candidates), strict=True)
    members = [c.member_id for c in candidates]
    return [
        int_array(c.message_id for c in candidates), text_array(public_ids), text_array(ends),
        int_array(members), text_array(c.to for c in candidates), int_array(set(members)),
    ]  # fmt: skip


def _together(candidates: Sequence[Candidate]) -> list[Any]:
    digests = [c.reference.partition(":")[2] for c in candidates]
    members = [c.member_id for c in candidates]
    return [
        int_array(c.message_id for c in candidates), text_array(digests), int_array(members),
        text_array(c.to for c in candidates), text_array(set(digests)), int_array(set(members)),
    ]  # fmt: skip


def _stopped(statement: str, parameters: list[Any]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement}) AS judged WHERE reason IS NOT NULL", parameters)  # noqa: S608
        return dict(cursor.fetchall())
