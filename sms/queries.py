"""What became of messages, in words for pages and admin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from django.conf import settings
from django.db import connection

from portal.clock import SEOUL
from sms.eligibility import reason_label
from sms.models import Channel, Message
from sms.rules.quiet_hours import is_open

Tone = Literal["waiting", "good", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class MessageState:
    """`label` is short enough for a badge; `detail` says why or until when, or is empty.

    `code` is the stored state, e.g. "delivered"; `at` the instant it was reached, None while it waits;
    `handed_over_at` when carrier or mail server took it, None where it has not.
    """

    code: str
    label: str
    tone: Tone
    detail: str
    at: datetime | None
    handed_over_at: datetime | None = None


class _Facts(NamedTuple):
    """A row of _STATES."""

    channel: str
    purpose: str
    written_at: datetime
    batch: str
    not_before: datetime
    result: str | None
    result_reason: str | None
    result_at: datetime | None
    receipt: str | None
    receipt_reason: str | None
    receipt_at: datetime | None


_LABELS: dict[str, tuple[str, Tone]] = {
    "ready": ("발송 대기", "waiting"),
    "claimed": ("발송 중", "waiting"),
    "unknown": ("결과 확인 중", "waiting"),
    "review": ("담당자 확인 중", "waiting"),
    "deferred": ("재시도 예정", "waiting"),
    "accepted": ("접수됨", "good"),
    "delivered": ("도착함", "good"),
    "undelivered": ("도착하지 않음", "bad"),
    "refused": ("발송 거절됨", "bad"),
    "skipped": ("보내지 않음", "quiet"),
    "expired": ("기한이 지나 보내지 않음", "bad"),
}
_REASONS = {
    "bad_number": "없는 번호이거나 휴대폰 번호가 아닙니다",
    "bad_address": "메일 서버가 받는 주소를 거절했습니다",
    "refused": "받는 분이 수신을 거부했습니다",
    "spam_block": "통신사에서 스팸으로 차단했습니다",
    "temporary": "전화기가 꺼져 있거나 잠시 받을 수 없습니다",
    "content": "보낼 수 없는 내용입니다",
    "config": "발송 설정을 확인하고 있습니다",
    "duplicate": "같은 문자가 조금 전에 나가 중계사가 막았습니다",
    "not_seen": "전달되지 않은 것을 확인하여 다시 보냅니다",
    "person": "담당자가 확인했습니다",
}

# A message's latest step, and the better of its delivery reports. One statement for any number of messages.
_STATES = """
    SELECT message.id, message.channel, message.purpose, message.created_at, batch.state, batch.not_before,
           result.state, result.reason, result.at, receipt.state, receipt.reason, receipt.received_at
      FROM sms_message AS message
      JOIN sms_batch AS batch ON batch.id = message.batch_id
      LEFT JOIN LATERAL (SELECT * FROM sms_result WHERE message_id = message.id
                          ORDER BY number DESC LIMIT 1) AS result ON true
      LEFT JOIN LATERAL (SELECT * FROM sms_receipt
                          WHERE gateway = result.gateway AND provider_ref = result.provider_ref
                          ORDER BY state = 'delivered' DESC, id DESC LIMIT 1) AS receipt
             ON result.provider_ref <> ''
     WHERE message.id = ANY(%s)
"""


def state_of(messages: Iterable[Message]) -> dict[int, MessageState]:
    """The present state of each message by its id. The caller has shown that the reader may see them."""
    ids = [message.pk for message in messages]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [ids])
        return {row[0]: _state(_Facts(*row[1:])) for row in cursor.fetchall()}


def _state(facts: _Facts) -> MessageState:
    handed_over_at = facts.result_at if facts.result == "accepted" else None
    if facts.receipt:
        return _worded(
            facts.receipt, reason=facts.receipt_reason or "", at=facts.receipt_at, handed_over_at=handed_over_at
        )
    if facts.result == "accepted":
        by_mail = facts.channel == Channel.EMAIL
        detail = "메일 서버에 넘겼습니다" if by_mail else "통신사의 도착 확인을 기다립니다"
        return _worded(facts.result, detail=detail, at=facts.result_at, handed_over_at=handed_over_at)
    if facts.result:
        return _worded(facts.result, reason=facts.result_reason or "", at=facts.result_at)
    return _worded("ready" if facts.batch == "done" else facts.batch, detail=_waits_until(facts))


def _waits_until(facts: _Facts) -> str:
    if facts.batch != "ready":
        return ""
    until = f"{facts.not_before.astimezone(SEOUL):%m/%d %H:%M} 이후에 보냅니다"
    if is_open(facts.channel, facts.purpose, facts.written_at, settings.SMS_RESULT_HOURS):
        return until
    return f"문자를 보내지 않는 시간이라 {until}"


def _worded(
    code: str,
    *,
    reason: str = "",
    detail: str = "",
    at: datetime | None = None,
    handed_over_at: datetime | None = None,
) -> MessageState:
    label, tone = _LABELS[code]
    word = reason.partition(":")[0]
    return MessageState(
        code, label, tone, detail or reason_label(word) or _REASONS.get(word, ""), at, handed_over_at
    )
