"""What each ground of release needs, and what speaks for releasing a guarantee (S23)."""

from datetime import date

import pytest

from guarantees.models import Family
from guarantees.rules.reasons import RELEASE_REASONS
from guarantees.rules.releasing import (
    EVIDENCE,
    GROUND_LABELS,
    WHY_LABELS,
    Claimed,
    Why,
    grounds_for,
    lacks,
    part_lacks,
    whys,
)
from guarantees.rules.states import GuaranteeState

TODAY = date(2026, 11, 20)  # Friday


def claimed(ground: str, **fields: object) -> Claimed:
    return Claimed(**{"ground": ground, "family": "contract", "outstanding": 50_000_000, **fields})  # type: ignore[arg-type]


def test_every_ground_an_officer_chooses_has_its_evidence() -> None:
    assert list(EVIDENCE) == list(RELEASE_REASONS)
    assert set(GROUND_LABELS) - set(RELEASE_REASONS) == {"ended"}
    assert set(WHY_LABELS) == set(Why)


@pytest.mark.parametrize(
    ("_case", "given", "lacking"),
    [
        ("확인서 있음", claimed("confirmed", papers=1), []),
        ("확인서 없음", claimed("confirmed"), ["paper"]),
        ("보증채권자가 직접 확인", claimed("confirmed", is_confirmed=True), []),
        ("소멸 확인서 없음", claimed("extinguished"), ["paper"]),
        ("다른 서류 없음", claimed("proven"), ["paper"]),
        ("다른 서류 있음", claimed("proven", papers=2), []),
        ("후속 보증 있음", claimed("follow_up", has_follow_up=True), []),
        ("후속 보증 없음", claimed("follow_up"), ["ground"]),
        ("서류는 후속 보증을 대신하지 못함", claimed("follow_up", papers=3), ["ground"]),
        ("후속 보증은 계약·공사이행에만", claimed("follow_up", family="advance", has_follow_up=True), ["ground"]),
        ("공사이행의 후속 보증", claimed("follow_up", family="performance", has_follow_up=True), []),
        ("반환 설명 있음", claimed("returned", note="11. 19. 서울중앙지점"), []),
        ("반환 설명 네 글자", claimed("returned", note=" 돌려줌! "), ["note"]),
        ("반환 설명 다섯 글자", claimed("returned", note="지점에 냄"), []),
        ("선급금 정산", claimed("settled", family="advance", papers=1), []),
        ("정산은 선급금만", claimed("settled", papers=1), ["ground"]),
        ("모르는 사유", claimed("ended", papers=1), ["ground"]),
        ("일부 해제", claimed("extinguished", papers=1, amount=1), []),
        ("서류도 금액도 안 맞음", claimed("confirmed", amount=50_000_000), ["paper", "amount"]),
    ],
)
def test_evidence(_case: str, given: Claimed, lacking: list[str]) -> None:
    found = lacks(given)
    assert [lack.field for lack in found] == lacking
    assert all(lack.message.endswith("주세요.") or lack.message.endswith("합니다.") for lack in found)


@pytest.mark.parametrize(
    ("_case", "ground", "amount", "fits"),
    [
        ("전부", "returned", None, True),
        ("0원", "confirmed", 0, False),
        ("음수", "confirmed", -1, False),
        ("1원", "confirmed", 1, True),
        ("잔액보다 1원 적게", "confirmed", 49_999_999, True),
        ("잔액과 같음", "confirmed", 50_000_000, False),
        ("잔액보다 1원 많이", "confirmed", 50_000_001, False),
        ("반환은 일부가 없음", "returned", 1, False),
        ("후속 보증은 일부가 없음", "follow_up", 1, False),
        ("선급금 일부 정산", "settled", 20_000_000, True),
    ],
)
def test_a_part_is_a_true_part(_case: str, ground: str, amount: int | None, fits: bool) -> None:
    assert (part_lacks(ground, amount, 50_000_000) == []) is fits


@pytest.mark.parametrize("amount", [1, 2])
def test_nothing_outstanding_is_released_whole_only(amount: int) -> None:
    """After a claim was paid out in full there is no part left to release."""
    assert part_lacks("confirmed", amount, 0)
    assert part_lacks("confirmed", None, 0) == []


@pytest.mark.parametrize(
    ("family", "whole", "partly"),
    [
        (Family.BID, "confirmed extinguished proven returned", "confirmed extinguished proven"),
        (Family.CONTRACT, "follow_up confirmed extinguished proven returned", "confirmed extinguished proven"),
        (Family.PERFORMANCE, "follow_up confirmed extinguished proven returned", "confirmed extinguished proven"),
        (
            Family.ADVANCE,
            "confirmed extinguished proven returned settled",
            "confirmed extinguished proven settled",
        ),
        (Family.DEFECT, "confirmed extinguished proven returned", "confirmed extinguished proven"),
    ],
)
def test_grounds_a_product_offers(family: str, whole: str, partly: str) -> None:
    assert list(grounds_for(family)) == whole.split()
    assert list(grounds_for(family, partly=True)) == partly.split()


@pytest.mark.parametrize(
    ("_case", "state", "completes_on", "itself", "followed", "confirmed", "then"),
    [
        ("유효, 아무 일 없음", "active", None, False, False, False, ()),
        ("기간 종료", "expired", None, False, False, False, (Why.EXPIRED,)),
        ("오늘 준공", "active", TODAY, False, False, False, ()),
        ("어제 준공", "active", date(2026, 11, 19), False, False, False, (Why.COMPLETED,)),
        ("하자보수보증의 준공", "active", date(2026, 11, 19), True, False, False, ()),
        ("끝난 하자보수보증", "expired", date(2026, 11, 19), True, False, False, (Why.EXPIRED,)),
        ("후속 보증 발급", "active", None, False, True, False, (Why.FOLLOWED,)),
        ("보증채권자 확인", "active", None, False, False, True, (Why.CONFIRMED,)),
        (
            "모두",
            "expired",
            date(2026, 11, 1),
            False,
            True,
            True,
            (Why.EXPIRED, Why.COMPLETED, Why.FOLLOWED, Why.CONFIRMED),
        ),
        ("해제됨", "released", date(2026, 11, 1), False, True, True, ()),
        ("취소됨", "cancelled", date(2026, 11, 1), False, True, True, ()),
    ],
)
def test_why_it_can_be_released(
    _case: str,
    state: str,
    completes_on: date | None,
    itself: bool,
    followed: bool,
    confirmed: bool,
    then: tuple[Why, ...],
) -> None:
    assert GuaranteeState(state)
    found = whys(
        state=state,
        completes_on=completes_on,
        releases_itself=itself,
        followed=followed,
        confirmed=confirmed,
        today=TODAY,
    )
    assert found == then
