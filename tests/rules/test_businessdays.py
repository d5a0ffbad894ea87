from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.businessdays.rules import BusinessCalendar, last_day_of_months
from tests.rules.closures import KR_BANK, on

DAYS = st.dates(date(2024, 1, 2), date(2030, 12, 20))


@pytest.mark.parametrize(("year", "count"), [(2025, 243), (2026, 245), (2027, 246)])
def test_business_days_of_a_year(year: int, count: int) -> None:
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range(365))
    assert sum(KR_BANK.is_business_day(day) for day in days) == count


@pytest.mark.parametrize(
    ("_case", "day", "is_open"),
    [
        ("평일", "2026-11-23 Mon", True),
        ("토요일", "2026-11-21 Sat", False),
        ("일요일", "2026-11-22 Sun", False),
        ("2026년 노동절", "2026-05-01 Fri", False),
        ("법 개정 전 노동절도 은행 휴무", "2025-05-01 Thu", False),
        ("제헌절이 공휴일이 되기 전", "2025-07-17 Thu", True),
        ("다시 공휴일이 된 제헌절", "2026-07-17 Fri", False),
        ("제헌절 대체공휴일", "2027-07-19 Mon", False),
        ("노동절 대체공휴일", "2027-05-03 Mon", False),
        ("토요일과 겹친 현충일에는 대체공휴일이 없음", "2026-06-08 Mon", True),
        ("토요일이 낀 추석 연휴에는 대체공휴일이 없음", "2026-09-28 Mon", True),
        ("임시공휴일", "2025-01-27 Mon", False),
        ("증권시장만 쉬는 연말", "2026-12-31 Thu", True),
        ("성탄절 대체공휴일", "2027-12-27 Mon", False),
    ],
)
def test_is_business_day(_case: str, day: str, is_open: bool) -> None:
    assert KR_BANK.is_business_day(on(day)) is is_open


@pytest.mark.parametrize(
    ("_case", "day", "before", "after"),
    [
        ("평일", "2026-11-24 Tue", "2026-11-24 Tue", "2026-11-25 Wed"),
        ("금요일", "2026-11-20 Fri", "2026-11-20 Fri", "2026-11-23 Mon"),
        ("토요일", "2026-11-21 Sat", "2026-11-20 Fri", "2026-11-23 Mon"),
        ("설 연휴", "2026-02-17 Tue", "2026-02-13 Fri", "2026-02-19 Thu"),
        ("가장 긴 연휴", "2025-10-05 Sun", "2025-10-02 Thu", "2025-10-10 Fri"),
        ("해를 넘김", "2027-01-01 Fri", "2026-12-31 Thu", "2027-01-04 Mon"),
        ("윤일", "2028-02-29 Tue", "2028-02-29 Tue", "2028-03-02 Thu"),
    ],
)
def test_neighbouring_business_days(_case: str, day: str, before: str, after: str) -> None:
    assert KR_BANK.on_or_before(on(day)) == on(before)
    assert KR_BANK.next_after(on(day)) == on(after)


@pytest.mark.parametrize(
    ("_case", "day", "n", "then"),
    [
        ("다음 영업일", "2026-11-23 Mon", 1, "2026-11-24 Tue"),
        ("주말을 건너뜀", "2026-11-20 Fri", 1, "2026-11-23 Mon"),
        ("휴일에서 시작", "2026-11-22 Sun", 1, "2026-11-23 Mon"),
        ("추석을 건너뜀", "2026-09-23 Wed", 2, "2026-09-29 Tue"),
    ],
)
def test_add(_case: str, day: str, n: int, then: str) -> None:
    assert KR_BANK.add(on(day), n) == on(then)


@pytest.mark.parametrize("n", [0, -1])
def test_add_counts_forward_only(n: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        KR_BANK.add(date(2026, 11, 23), n)


@given(day=DAYS, n=st.integers(1, 20))
def test_add_passes_exactly_n_business_days(day: date, n: int) -> None:
    end = KR_BANK.add(day, n)
    passed = [day + timedelta(days=k) for k in range(1, (end - day).days + 1)]
    assert sum(KR_BANK.is_business_day(d) for d in passed) == n
    assert KR_BANK.is_business_day(end)


@pytest.mark.parametrize(
    ("_case", "covered_until", "day", "covered"),
    [
        ("마지막 날", date(2027, 12, 31), "2027-12-31", True),
        ("그다음 날", date(2027, 12, 31), "2028-01-01", False),
        ("등록된 해가 없음", None, "2026-11-23", False),
    ],
)
def test_covers(_case: str, covered_until: date | None, day: str, covered: bool) -> None:
    assert BusinessCalendar(frozenset(), covered_until).covers(on(day)) is covered


def test_a_year_nobody_registered_knows_weekends_only() -> None:
    calendar = BusinessCalendar(frozenset(), None)
    assert calendar.is_business_day(on("2026-12-25 Fri"))
    assert not calendar.is_business_day(on("2026-12-26 Sat"))


@pytest.mark.parametrize(
    ("_case", "after", "months", "last"),
    [
        ("한 해", "2026-03-10", 12, "2027-03-10"),
        ("윤년의 2월 말일", "2027-02-28", 12, "2028-02-29"),
        ("끝나는 해에 2월 29일이 없음", "2028-02-28", 12, "2029-02-28"),
        ("윤일에서 시작", "2028-02-29", 12, "2029-02-28"),
        ("연말", "2026-12-31", 12, "2027-12-31"),
        ("해당일이 없는 달로 끝남", "2026-08-30", 6, "2027-02-28"),
        ("12월에 끝남", "2026-11-29", 1, "2026-12-29"),
        ("11월 31일은 없음", "2026-10-30", 1, "2026-11-30"),
    ],
)
def test_last_day_of_months(_case: str, after: str, months: int, last: str) -> None:
    assert last_day_of_months(on(after), months) == on(last)
