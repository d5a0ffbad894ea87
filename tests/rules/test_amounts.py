import pytest

from guarantees.rules.amounts import largest_allowed, pct_min, subpay_minimum


@pytest.mark.parametrize(
    ("_case", "base", "num", "den", "then"),
    [
        ("15%", 987_654_321, 15, 100, 148_148_149),
        ("2%", 987_654_321, 2, 100, 19_753_087),
        ("5%", 987_654_321, 5, 100, 49_382_717),
        ("40%", 987_654_321, 40, 100, 395_061_729),
        ("나누어떨어짐", 100_000_000, 10, 100, 10_000_000),
        ("1원 넘침", 100_000_001, 10, 100, 10_000_001),
        ("영", 0, 10, 100, 0),
    ],
)
def test_pct_min(_case: str, base: int, num: int, den: int, then: int) -> None:
    assert pct_min(base, num, den) == then


@pytest.mark.parametrize(
    ("_case", "price", "advance", "months", "cycle", "then"),
    [
        ("4개월 이하, 선급금 없음", 300_000_000, 0, 3, 1, 300_000_000),
        ("꼭 4개월", 300_000_000, 60_000_000, 4, 2, 240_000_000),
        ("꼭 4개월이면 지급주기와 무관", 300_000_000, 60_000_000, 4, 3, 240_000_000),
        ("10개월, 매월 지급", 300_000_000, 60_000_000, 10, 1, 96_000_000),
        ("10개월, 2개월마다 지급", 300_000_000, 60_000_000, 10, 2, 96_000_000),
        ("10개월, 3개월마다 지급", 300_000_000, 60_000_000, 10, 3, 144_000_000),
        ("나누어떨어지지 않음", 300_000_000, 0, 7, 1, 171_428_572),
        ("5개월", 300_000_000, 0, 5, 1, 240_000_000),
        ("선급금이 전액", 300_000_000, 300_000_000, 10, 1, 0),
    ],
)
def test_subpay_minimum(_case: str, price: int, advance: int, months: int, cycle: int, then: int) -> None:
    assert subpay_minimum(price=price, advance=advance, months=months, cycle=cycle) == then


@pytest.mark.parametrize(
    ("price", "advance", "months", "cycle"),
    [(100, 101, 3, 1), (100, -1, 3, 1), (100, 0, 0, 1), (100, 0, 3, 0)],
)
def test_impossible_subcontract(price: int, advance: int, months: int, cycle: int) -> None:
    with pytest.raises(ValueError, match="impossible subcontract"):
        subpay_minimum(price=price, advance=advance, months=months, cycle=cycle)


@pytest.mark.parametrize(
    ("_case", "statutory", "contractual", "then"),
    [
        ("법정 비율이 더 큼", 15_000_000, 10_000_000, 15_000_000),
        ("계약이 더 큼", 15_000_000, 20_000_000, 20_000_000),
    ],
)
def test_largest_allowed(_case: str, statutory: int, contractual: int, then: int) -> None:
    assert largest_allowed(statutory=statutory, contractual=contractual) == then
