from dataclasses import replace
from datetime import date

import pytest

from guarantees.rules.amounts import (
    Asked,
    bounds,
    months_of,
    pct_min,
    subpay_minimum,
)


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
    ("_case", "starts_on", "ends_on", "then"),
    [
        ("하루", "2026-12-01", "2026-12-01", 1),
        ("한 달", "2026-12-01", "2026-12-31", 1),
        ("한 달에서 하루 넘침", "2026-12-01", "2027-01-01", 2),
        ("꼭 4개월", "2026-12-01", "2027-03-31", 4),
        ("4개월에서 하루 넘침", "2026-12-01", "2027-04-01", 5),
        ("달 가운데에서 달 가운데로", "2026-11-16", "2027-03-15", 4),
        ("2월 말까지", "2026-12-31", "2027-02-28", 2),
        ("열 달", "2026-12-01", "2027-09-30", 10),
        ("윤년 2월", "2027-10-30", "2028-02-29", 4),
        ("종료가 시작보다 앞", "2026-12-01", "2026-11-01", 1),
    ],
)
def test_months_of(_case: str, starts_on: str, ends_on: str, then: int) -> None:
    assert months_of(date.fromisoformat(starts_on), date.fromisoformat(ends_on)) == then


CONTRACT = Asked(family="contract", contract_amount=987_654_321, share_bp=1_500)


@pytest.mark.parametrize(
    ("_case", "changes", "least", "most"),
    [
        ("민간 원도급: 15%까지", {}, None, 148_148_149),
        ("공공 원도급: 15% 이상", {"is_public": True}, 148_148_149, 148_148_149),
        ("계약서가 20%를 정함", {"required": 197_530_865}, None, 197_530_865),
        ("공공인데 계약서가 더 적게 정함", {"is_public": True, "required": 1}, 148_148_149, 148_148_149),
        ("하도급은 발주자와 무관하게 10% 이상", {"is_subcontract": True}, 98_765_433, 148_148_149),
        ("하도급 비율이 5%로 낮아진 때", {"is_subcontract": True, "share_bp": 500}, 49_382_717, 49_382_717),
        ("1천만원 하도급은 의무 없음",
         {"is_subcontract": True, "contract_amount": 10_000_000}, None, 1_500_000),
        ("1천만 1원 하도급",
         {"is_subcontract": True, "contract_amount": 10_000_001}, 1_000_001, 1_500_001),
        ("공공 하도급 하자보수는 발주자의 법에 묶이지 않음",
         {"family": "defect", "share_bp": 200, "is_public": True, "is_subcontract": True}, None, 19_753_087),
        ("공공 하자보수 2%", {"family": "defect", "share_bp": 200, "is_public": True}, 19_753_087, 19_753_087),
        ("공사이행 40%", {"family": "performance", "share_bp": 4_000}, None, 395_061_729),
        ("입찰은 누구에게나 5%", {"family": "bid", "share_bp": 500}, 49_382_717, 49_382_717),
        ("비율이 없는 보증은 계약금액까지", {"family": "damages", "share_bp": None}, None, 987_654_321),
        ("비율은 없고 계약서에만", {"family": "damages", "share_bp": None, "required": 50_000_000},
         None, 50_000_000),
        ("계약금액을 아직 모름", {"contract_amount": None}, None, None),
        ("민간 선급금", {"family": "advance", "share_bp": None, "advance": 36_000_000}, None, 36_000_000),
        ("공공 선급금은 전액 이상",
         {"family": "advance", "share_bp": None, "advance": 36_000_000, "is_public": True},
         36_000_000, 36_000_000),
        ("약정 이자까지 정한 선급금",
         {"family": "advance", "share_bp": None, "advance": 36_000_000, "required": 37_080_000},
         None, 37_080_000),
    ],
)  # fmt: skip
def test_bounds(_case: str, changes: dict[str, object], least: int | None, most: int | None) -> None:
    found = bounds(replace(CONTRACT, **changes))  # type: ignore[arg-type]
    assert (found.least, found.most) == (least, most)


@pytest.mark.parametrize(
    ("_case", "price", "advance", "months", "cycle", "then"),
    [
        ("골든 1", 300_000_000, 0, 3, 1, 300_000_000),
        ("골든 2", 300_000_000, 60_000_000, 4, 2, 240_000_000),
        ("골든 3", 300_000_000, 60_000_000, 10, 1, 96_000_000),
        ("골든 4", 300_000_000, 60_000_000, 10, 3, 144_000_000),
        ("골든 5", 300_000_000, None, 7, 1, 171_428_572),
        ("1천만원까지는 의무가 없고 계약금액까지", 10_000_000, None, 3, 1, None),
        ("1천만 1원부터", 10_000_001, None, 3, 1, 10_000_001),
        ("8개월에 6개월마다 지급: 대금보다 많을 수 없음", 200_000_000, 50_000_000, 8, 6, 150_000_000),
        ("지급 주기를 모름", 300_000_000, None, 3, None, None),
    ],
)
def test_bounds_of_a_payment_guarantee(
    _case: str, price: int, advance: int | None, months: int, cycle: int | None, then: int | None
) -> None:
    asked = Asked(family="subcontract_payment", contract_amount=price, advance=advance, months=months, cycle=cycle)
    found = bounds(asked)
    assert (found.least, found.most) == (then, then or price)


def test_the_basis_shows_the_calculation() -> None:
    asked = Asked("subcontract_payment", 300_000_000, advance=60_000_000, months=10, cycle=3)
    assert bounds(asked).basis == (
        "하도급대금 300,000,000원에서 선급금 60,000,000원을 뺀 금액 × 6 ÷ 공사기간 10개월 (지급 주기 3개월)"
    )
    assert bounds(CONTRACT).basis == "계약금액 987,654,321원의 15%"


@pytest.mark.parametrize(
    ("_case", "changes", "then"),
    [
        ("법이 묶으면 그 금액", {"is_public": True, "required": 500_000_000}, 148_148_149),
        ("묶지 않아도 법정 금액", {"required": 197_530_865}, 148_148_149),
        ("법이 없으면 계약서", {"share_bp": None, "required": 50_000_000}, 50_000_000),
    ],
)
def test_the_amount_offered(_case: str, changes: dict[str, object], then: int) -> None:
    assert bounds(replace(CONTRACT, **changes)).offered == then  # type: ignore[arg-type]
