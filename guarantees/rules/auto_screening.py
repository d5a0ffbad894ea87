"""What the rules can see before a person looks (자동 심사, DOMAIN §2.5). They find, people decide.

An application that passes every point starts its review without waiting for a hand; one that does not waits
for an officer, who reads the same sentences.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """What was looked up of one application. Amounts in won; `left` is None where no limit is set.

    `findings` are the sentences of the completeness rules, `twins` numbers of applications for the same thing.
    """

    is_trading: bool
    findings: tuple[str, ...]
    left: int | None
    open_claims: int
    twins: tuple[str, ...]
    guaranteed_before: int


@dataclass(frozen=True)
class Point:
    """One point of the screening: whether it passed, and the sentence for the officer."""

    code: str
    passed: bool
    text: str


def points(seen: Seen) -> tuple[Point, ...]:
    """Every point in the order an officer asks them."""
    return (
        _trading(seen),
        _complete(seen),
        _limit(seen),
        _claims(seen),
        _twins(seen),
        _beneficiary(seen),
    )


def all_passed(found: tuple[Point, ...]) -> bool:
    """Whether nothing is left for which a person has to look first."""
    return all(point.passed for point in found)


def _trading(seen: Seen) -> Point:
    return Point(
        "trading", seen.is_trading, "거래 중인 조합원입니다." if seen.is_trading else "거래가 정지된 조합원입니다."
    )


def _complete(seen: Seen) -> Point:
    """Papers, statutory amount and period: a rule may have changed between the form and the screening."""
    if seen.findings:
        return Point("complete", False, " ".join(seen.findings))
    return Point("complete", True, "서류가 모두 있고, 보증금액과 기간이 기준 안에 있습니다.")


def _limit(seen: Seen) -> Point:
    if seen.left is None:
        return Point("limit", False, "보증한도가 등록되지 않은 조합원입니다.")
    if seen.left < 0:
        return Point("limit", False, f"보증한도가 {-seen.left:,}원 모자랍니다.")
    return Point("limit", True, f"승인한 뒤 남는 한도는 {seen.left:,}원입니다.")


def _claims(seen: Seen) -> Point:
    if seen.open_claims:
        return Point("claims", False, f"처리 중인 보증금 청구가 {seen.open_claims}건 있습니다.")
    return Point("claims", True, "처리 중인 보증금 청구가 없습니다.")


def _twins(seen: Seen) -> Point:
    if seen.twins:
        return Point("twins", False, f"같은 계약으로 보이는 신청이 있습니다: {', '.join(seen.twins)}")
    return Point("twins", True, "같은 계약으로 보이는 다른 신청이 없습니다.")


def _beneficiary(seen: Seen) -> Point:
    if not seen.guaranteed_before:
        return Point("beneficiary", False, "이 조합원이 처음 보증하는 보증채권자입니다. 상대방을 확인해 주세요.")
    return Point("beneficiary", True, f"이 보증채권자에게 전에 {seen.guaranteed_before}건 보증했습니다.")
