"""Claims on a guarantee: their states and days (DOMAIN §2.5; 건설산업기본법 제67조 제4항, 하도급법 제13조의2)."""

from datetime import date, timedelta
from enum import StrEnum

from guarantees.rules.deadlines import claim_until

PAYMENT_DAYS = 30  # within which a complete claim on a subcontract payment guarantee is paid
PAID_WITHIN_DAYS = frozenset({"subcontract_payment"})  # families the law binds to it


class ClaimState(StrEnum):
    OPEN = "open"
    DOCS_REQUESTED = "docs_requested"
    REVIEW = "review"
    PAID = "paid"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class ClaimEvent(StrEnum):
    REQUEST_DOCUMENTS = "request_documents"
    REVIEW = "review"
    PAY = "pay"
    DENY = "deny"
    WITHDRAW = "withdraw"


_S, _E = ClaimState, ClaimEvent
OPEN_STATES = frozenset({_S.OPEN, _S.DOCS_REQUESTED, _S.REVIEW})
CLAIM_TRANSITIONS: dict[tuple[str, ClaimEvent], ClaimState] = {
    (_S.OPEN, _E.REQUEST_DOCUMENTS): _S.DOCS_REQUESTED,
    (_S.OPEN, _E.REVIEW): _S.REVIEW,
    (_S.DOCS_REQUESTED, _E.REVIEW): _S.REVIEW,
    (_S.REVIEW, _E.REQUEST_DOCUMENTS): _S.DOCS_REQUESTED,
    (_S.REVIEW, _E.PAY): _S.PAID,
    (_S.REVIEW, _E.DENY): _S.DENIED,
    **{(state, _E.WITHDRAW): _S.WITHDRAWN for state in sorted(OPEN_STATES)},
}


def can_claim(ends_on: date, received_on: date) -> bool:
    """Whether the right is alive: two years from the end of the guarantee period, the last day included."""
    return received_on <= claim_until(ends_on)


def payment_due(family: str, received_on: date) -> date | None:
    """The last day to pay a complete claim, for families the law binds; None for the others."""
    return received_on + timedelta(days=PAYMENT_DAYS) if family in PAID_WITHIN_DAYS else None
