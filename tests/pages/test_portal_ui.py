"""How amounts, dates, numbers and states are written on the pages."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.templatetags import portal_ui


@pytest.mark.parametrize(
    ("_case", "value", "then"),
    [
        ("일요일", date(2027, 11, 21), "2027. 11. 21.(일)"),
        ("월요일", date(2026, 1, 5), "2026. 1. 5.(월)"),
        ("UTC 15시는 서울의 다음 날", datetime(2026, 11, 20, 15, 0, tzinfo=UTC), "2026. 11. 21.(토)"),
        ("UTC 14시 59분은 서울의 같은 날", datetime(2026, 11, 20, 14, 59, tzinfo=UTC), "2026. 11. 20.(금)"),
        ("없는 날짜", None, ""),
    ],
)
def test_korean_date(_case: str, value: date | None, then: str) -> None:
    assert portal_ui.korean_date(value) == then


def test_korean_datetime_is_read_in_seoul() -> None:
    instant = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)
    assert portal_ui.korean_datetime(instant) == "2026. 11. 21.(토) 00:05"


@pytest.mark.parametrize(
    ("_case", "length", "then"),
    [
        ("잠금 시간", timedelta(minutes=10), "10분"),
        ("시간과 분", timedelta(minutes=90), "1시간 30분"),
        ("꼭 한 시간", timedelta(hours=1), "1시간"),
        ("1분이 안 되면", timedelta(seconds=59), "0분"),
    ],
)
def test_length_of_time(_case: str, length: timedelta, then: str) -> None:
    assert portal_ui.in_korean(length) == then


@pytest.mark.parametrize(
    ("_case", "used", "total", "then"),
    [
        ("한도 97%", 3_880_000_000, 4_000_000_000, 97),
        ("버림", 999, 1000, 99),
        ("한도 초과는 100에서 멈춤", 1001, 1000, 100),
        ("한도가 없으면 다 찬 것", 0, 0, 100),
    ],
)
def test_share_of_the_limit(_case: str, used: int, total: int, then: int) -> None:
    assert portal_ui.percent_of(used, total) == then


@pytest.mark.parametrize(
    ("_case", "state", "then"),
    [
        ("심사 중", "in_review", "info"),
        ("기간이 끝나도 해제할 일이 남음", "expired", "warn"),
        ("해제", "released", "done"),
        ("반려", "rejected", "danger"),
        ("모르는 상태", "draft", "neutral"),
        ("없음", None, "neutral"),
    ],
)
def test_tone_of_a_state(_case: str, state: str | None, then: str) -> None:
    assert portal_ui.tone(state) == then


def test_numbers_that_are_not_plain_digits_stay_as_they_are() -> None:
    assert portal_ui.business_number("9018112019") == "901-81-12019"
    assert portal_ui.business_number("901-**-***19") == "901-**-***19"
    assert portal_ui.mobile("01000001000") == "010-0000-1000"
    assert portal_ui.mobile("010-****-1000") == "010-****-1000"
    assert portal_ui.mobile(None) == ""


def test_days_of_a_period_count_both_ends() -> None:
    assert portal_ui.days_with(date(2026, 11, 23), date(2026, 11, 23)) == 1
    assert portal_ui.days_with(date(2026, 11, 23), date(2027, 11, 21)) == 364
