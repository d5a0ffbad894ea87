"""언제 얼마가 풀리나: 자동 해제와 해제 신청이 필요한 것을 나눈다 (S23)."""

from datetime import date

import pytest

from guarantees.rules.forecast import Ending, Freed, forecast, free_on

TODAY = date(2026, 11, 20)  # Fri
AUTO, ASKED = True, False
NOW, LATER = "now", "later"


@pytest.mark.parametrize(
    ("_case", "ends_on", "is_automatic", "row"),
    [
        ("어제 끝남, 신청하면 바로", date(2026, 11, 19), ASKED, NOW),
        ("오늘까지 유효", date(2026, 11, 20), ASKED, date(2026, 11, 1)),
        ("어제 끝난 자동 해제, 청구로 막혔거나 아직 안 돎", date(2026, 11, 19), AUTO, NOW),
        ("이달 말일에 끝남", date(2026, 11, 30), ASKED, date(2026, 11, 1)),
        ("이달 말일에 끝나는 자동 해제는 다음 달 1일", date(2026, 11, 30), AUTO, date(2026, 12, 1)),
        ("다음 달 1일", date(2026, 12, 1), ASKED, date(2026, 12, 1)),
        ("해를 넘김", date(2026, 12, 31), AUTO, date(2027, 1, 1)),
        ("열두째 달 끝", date(2027, 10, 31), ASKED, date(2027, 10, 1)),
        ("열두째 달 끝의 자동 해제는 그 뒤", date(2027, 10, 31), AUTO, LATER),
        ("열셋째 달", date(2027, 11, 1), ASKED, LATER),
    ],
)
def test_row_of_an_ending(_case: str, ends_on: date, is_automatic: bool, row: object) -> None:
    found = forecast([Ending(ends_on, is_automatic, 100)], today=TODAY, months=12)
    filled = {NOW: found.now, LATER: found.later, **{one.month: one for one in found.months}}
    assert {name for name, one in filled.items() if one.won} == {row}
    assert (filled[row].automatic, filled[row].by_request) == ((100, 0) if is_automatic else (0, 100))


def test_twelve_months_from_the_present_one_on() -> None:
    months = [row.month for row in forecast([], today=TODAY, months=12).months]
    assert months == [date(2026, 11, 1), date(2026, 12, 1), *(date(2027, month, 1) for month in range(1, 11))]


def test_a_month_adds_up() -> None:
    endings = [
        Ending(date(2026, 12, 4), ASKED, 120_000_000),
        Ending(date(2026, 12, 30), ASKED, 30_000_000, count=2),
        Ending(date(2026, 12, 30), AUTO, 7_000_000),
        Ending(date(2026, 12, 31), AUTO, 5_000_000),  # free on 1 January
    ]
    found = forecast(endings, today=TODAY, months=3)
    december, january = (
        Freed(date(2026, 12, 1), 7_000_000, 150_000_000, 4),
        Freed(date(2027, 1, 1), 5_000_000, 0, 1),
    )
    assert found.months == (Freed(date(2026, 11, 1)), december, january)
    assert (december.won, january.won) == (157_000_000, 5_000_000)
    assert (found.now, found.later) == (Freed(None), Freed(None))


@pytest.mark.parametrize(
    ("_case", "is_automatic", "then"),
    [("자동 해제는 다음 날", AUTO, date(2028, 3, 1)), ("신청하면 그날", ASKED, date(2028, 2, 29))],
)
def test_free_on(_case: str, is_automatic: bool, then: date) -> None:
    assert free_on(Ending(date(2028, 2, 29), is_automatic, 1)) == then
