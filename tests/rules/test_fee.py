"""Fees, endorsements and refunds: the golden values of DOMAIN §2.4."""

from datetime import date
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guarantees.rules.fee import (
    FeeTerms,
    RefundPolicy,
    days,
    endorsement_delta,
    fee,
    fee10,
    fee_raw,
    release_refund,
)
from tests.rules.closures import on

START, END = on("2026-12-01"), on("2027-06-30")
CONTRACT = FeeTerms(amount=120_000_000, starts_on=START, ends_on=END, base_ppm=6_000)


def terms(
    amount: int, starts_on: str, ends_on: str, base_ppm: int = 6_000, add_ppm: int = 0, disc_bp: int = 0
) -> FeeTerms:
    return FeeTerms(amount, on(starts_on), on(ends_on), base_ppm, add_ppm, disc_bp)


@pytest.mark.parametrize(
    ("_case", "starts_on", "ends_on", "count"),
    [
        ("하루", "2026-12-01", "2026-12-01", 1),
        ("이틀", "2026-12-01", "2026-12-02", 2),
        ("일곱 달", "2026-12-01", "2027-06-30", 212),
        ("열 달", "2026-12-01", "2027-09-30", 304),
        ("평년", "2026-01-01", "2026-12-31", 365),
        ("윤년", "2028-01-01", "2028-12-31", 366),
    ],
)
def test_days(_case: str, starts_on: str, ends_on: str, count: int) -> None:
    assert days(on(starts_on), on(ends_on)) == count


@pytest.mark.parametrize(
    ("_case", "given_terms", "raw", "paid"),
    [
        ("계약보증 212일", CONTRACT, 418_191, 418_190),
        ("10% 할인", terms(120_000_000, "2026-12-01", "2027-06-30", disc_bp=1_000), 376_372, 376_370),
        ("최저 수수료", terms(3_000_000, "2026-12-01", "2026-12-30"), 1_479, 5_000),
        ("1년", terms(100_000_000, "2026-01-01", "2026-12-31"), 600_000, 600_000),
        ("하루", terms(500_000_000, "2026-12-01", "2026-12-01"), 8_219, 8_210),
        ("윤년도 365로 나눔", terms(100_000_000, "2028-01-01", "2028-12-31"), 601_643, 601_640),
        ("가산율", terms(100_000_000, "2026-01-01", "2026-12-31", add_ppm=500), 650_000, 650_000),
        ("감산율", terms(100_000_000, "2026-01-01", "2026-12-31", add_ppm=-500), 550_000, 550_000),
        (
            "요율은 0 아래로 가지 않음",
            terms(100_000_000, "2026-01-01", "2026-12-31", add_ppm=-7_000),
            0,
            5_000,
        ),
        ("최저 수수료와 같음", terms(833_400, "2026-01-01", "2026-12-31"), 5_000, 5_000),
        ("최저 수수료 바로 위", terms(835_000, "2026-01-01", "2026-12-31"), 5_010, 5_010),
        ("전액 할인", terms(100_000_000, "2026-01-01", "2026-12-31", disc_bp=10_000), 0, 5_000),
    ],
)
def test_fee(_case: str, given_terms: FeeTerms, raw: int, paid: int) -> None:
    assert fee_raw(given_terms) == raw
    assert fee(given_terms, minimum=5_000) == paid


@pytest.mark.parametrize("ends_on", ["2026-12-01", "2027-06-30"])
def test_bid_fee_is_per_case(ends_on: str) -> None:
    bid = FeeTerms(55_000_000, START, on(ends_on), 300, per_case=True)
    assert fee(bid, minimum=5_000) == 16_500


def test_the_minimum_fee_is_a_parameter() -> None:
    small = terms(3_000_000, "2026-12-01", "2026-12-30")
    assert fee(small, minimum=10_000) == 10_000
    assert fee(small, minimum=0) == 1_470


