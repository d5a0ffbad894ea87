"""When a guarantee may be released, and what must show it (S23, DOMAIN §2.5). Amounts in whole won.

A ground asks for a paper, for a follow-up guarantee of the same contract, or for the officer's own look. What
the beneficiary says through his own link stands in for the paper.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guarantees.rules.reasons import RELEASE_REASONS
from guarantees.rules.states import GuaranteeState

LIVE_STATES = frozenset({GuaranteeState.ACTIVE, GuaranteeState.EXPIRED})
# The end of the period by itself: only for products that release themselves, chosen by nobody.
PERIOD_ENDED = "ended"
GROUND_LABELS = {**RELEASE_REASONS, PERIOD_ENDED: "보증기간 종료(자동 해제)"}
# A defect guarantee takes over from these.
FOLLOWED_FAMILIES = frozenset({"contract", "performance"})
FOLLOWING_FAMILY = "defect"
LEAST_NOTE = 5  # characters; less names no place and no day


class Why(StrEnum):
    """Why a guarantee stands in the list of those that can be released."""

    EXPIRED = "expired"
    COMPLETED = "completed"
    FOLLOWED = "followed"
    CONFIRMED = "confirmed"


WHY_LABELS = {
    Why.EXPIRED: "보증기간이 끝났습니다",
    Why.COMPLETED: "준공(예정)일이 지났습니다",
    Why.FOLLOWED: "후속 하자보수보증이 발급되었습니다",
    Why.CONFIRMED: "보증채권자가 이행 완료를 확인했습니다",
}


@dataclass(frozen=True)
class Evidence:
    """What one ground needs. `families` empty: any product; `partly`: a part can be released on it."""

    paper: bool = False
    follow_up: bool = False
    note: bool = False
    partly: bool = False
    families: frozenset[str] = frozenset()
    hint: str = ""


EVIDENCE = {
    "follow_up": Evidence(
        follow_up=True, families=FOLLOWED_FAMILIES, hint="같은 계약의 하자보수보증이 발급되어 있어야 합니다."
    ),
    "confirmed": Evidence(paper=True, partly=True, hint="이행 완료 확인서나 준공검사 조서를 올려 주세요."),
    "extinguished": Evidence(paper=True, partly=True, hint="보증채무 소멸 확인서를 올려 주세요."),
    "proven": Evidence(paper=True, partly=True, hint="준공·납품을 알 수 있는 서류를 올려 주세요."),
    "returned": Evidence(note=True, hint="보증서 원본을 언제 어느 지점에 돌려주었는지 설명에 적어 주세요."),
    "settled": Evidence(
        paper=True, partly=True, families=frozenset({"advance"}), hint="선급금 정산 확인서를 올려 주세요."
    ),
}


@dataclass(frozen=True)
class Claimed:
    """What somebody puts forward for a release. `amount` None: all of it."""

    ground: str
    family: str
    outstanding: int
    amount: int | None = None
    papers: int = 0
    has_follow_up: bool = False
    is_confirmed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Lack:
    """One thing that is missing or does not fit. `field` is the form's."""

    field: str
    message: str


def grounds_for(family: str, *, partly: bool = False) -> dict[str, str]:
    """The grounds a person can choose for a product of `family`, with their labels."""
    return {
        ground: label
        for ground, label in RELEASE_REASONS.items()
        if _fits(EVIDENCE[ground], family) and (EVIDENCE[ground].partly or not partly)
    }


def lacks(claimed: Claimed) -> list[Lack]:
    """What keeps a request from being made; empty when it is whole."""
    needed = EVIDENCE.get(claimed.ground)
    if needed is None or not _fits(needed, claimed.family):
        return [Lack("ground", "이 보증에는 쓸 수 없는 해제 사유입니다. 다른 사유를 골라 주세요.")]
    return [*_missing(needed, claimed), *part_lacks(claimed.ground, claimed.amount, claimed.outstanding)]


def _missing(needed: Evidence, claimed: Claimed) -> Iterator[Lack]:
    if needed.paper and not claimed.papers and not claimed.is_confirmed:
        yield Lack("paper", f"증빙 서류가 없습니다. {needed.hint}")
    if needed.follow_up and not claimed.has_follow_up:
        yield Lack("ground", f"후속 보증을 찾지 못했습니다. {needed.hint}")
    if needed.note and len(claimed.note.strip()) < LEAST_NOTE:
        yield Lack("note", f"설명이 비어 있거나 너무 짧습니다. {needed.hint}")


def part_lacks(ground: str, amount: int | None, outstanding: int) -> list[Lack]:
    """Whether `amount` is a true part of what is outstanding, on a ground that allows parts."""
    if amount is None:
        return []
    if not EVIDENCE[ground].partly:
        return [Lack("amount", "이 사유로는 일부만 해제할 수 없습니다. 금액을 비우거나 다른 사유를 골라 주세요.")]
    if not 0 < amount < outstanding:
        return [
            Lack(
                "amount",
                f"일부 해제 금액은 0원보다 크고 보증잔액 {outstanding:,}원보다 작아야 합니다. "
                "전부 해제하려면 금액을 비워 주세요.",
            )
        ]
    return []


def whys(
    *, state: str, completes_on: date | None, releases_itself: bool, followed: bool, confirmed: bool, today: date
) -> tuple[Why, ...]:
    """Why the guarantee can be released; empty when nothing speaks for it yet.

    A product that releases itself is waited for, so that its completion day alone says nothing.
    """
    if state not in LIVE_STATES:
        return ()
    completed = completes_on is not None and completes_on < today and not releases_itself
    held = {
        Why.EXPIRED: state == GuaranteeState.EXPIRED,
        Why.COMPLETED: completed,
        Why.FOLLOWED: followed,
        Why.CONFIRMED: confirmed,
    }
    return tuple(why for why, holds in held.items() if holds)


def _fits(evidence: Evidence, family: str) -> bool:
    return not evidence.families or family in evidence.families
