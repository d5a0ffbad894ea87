"""The expiry run's report in Korean, for the page of a day and for the command."""

from collections.abc import Mapping
from typing import Any

from guarantees.eligibility import REASONS
from guarantees.expiry_report import RunReport
from guarantees.models import NoticeState

LEFT_OUT = {
    **dict(NoticeState.choices),
    "released": "해제된 보증",
    "cancelled": "취소된 보증",
    "product": "안내하지 않는 종류(입찰·하자보수)",
    "below_amount": "보증잔액 1천만원 미만",
}
OUTCOMES = {
    **dict(NoticeState.choices),
    "delivered": "도착함",
    "accepted": "보냈고 도착 확인을 기다림",
    "pending": "발송 대기",
    "review": "담당자 확인 중",
    "undelivered": "보냈으나 도착하지 않음",
    "refused": "중계사가 거절함",
    "expired": "기한이 지나 보내지 않음",
    "no_message": "받는 사람이 없어짐",
}


def left_out(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Reasons in words with their counts, most frequent first."""
    named = [(LEFT_OUT.get(code, code), count) for code, count in counts.items() if count]
    return sorted(named, key=lambda reason: -reason[1])


def outcome_word(code: str) -> str:
    """One outcome of a guarantee or fate of a text: `delivered`, `skipped:released`."""
    head, _, reason = code.partition(":")
    return f"보내지 않음: {REASONS.get(reason, reason)}" if head == "skipped" else OUTCOMES.get(head, head)


def report_words(report: RunReport) -> dict[str, Any]:
    """The tables of the page: guarantees by outcome and texts by fate with their sums, and what was caught up."""
    return {
        "report": report,
        "outcomes": [(outcome_word(code), count) for code, count in sorted(report.outcomes.items())],
        "fates": [(outcome_word(code), count) for code, count in sorted(report.fates.items())],
        "caught_up": sorted(report.caught_up.items()),
    }
