"""Validity and price of mileage: DOMAIN §6.1 rule 2 and §6.2, by their numbers."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.rules.mileage import SEOUL, announced_early_enough, cost, expires_at, last_usable_day
from tests.rules.closures import on


@pytest.mark.parametrize(
    ("_case", "earned", "months", "last"),
    [
        ("규칙 2", "2026-03-10", 12, "2027-03-10"),
        ("1 발급일", "2026-11-22", 12, "2027-11-22"),
        ("6 윤년의 2월 말일까지", "2027-02-28", 12, "2028-02-29"),
        ("6 윤년의 2월 28일", "2028-02-28", 12, "2029-02-28"),
        ("6 윤일", "2028-02-29", 12, "2029-02-28"),
        ("6 연말", "2026-12-31", 12, "2027-12-31"),
        ("10 토요일이어도 그대로", "2026-01-10 Sat", 12, "2027-01-10 Sun"),
        ("16 옛 정책의 마지막 적립", "2026-12-31", 12, "2027-12-31"),
        ("16 6개월 정책의 첫 적립", "2027-01-01", 6, "2027-07-01"),
    ],
)
def test_last_usable_day(_case: str, earned: str, months: int, last: str) -> None:
    assert last_usable_day(on(earned), months) == on(last)


@pytest.mark.parametrize(
    ("_case", "earned", "gone_at"),
    [
        ("1 발급일", "2026-11-22", datetime(2027, 11, 23, tzinfo=SEOUL)),
        ("5 서울의 자정, 세계시로는 전날 15시", "2026-03-10", datetime(2027, 3, 10, 15, tzinfo=UTC)),
        ("10 환불되어도 그대로", "2026-01-10", datetime(2027, 1, 11, tzinfo=SEOUL)),
    ],
)
def test_expires_at(_case: str, earned: str, gone_at: datetime) -> None:
    assert expires_at(on(earned)) == gone_at


@pytest.mark.parametrize(
    ("_case", "at", "usable"),
    [
        ("5 마지막 1초", datetime(2027, 3, 10, 23, 59, 59, tzinfo=SEOUL), True),
        ("5 자정", datetime(2027, 3, 11, tzinfo=SEOUL), False),
    ],
)
def test_usable_until_midnight(_case: str, at: datetime, usable: bool) -> None:
    assert (at < expires_at(on("2026-03-10"))) is usable


@given(earned=st.dates(date(2010, 1, 1), date(2090, 1, 1)))
def test_a_year_is_never_shorter_than_365_days_nor_shrinks(earned: date) -> None:
    last = last_usable_day(earned)
    assert (last - earned).days in {365, 366}
    assert last_usable_day(earned + timedelta(days=1)) >= last


@pytest.mark.parametrize(("kind", "calls"), [("sms", 1), ("lms", 3)])
def test_cost(kind: Literal["sms", "lms"], calls: int) -> None:
    assert cost(kind) == calls


@pytest.mark.parametrize(
    ("_case", "published", "effective", "then"),
    [
        ("16 31일 전", "2026-12-01", "2027-01-01", True),
        ("꼭 30일 전", "2026-12-02", "2027-01-01", True),
        ("29일 전", "2026-12-03", "2027-01-01", False),
        ("17 22일 전", "2026-12-10", "2027-01-01", False),
    ],
)
def test_announced_early_enough(_case: str, published: str, effective: str, then: bool) -> None:
    assert announced_early_enough(published_on=on(published), effective_on=on(effective)) is then
