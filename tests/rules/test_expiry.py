"""The expiry notice's dates: DOMAIN §5.4 holiday walks and §5.5 cases, by their numbers."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guarantees.rules.expiry import is_late, qualifies, send_date, target_date, window
from portal.businessdays.rules import BusinessCalendar
from tests.rules.closures import KR_BANK, on

FIRST, LAST = date(2024, 1, 2), date(2030, 12, 20)
DAY = timedelta(days=1)


def days_between(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def run_that_takes(
    ends_on: date, runs: list[date], calendar: BusinessCalendar = KR_BANK
) -> tuple[date, bool] | None:
    """The first of `runs` to take a guarantee nobody has been notified of, and whether it is late."""
    for run in runs:
        taken = window(run, calendar)
        if taken and taken.takes(ends_on):
            return run, is_late(ends_on, run)
    return None


@pytest.mark.parametrize(
    ("_case", "ends_on", "target", "sent"),
    [
        ("1 평일", "2026-12-31", "2026-12-16 Wed", "2026-12-16 Wed"),
        ("2 금요일", "2026-12-05", "2026-11-20 Fri", "2026-11-20 Fri"),
        ("3 토요일은 금요일로", "2026-12-06", "2026-11-21 Sat", "2026-11-20 Fri"),
        ("4 일요일은 금요일로", "2026-12-07", "2026-11-22 Sun", "2026-11-20 Fri"),
        ("5 월요일", "2026-12-08", "2026-11-23 Mon", "2026-11-23 Mon"),
        ("6 성탄절", "2027-01-09", "2026-12-25 Fri", "2026-12-24 Thu"),
        ("7 성탄절 뒤 일요일", "2027-01-11", "2026-12-27 Sun", "2026-12-24 Thu"),
        ("8 증권시장만 쉬는 날", "2027-01-15", "2026-12-31 Thu", "2026-12-31 Thu"),
        ("10 추석 전날", "2026-10-08", "2026-09-23 Wed", "2026-09-23 Wed"),
        ("10 추석 당일", "2026-10-10", "2026-09-25 Fri", "2026-09-23 Wed"),
        ("10 추석 뒤 일요일", "2026-10-12", "2026-09-27 Sun", "2026-09-23 Wed"),
        ("10 추석 뒤 월요일", "2026-10-13", "2026-09-28 Mon", "2026-09-28 Mon"),
        ("11 설 연휴 마지막 날", "2026-03-05", "2026-02-18 Wed", "2026-02-13 Fri"),
        ("11 설 연휴 다음 날", "2026-03-06", "2026-02-19 Thu", "2026-02-19 Thu"),
        ("12 설 대체공휴일", "2027-02-24", "2027-02-09 Tue", "2027-02-05 Fri"),
        ("12 설 대체공휴일 다음 날", "2027-02-25", "2027-02-10 Wed", "2027-02-10 Wed"),
        ("15 노동절", "2026-05-16", "2026-05-01 Fri", "2026-04-30 Thu"),
        ("19 윤일", "2024-03-15", "2024-02-29 Thu", "2024-02-29 Thu"),
        ("19 다음 윤일", "2028-03-15", "2028-02-29 Tue", "2028-02-29 Tue"),
        ("24 연장한 종료일", "2027-03-31", "2027-03-16 Tue", "2027-03-16 Tue"),
    ],
)
def test_send_date(_case: str, ends_on: str, target: str, sent: str) -> None:
    assert target_date(on(ends_on)) == on(target)
    assert send_date(on(ends_on), KR_BANK) == on(sent)


@pytest.mark.parametrize(
    ("_case", "run", "first_end", "last_end"),
    [
        ("평일", "2026-11-24 Tue", "2026-12-09", "2026-12-09"),
        ("금요일은 주말까지", "2026-11-20 Fri", "2026-12-05", "2026-12-07"),
        ("2026 설", "2026-02-13 Fri", "2026-02-28", "2026-03-05"),
        ("2026 추석", "2026-09-23 Wed", "2026-10-08", "2026-10-12"),
        ("2027 설", "2027-02-05 Fri", "2027-02-20", "2027-02-24"),
        ("2025 추석, 여드레", "2025-10-02 Thu", "2025-10-17", "2025-10-24"),
        ("2028 추석", "2028-09-29 Fri", "2028-10-14", "2028-10-20"),
        ("2027 노동절 대체공휴일", "2027-04-30 Fri", "2027-05-15", "2027-05-18"),
    ],
)
def test_window(_case: str, run: str, first_end: str, last_end: str) -> None:
    taken = window(on(run), KR_BANK)
    assert taken is not None
    assert (taken.first_end, taken.last_end) == (on(first_end), on(last_end))
    assert taken.earliest_end == on(run) + DAY


@pytest.mark.parametrize("run", ["2026-11-21 Sat", "2026-09-24 Thu", "2026-05-01 Fri"])
def test_no_run_on_a_day_that_is_no_business_day(run: str) -> None:
    assert window(on(run), KR_BANK) is None


def test_every_target_of_seven_years_falls_into_exactly_one_run() -> None:
    """fault-30: leap days, year ends, long holidays, substitutes."""
    covered: Counter[date] = Counter()
    longest = (0, FIRST)
    for run in days_between(FIRST, LAST):
        if taken := window(run, KR_BANK):
            ends = days_between(taken.first_end, taken.last_end)
            covered.update(target_date(end) for end in ends)
            longest = max(longest, (len(ends), run))
    assert {day: n for day, n in covered.items() if n != 1} == {}
    assert set(days_between(FIRST, LAST)) <= covered.keys()
    assert longest == (8, on("2025-10-02 Thu"))


CLOSED_DAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 31)), max_size=25)
ENDS = st.dates(date(2026, 1, 30), date(2026, 3, 20))
ALL_RUNS = days_between(date(2025, 12, 1), date(2026, 4, 30))


@given(ends_on=st.dates(FIRST + 15 * DAY, LAST + 15 * DAY))
def test_run_and_send_date_agree(ends_on: date) -> None:
    """The window of a run and the send date of a guarantee are two ways to say the same."""
    sent = send_date(ends_on, KR_BANK)
    runs_in_time = [
        run
        for run in days_between(target_date(ends_on) - 20 * DAY, target_date(ends_on) + 20 * DAY)
        if (taken := window(run, KR_BANK)) and taken.first_end <= ends_on <= taken.last_end
    ]
    assert runs_in_time == [sent]
    assert sent <= target_date(ends_on)
    assert not is_late(ends_on, sent)


@given(closures=CLOSED_DAYS, ends_on=ENDS)
def test_whatever_is_closed_the_notice_is_never_late(closures: frozenset[date], ends_on: date) -> None:
    calendar = BusinessCalendar(closures, None)
    assert run_that_takes(ends_on, ALL_RUNS, calendar) == (send_date(ends_on, calendar), False)


@given(ends_on=ENDS, missed=st.sets(st.sampled_from(ALL_RUNS)))
def test_missed_runs_are_caught_up_at_the_next_one(ends_on: date, missed: set[date]) -> None:
    sent = send_date(ends_on, KR_BANK)
    held = [run for run in ALL_RUNS if run not in missed and KR_BANK.is_business_day(run)]
    in_time_or_after = [run for run in held if sent <= run < ends_on]
    taken = run_that_takes(ends_on, held)
    if not in_time_or_after:
        assert taken is None
    else:
        assert taken == (in_time_or_after[0], in_time_or_after[0] != sent)


@given(ends_on=ENDS, closures=CLOSED_DAYS, declared_on=st.sampled_from(ALL_RUNS))
def test_holidays_declared_late_lose_no_notice(
    ends_on: date, closures: frozenset[date], declared_on: date
) -> None:
    """Runs before the declaration do not know the new closures; the next run takes what they left."""
    before, after = BusinessCalendar(frozenset(), None), BusinessCalendar(closures, None)
    takers = []
    for run in ALL_RUNS:
        taken = window(run, before if run < declared_on else after)
        if taken and taken.takes(ends_on):
            takers.append(run)
    open_days = [d for d in days_between(declared_on, ends_on - DAY) if after.is_business_day(d)]
    assert takers or not open_days
    if takers and takers[0] > declared_on:
        first_knowing = after.next_after(declared_on - DAY)
        assert not is_late(ends_on, takers[0]) or takers[0] == first_knowing


@pytest.mark.parametrize(
    ("_case", "ends_on", "run", "late"),
    [
        ("20 새 휴일이 목표일", "2025-02-11", "2025-01-24 Fri", False),
        ("20 휴일 앞 금요일", "2025-02-08", "2025-01-24 Fri", False),
        ("20 연휴 마지막 날", "2025-02-14", "2025-01-24 Fri", False),
        ("20 연휴 다음 날", "2025-02-15", "2025-01-31 Fri", False),
    ],
)
def test_20_temporary_holiday_declared_on_january_14(_case: str, ends_on: str, run: str, late: bool) -> None:
    runs = days_between(on("2025-01-14 Tue"), on("2025-02-14 Fri"))
    assert run_that_takes(on(ends_on), runs) == (on(run), late)


def test_20_declared_only_after_that_fridays_run() -> None:
    unaware = BusinessCalendar(KR_BANK.closures - {on("2025-01-27 Mon")}, None)
    ends_on = on("2025-02-11")
    friday = on("2025-01-24 Fri")
    assert run_that_takes(ends_on, [friday], unaware) is None
    assert run_that_takes(ends_on, [friday], KR_BANK) == (friday, False)
    assert run_that_takes(ends_on, [on("2025-01-31 Fri")], KR_BANK) == (on("2025-01-31 Fri"), True)


@pytest.mark.parametrize(
    ("_case", "ends_on", "run", "late"),
    [
        ("22 금요일분", "2026-12-05", "2026-11-23 Mon", True),
        ("22 토요일분", "2026-12-06", "2026-11-23 Mon", True),
        ("22 일요일분", "2026-12-07", "2026-11-23 Mon", True),
        ("22 월요일분은 제때", "2026-12-08", "2026-11-23 Mon", False),
        ("22 화요일분은 다음 날", "2026-12-09", "2026-11-24 Tue", False),
    ],
)
def test_22_outage_on_friday(_case: str, ends_on: str, run: str, late: bool) -> None:
    runs = days_between(on("2026-11-21 Sat"), on("2026-12-31 Thu"))
    assert run_that_takes(on(ends_on), runs) == (on(run), late)


@pytest.mark.parametrize(
    ("_case", "runs", "taken"),
    [
        ("그날 낮 실행", ["2026-11-23 Mon", "2026-11-24 Tue"], "2026-11-23 Mon"),
        ("낮 실행이 없으면 다음 날", ["2026-11-24 Tue"], "2026-11-24 Tue"),
    ],
)
def test_23_issued_eight_days_before_the_end(_case: str, runs: list[str], taken: str) -> None:
    assert run_that_takes(on("2026-12-01"), [on(run) for run in runs]) == (on(taken), True)


@pytest.mark.parametrize(
    ("_case", "run", "taken"),
    [
        ("종료 전날까지 따라잡음", "2026-12-07 Mon", (date(2026, 12, 7), True)),
        ("종료일에는 보내지 않음", "2026-12-08 Tue", None),
        ("종료일 뒤에도 보내지 않음", "2026-12-09 Wed", None),
    ],
)
def test_outage_until_the_end(_case: str, run: str, taken: tuple[date, bool] | None) -> None:
    assert run_that_takes(on("2026-12-08 Tue"), [on(run)]) == taken


@pytest.mark.parametrize(
    ("_case", "expiry_sms", "outstanding", "then"),
    [
        ("28 1천만원", True, 10_000_000, True),
        ("28 1천만원에 1원 모자람", True, 9_999_999, False),
        ("30 일부 해제 후 8백만원", True, 8_000_000, False),
        ("31 입찰·하자보증", False, 50_000_000, False),
    ],
)
def test_qualifies(_case: str, expiry_sms: bool, outstanding: int, then: bool) -> None:
    assert qualifies(expiry_sms=expiry_sms, outstanding=outstanding) is then
