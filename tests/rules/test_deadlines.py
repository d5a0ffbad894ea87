import pytest

from guarantees.rules.deadlines import approval_due, claim_until, is_past, supplement_due
from tests.rules.closures import KR_BANK, on


@pytest.mark.parametrize(
    ("_case", "requested", "due"),
    [
        ("두 주", "2026-11-13 Fri", "2026-11-27 Fri"),
        ("주말에 요청", "2026-11-14 Sat", "2026-11-27 Fri"),
        ("추석이 낌", "2026-09-21 Mon", "2026-10-08 Thu"),
        ("설이 낌", "2026-02-10 Tue", "2026-02-27 Fri"),
        ("해를 넘김", "2026-12-23 Wed", "2027-01-08 Fri"),
    ],
)
def test_supplement_due(_case: str, requested: str, due: str) -> None:
    assert supplement_due(on(requested), KR_BANK, business_days=10) == on(due)


@pytest.mark.parametrize(
    ("_case", "idle_since", "due"),
    [
        ("주말 한 번", "2026-11-23 Mon", "2026-12-02 Wed"),
        ("성탄절과 새해", "2026-12-23 Wed", "2027-01-05 Tue"),
        ("가장 긴 연휴", "2025-10-02 Thu", "2025-10-20 Mon"),
    ],
)
def test_approval_due(_case: str, idle_since: str, due: str) -> None:
    assert approval_due(on(idle_since), KR_BANK, business_days=7) == on(due)


def test_the_days_are_those_of_the_policy() -> None:
    assert supplement_due(on("2026-11-13 Fri"), KR_BANK, business_days=1) == on("2026-11-16 Mon")
    assert approval_due(on("2026-11-13 Fri"), KR_BANK, business_days=5) == on("2026-11-20 Fri")


@pytest.mark.parametrize(
    ("_case", "today", "past"),
    [("전날", "2026-11-26", False), ("기한 당일", "2026-11-27", False), ("다음 날", "2026-11-28", True)],
)
def test_is_past(_case: str, today: str, past: bool) -> None:
    assert is_past(on("2026-11-27"), on(today)) is past


@pytest.mark.parametrize(
    ("_case", "ends_on", "last"),
    [
        ("두 해", "2026-12-31", "2028-12-31"),
        ("2월 말일에 끝나 윤년에 닿음", "2026-02-28", "2028-02-29"),
        ("윤일", "2028-02-29", "2030-02-28"),
    ],
)
def test_claim_until(_case: str, ends_on: str, last: str) -> None:
    assert claim_until(on(ends_on)) == on(last)
