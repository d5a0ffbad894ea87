"""한도 산식 (DOMAIN §2.4)."""

import pytest

from guarantees.rules.limit import (
    GRADE_PCT,
    RESERVING_STATES,
    USING_STATES,
    available,
    ceiling,
    consumption,
    is_near,
    limit,
)
from guarantees.rules.states import ApplicationState, GuaranteeState


@pytest.mark.parametrize(
    ("_case", "shares", "unit", "grade", "special", "then"),
    [
        ("1,200좌 AA", 1_200, 1_500_000, "AA", 0, 2_160_000_000),
        ("특별한도", 1_200, 1_500_000, "AA", 40_000_000, 2_200_000_000),
        ("등급 없음", 1_200, 1_500_000, "none", 0, 900_000_000),
        ("출자 없음", 0, 1_500_000, "AAA", 0, 0),
        ("출자 없이 특별한도만", 0, 1_500_000, "AAA", 30_000_000, 30_000_000),
        ("1원 아래는 버림", 1, 99, "B", 0, 59),
    ],
)
def test_limit(_case: str, shares: int, unit: int, grade: str, special: int, then: int) -> None:
    assert limit(shares=shares, unit_limit=unit, grade_pct=GRADE_PCT[grade], special_limit=special) == then


@pytest.mark.parametrize(
    ("grade", "then"),
    [("AAA", 130), ("AA", 120), ("A", 110), ("BBB", 100), ("BB", 80), ("B", 60), ("CCC", 40), ("none", 50)],
)
def test_per_cent_of_each_grade(grade: str, then: int) -> None:
    assert GRADE_PCT[grade] == then


@pytest.mark.parametrize(
    ("_case", "outstanding", "collateral", "weight_bp", "then"),
    [
        ("가중치 100%", 12_345_678, 0, 10_000, 12_345_678),
        ("가중치 50%는 올림", 12_345_679, 0, 5_000, 6_172_840),
        ("1원도 1원", 1, 0, 1, 1),
        ("해제되어 남은 금액 없음", 0, 0, 10_000, 0),
        ("가중치 0", 12_345_678, 0, 0, 0),
        ("담보만큼 빼고", 50_000_000, 20_000_000, 10_000, 30_000_000),
        ("담보를 뺀 뒤 가중치", 50_000_001, 20_000_000, 5_000, 15_000_001),
        ("전액 담보", 50_000_000, 50_000_000, 10_000, 0),
        ("일부 해제로 담보보다 작아짐", 10_000_000, 20_000_000, 10_000, 0),
    ],
)
def test_consumption(_case: str, outstanding: int, collateral: int, weight_bp: int, then: int) -> None:
    assert consumption(outstanding, weight_bp, collateral=collateral) == then


def test_every_state_bears_on_one_side_or_none() -> None:
    """An expired guarantee uses the limit until it is released; a decided application reserves until issue."""
    assert set(USING_STATES) == {GuaranteeState.ACTIVE, GuaranteeState.EXPIRED}
    assert set(RESERVING_STATES) == {
        ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.FEE_PAID,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "used_won", "reserved_won", "then"),
    [
        ("남음", 1_500_000_000, 160_000_000, 500_000_000),
        ("다 씀", 2_000_000_000, 160_000_000, 0),
        ("등급이 내려가 모자람", 2_100_000_000, 160_000_000, -100_000_000),
    ],
)
def test_available(_case: str, used_won: int, reserved_won: int, then: int) -> None:
    assert available(2_160_000_000, used_won, reserved_won) == then


@pytest.mark.parametrize(
    ("_case", "limit_won", "taken", "then"),
    [
        ("딱 90%", 100_000_000, 90_000_000, False),
        ("90%에서 1원 더", 100_000_000, 90_000_001, True),
        ("한도를 넘음", 100_000_000, 100_000_001, True),
        ("한도도 쓴 것도 없음", 0, 0, False),
        ("한도 없이 씀", 0, 1, True),
    ],
)
def test_near(_case: str, limit_won: int, taken: int, then: bool) -> None:
    assert is_near(limit_won, taken) is then


def test_all_guarantees_together_stay_under_35_times_the_capital() -> None:
    assert ceiling(200_000_000_000) == 7_000_000_000_000
