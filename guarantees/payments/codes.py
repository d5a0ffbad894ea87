"""Toss Payments' codes in our words: banks, order states, and what its error codes mean for what we do next."""

from enum import StrEnum

from guarantees.payments.provider import OrderStatus

# Bank code of the provider -> name. The codes are those of the Korean clearing house, two digits.
BANKS: dict[str, str] = {
    "04": "국민은행",
    "88": "신한은행",
    "20": "우리은행",
    "81": "하나은행",
    "11": "농협은행",
    "03": "기업은행",
    "23": "SC제일은행",
    "31": "iM뱅크",
    "32": "부산은행",
    "34": "광주은행",
    "37": "전북은행",
    "39": "경남은행",
    "45": "새마을금고",
    "48": "신협",
    "71": "우체국",
    "07": "수협은행",
    "02": "산업은행",
    "90": "카카오뱅크",
    "92": "토스뱅크",
    "89": "케이뱅크",
}
# Banks that give virtual accounts.
ACCOUNT_BANKS = ("04", "88", "20", "81", "11", "03", "32", "39", "45", "71")

STATUSES: dict[str, OrderStatus] = {
    "READY": OrderStatus.READY,
    "IN_PROGRESS": OrderStatus.AGREED,
    "WAITING_FOR_DEPOSIT": OrderStatus.WAITING,
    "DONE": OrderStatus.PAID,
    "PARTIAL_CANCELED": OrderStatus.PAID,
    "CANCELED": OrderStatus.CLOSED,  # of a paid order: see `toss._status`
    "EXPIRED": OrderStatus.CLOSED,
    "ABORTED": OrderStatus.CLOSED,
}


class Meaning(StrEnum):
    """What an error code asks of us."""

    AGAIN = "again"  # nothing happened, the same request may be sent later
    ASK = "ask"  # an earlier request of ours decides; look at the order
    NO = "no"  # definitely not


OPERATOR = "결제 서비스 설정을 확인해야 합니다. 관할 지점에 문의해 주세요."
LATER = "은행 점검 중이거나 응답이 늦습니다. 잠시 뒤 다시 시도해 주세요."
REFUND_ACCOUNT = "환급 계좌로 돌려드리지 못했습니다. 은행, 계좌번호와 예금주를 확인해 다시 적어 주세요."

# Codes with a meaning of their own; every other one is taken by its HTTP status.
ERRORS: dict[str, tuple[Meaning, str]] = {
    "IDEMPOTENT_REQUEST_PROCESSING": (Meaning.ASK, LATER),
    "DUPLICATED_ORDER_ID": (Meaning.ASK, LATER),
    "ALREADY_PROCESSED_PAYMENT": (Meaning.ASK, LATER),
    "ALREADY_CANCELED_PAYMENT": (Meaning.ASK, LATER),
    "ALREADY_REFUND_PAYMENT": (Meaning.ASK, LATER),
    "FORBIDDEN_CONSECUTIVE_REQUEST": (Meaning.AGAIN, LATER),
    "PROVIDER_ERROR": (Meaning.AGAIN, LATER),
    "FORBIDDEN_BANK_REFUND_REQUEST": (Meaning.AGAIN, LATER),
    "NOT_AVAILABLE_BANK": (Meaning.NO, "지금은 이 은행을 쓸 수 없습니다. 다른 은행을 선택해 주세요."),
    "INVALID_BANK": (Meaning.NO, "선택하신 은행은 쓸 수 없습니다. 다른 은행을 선택해 주세요."),
    "INVALID_REFUND_ACCOUNT_INFO": (Meaning.NO, REFUND_ACCOUNT),
    "INVALID_REFUND_ACCOUNT_NUMBER": (Meaning.NO, REFUND_ACCOUNT),
    "REFUND_REJECTED": (Meaning.NO, REFUND_ACCOUNT),
    "NOT_MATCHES_REFUNDABLE_AMOUNT": (Meaning.NO, "돌려드릴 수 있는 금액을 넘었습니다. 담당자가 확인합니다."),
    "NOT_CANCELABLE_AMOUNT": (Meaning.NO, "돌려드릴 수 있는 금액을 넘었습니다. 담당자가 확인합니다."),
    "NOT_CANCELABLE_PAYMENT": (Meaning.NO, "지금은 취소할 수 없는 거래입니다. 담당자가 확인합니다."),
    "EXCEED_MAX_AMOUNT": (Meaning.NO, "한 번에 낼 수 있는 금액을 넘었습니다. 관할 지점에 문의해 주세요."),
    "NOT_FOUND_PAYMENT_SESSION": (Meaning.NO, "은행 화면에서 10분이 지났습니다. 처음부터 다시 진행해 주세요."),
    "REJECT_ACCOUNT_PAYMENT": (Meaning.NO, "계좌 잔액이 부족해 납부하지 못했습니다. 잔액을 확인해 주세요."),
    "EXCEED_MAX_DAILY_PAYMENT_COUNT": (Meaning.NO, "하루 이체 횟수를 넘었습니다. 가상계좌로 납부해 주세요."),
    "UNAUTHORIZED_KEY": (Meaning.NO, OPERATOR),
    "INVALID_API_KEY": (Meaning.NO, OPERATOR),
    "FORBIDDEN_REQUEST": (Meaning.NO, OPERATOR),
}
ELSE = "결제 서비스가 요청을 받지 않았습니다. 다른 방법을 선택하시거나 관할 지점에 문의해 주세요."


def meaning_of(code: str, status: int) -> tuple[Meaning, str]:
    """What to do about an error, and the sentence for a person."""
    if code in ERRORS:
        return ERRORS[code]
    if status == 429:
        return Meaning.AGAIN, LATER
    return (Meaning.ASK, LATER) if status >= 500 else (Meaning.NO, ELSE)
