"""Handing a document to the beneficiary: its states, when to try again, what each way needs (DOMAIN §2.3, §2.5).

A row is one attempt to hand one document to one place. Sending it elsewhere, or once more after it was returned,
is a new row; the one before ends as FAILED and says that it was replaced.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

MOST_ATTEMPTS = 5
# Before the second to the fifth attempt. About an hour in all: long enough for a restart on the other side,
# short enough that the member still hands the paper in the same day.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=40))
LEASE = timedelta(minutes=2)  # an attempt that has said nothing for so long has died
ASK_EVERY = timedelta(minutes=10)  # for the officer's answer on the other side
LINK_LIFE = timedelta(days=60)
PRINT, EMAIL, PROCUREMENT = "print", "email", "procurement"


class State(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    FAILED = "failed"


class Event(StrEnum):
    SEND = "send"
    ACCEPT = "accept"
    RETURN = "return"
    FAIL = "fail"
    REPLACE = "replace"  # sent anew, elsewhere, or a newer document takes its place


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.QUEUED, Event.SEND): State.SENT,
    (State.QUEUED, Event.FAIL): State.FAILED,
    (State.QUEUED, Event.REPLACE): State.FAILED,
    (State.SENT, Event.ACCEPT): State.ACCEPTED,
    (State.SENT, Event.RETURN): State.RETURNED,
    (State.SENT, Event.FAIL): State.FAILED,  # the mail server refused the address after all
    (State.SENT, Event.REPLACE): State.FAILED,
}
LIVING = frozenset({State.QUEUED, State.SENT, State.ACCEPTED})


class ImpossibleDelivery(ValueError):
    """A step the table does not have."""


def next_state(state: str, event: Event) -> State:
    """The state after `event`. Raises ImpossibleDelivery."""
    try:
        return TRANSITIONS[State(state), event]
    except KeyError:
        raise ImpossibleDelivery(f"{event} from {state}") from None


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """When to try again after `attempts` of them failed at `at`; None when it was the last one."""
    return at + PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None


def may_return(family: str) -> bool:
    """A bid guarantee is confirmed by the sending itself; nobody can give it back (DOMAIN §2.3)."""
    return family != "bid"


def accepted_by_sending(family: str, channel: str) -> bool:
    """Whether the system's receipt is the beneficiary's: a bid guarantee in the procurement system.

    An e-mail proves no receipt, so that a bid guarantee sent by e-mail waits for its beneficiary like any other.
    """
    return family == "bid" and channel == PROCUREMENT


class Deliverable(Protocol):
    """What an application says of its delivery. "" where nothing was typed."""

    @property
    def family(self) -> str: ...
    @property
    def delivery_channel(self) -> str: ...
    @property
    def beneficiary_name(self) -> str: ...
    @property
    def beneficiary_business_number(self) -> str: ...
    @property
    def beneficiary_email(self) -> str: ...
    @property
    def contract_number(self) -> str: ...


def delivery_findings(facts: Deliverable) -> list[tuple[str, str]]:
    """What the chosen way of delivery still lacks: (field, sentence), in the order of the form.

    The procurement system finds the buyer's file by notice or contract number and the buyer's business number.
    """
    if facts.delivery_channel == EMAIL and not facts.beneficiary_email:
        return [("beneficiary_email", "이메일로 보내려면 보증채권자 이메일이 필요합니다. 입력해 주세요.")]
    if facts.delivery_channel != PROCUREMENT:
        return []
    number = "입찰 공고번호" if facts.family == "bid" else "계약번호"
    needed = (
        ("contract_number", f"전자조달시스템으로 보내려면 {number}가 필요합니다. 입력해 주세요."),
        ("beneficiary_name", "전자조달시스템으로 보내려면 보증채권자 이름이 필요합니다. 입력해 주세요."),
        (
            "beneficiary_business_number",
            "전자조달시스템으로 보내려면 보증채권자 사업자등록번호가 필요합니다. 입력해 주세요.",
        ),
    )
    return [(field, sentence) for field, sentence in needed if not getattr(facts, field)]
