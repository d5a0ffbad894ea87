import pytest

from guarantees.rules.limit import GRADE_PCT, Position, available, consumption, limit, reserved, used
from guarantees.rules.states import ApplicationState, GuaranteeState

EVERY_STATE = [Position(state, 1_000 + place) for place, state in enumerate([*GuaranteeState, *ApplicationState])]


@pytest.mark.parametrize(
    ("_case", "shares", "unit", "grade", "special", "then"),
    [
        ("1,200좌 AA", 1_200, 1_500_000, "AA", 0, 2_160_000_000),
        ("특별한도", 1_200, 1_500_000, "AA", 40_000_000, 2_200_000_000),
        ("등급 없음", 1_200, 1_500_000, "none", 0, 900_000_000),
        ("출자 없음", 0, 1_500_000, "AAA", 0, 0),
        ("1원 아래는 버림", 1, 99, "B", 0, 59),
    ],
)
def test_limit(_case: str, shares: int, unit: int, grade: str, special: int, then: int) -> None:
    assert limit(shares=shares, unit_limit=unit, grade_pct=GRADE_PCT[grade], special_limit=special) == then


@pytest.mark.parametrize(
    ("_case", "outstanding", "weight_bp", "then"),
    [
        ("가중치 100%", 12_345_678, 10_000, 12_345_678),
        ("가중치 50%는 올림", 12_345_679, 5_000, 6_172_840),
        ("1원도 1원", 1, 1, 1),
        ("해제되어 남은 금액 없음", 0, 10_000, 0),
        ("가중치 0", 12_345_678, 0, 0),
    ],
)
def test_consumption(_case: str, outstanding: int, weight_bp: int, then: int) -> None:
    assert consumption(outstanding, weight_bp) == then


@pytest.mark.parametrize(
    ("_case", "positions", "then"),
    [
        ("유효", [Position(GuaranteeState.ACTIVE, 100)], 100),
        ("만료되어도 해제 전에는 한도를 씀", [Position(GuaranteeState.EXPIRED, 100)], 100),
        ("해제", [Position(GuaranteeState.RELEASED, 100)], 0),
        ("취소", [Position(GuaranteeState.CANCELLED, 100)], 0),
        ("건마다 올림", [Position(GuaranteeState.ACTIVE, 1, 5_000)] * 3, 3),
        ("없음", [], 0),
    ],
)
def test_used(_case: str, positions: list[Position], then: int) -> None:
    assert used(positions) == then


@pytest.mark.parametrize(
    ("_case", "state", "then"),
    [
        ("심사 중", ApplicationState.IN_REVIEW, 0),
        ("승인", ApplicationState.APPROVED, 100),
        ("약정", ApplicationState.SIGNED, 100),
        ("수수료 납부", ApplicationState.FEE_PAID, 100),
        ("발급되면 사용으로 넘어감", ApplicationState.ISSUED, 0),
        ("기한 경과", ApplicationState.LAPSED, 0),
    ],
)
def test_reserved(_case: str, state: ApplicationState, then: int) -> None:
    assert reserved([Position(state, 100)]) == then


def test_every_state_bears_on_one_side_or_none() -> None:
    assert used(EVERY_STATE) == 1_000 + 1_001
    assert reserved(EVERY_STATE) == sum(
        p.outstanding for p in EVERY_STATE if p.state in {"approved", "signed", "fee_paid"}
    )


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