@pytest.mark.parametrize(
    ("_case", "amount", "ends_on", "disc_bp"),
    [
        ("음수 금액", -1, "2027-06-30", 0),
        ("종료일이 시작일보다 앞", 1, "2026-11-30", 0),
        ("음수 할인", 1, "2027-06-30", -1),
        ("10할을 넘는 할인", 1, "2027-06-30", 10_001),
    ],
)
def test_impossible_terms(_case: str, amount: int, ends_on: str, disc_bp: int) -> None:
    with pytest.raises(ValueError, match="impossible terms"):
        terms(amount, "2026-12-01", ends_on, disc_bp=disc_bp)


@given(
    amount=st.integers(0, 10**12),
    length=st.integers(0, 3_650),
    ppm=st.integers(0, 20_000),
    add=st.integers(-5_000, 5_000),
    disc=st.integers(0, 10_000),
)
def test_fee_is_the_exact_fraction_rounded_down(amount: int, length: int, ppm: int, add: int, disc: int) -> None:
    ends_on = date.fromordinal(START.toordinal() + length)
    rate = Fraction(max(0, ppm + add), 10**6) * Fraction(10_000 - disc, 10_000)
    exact = amount * rate * Fraction(length + 1, 365)
    assert fee10(FeeTerms(amount, START, ends_on, ppm, add, disc)) == floor(exact / 10) * 10


@pytest.mark.parametrize(
    ("_case", "amount", "ends_on", "delta"),
    [
        ("연장", 120_000_000, "2027-09-30", 181_480),
        ("단축", 120_000_000, "2027-03-31", -179_510),
        ("증액", 150_000_000, "2027-06-30", 104_540),
        ("바뀐 것 없음", 120_000_000, "2027-06-30", 0),
        ("1,000원 미만은 받지 않음", 120_280_000, "2027-06-30", 0),
        ("1,000원 미만은 돌려주지 않음", 119_720_000, "2027-06-30", 0),
        ("1,000원부터 받음", 120_290_000, "2027-06-30", 1_010),
    ],
)
def test_endorsement_delta(_case: str, amount: int, ends_on: str, delta: int) -> None:
    changed = endorsement_delta(CONTRACT, amount=amount, starts_on=START, ends_on=on(ends_on), minimum_delta=1_000)
    assert changed == delta


def test_endorsement_does_not_apply_the_minimum_again() -> None:
    small = terms(3_000_000, "2026-12-01", "2026-12-30")
    longer = endorsement_delta(
        small, amount=3_000_000, starts_on=START, ends_on=on("2027-01-29"), minimum_delta=1_000
    )
    assert longer == 2_950 - 1_470


@pytest.mark.parametrize(("least", "delta"), [(1_480, 1_480), (1_481, 0)])
def test_the_least_delta_is_a_parameter(least: int, delta: int) -> None:
    small = terms(3_000_000, "2026-12-01", "2026-12-30")
    ends_on = on("2027-01-29")
    assert (
        endorsement_delta(small, amount=3_000_000, starts_on=START, ends_on=ends_on, minimum_delta=least) == delta
    )


@pytest.mark.parametrize(
    ("_case", "released_on", "policy", "refund"),
    [
        ("환불하지 않는 정책", "2027-03-31", RefundPolicy.NONE, 0),
        ("남은 91일", "2027-03-31", RefundPolicy.PRO_RATA, 179_500),
        ("마지막 전날, 하루 남음", "2027-06-29", RefundPolicy.PRO_RATA, 1_970),
        ("마지막 날", "2027-06-30", RefundPolicy.PRO_RATA, 0),
        ("끝난 뒤", "2027-07-15", RefundPolicy.PRO_RATA, 0),
        ("첫날", "2026-12-01", RefundPolicy.PRO_RATA, 416_210),
        ("시작 전", "2026-11-20", RefundPolicy.PRO_RATA, 418_190),
    ],
)
def test_release_refund(_case: str, released_on: str, policy: RefundPolicy, refund: int) -> None:
    assert (
        release_refund(418_190, starts_on=START, ends_on=END, released_on=on(released_on), policy=policy) == refund
    )
