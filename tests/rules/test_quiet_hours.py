"""Results wait from 22:00 to 07:00, notices to many from 20:00 to 08:00, members' own texts
from 21:00 to 08:00, e-mail and one-time codes never."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sms.rules.quiet_hours import earliest, is_open

SEOUL = ZoneInfo("Asia/Seoul")


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("_case", "channel", "purpose", "at", "then"),
    [
        ("결과, 금 21:59:59: 바로", "sms", "screening_result", "2026-11-20 21:59:59", "2026-11-20 21:59:59"),
        ("결과, 금 22:00: 다음 날 07:00", "sms", "screening_result", "2026-11-20 22:00", "2026-11-21 07:00"),
        ("결과, 토 06:59:59: 그날 07:00", "sms", "screening_result", "2026-11-21 06:59:59", "2026-11-21 07:00"),
        ("결과, 토 07:00: 바로", "sms", "screening_result", "2026-11-21 07:00", "2026-11-21 07:00"),
        ("결과, 토 00:00: 그날 07:00", "sms", "issued", "2026-11-21 00:00", "2026-11-21 07:00"),
        ("장문 결과도 같다", "lms", "released", "2026-11-20 23:30", "2026-11-21 07:00"),
        ("안내, 금 19:59:59: 바로", "sms", "expiry_notice", "2026-11-20 19:59:59", "2026-11-20 19:59:59"),
        ("안내, 금 20:00: 다음 날 08:00", "sms", "expiry_notice", "2026-11-20 20:00", "2026-11-21 08:00"),
        ("안내, 토 07:59:59: 그날 08:00", "sms", "expiry_notice", "2026-11-21 07:59:59", "2026-11-21 08:00"),
        ("안내, 토 08:00: 바로", "sms", "expiry_notice", "2026-11-21 08:00", "2026-11-21 08:00"),
        ("조합원이 쓴 문자, 금 20:59:59", "sms", "free_sms", "2026-11-20 20:59:59", "2026-11-20 20:59:59"),
        ("조합원이 쓴 문자, 금 21:00", "sms", "free_sms", "2026-11-20 21:00", "2026-11-21 08:00"),
        ("섣달그믐 밤 결과: 해를 넘긴다", "sms", "screening_result", "2026-12-31 23:00", "2027-01-01 07:00"),
        ("이메일은 밤에도", "email", "screening_result", "2026-11-20 23:30", "2026-11-20 23:30"),
        ("이메일 안내도 밤에", "email", "expiry_notice", "2026-11-21 03:00", "2026-11-21 03:00"),
        ("인증번호는 밤에도", "sms", "one_time_code", "2026-11-21 03:00", "2026-11-21 03:00"),
    ],
)
def test_earliest(_case: str, channel: str, purpose: str, at: str, then: str) -> None:
    assert earliest(channel, purpose, seoul(at)) == seoul(then)
    assert is_open(channel, purpose, seoul(at)) == (seoul(at) == seoul(then))


def test_the_hours_are_seoul_hours() -> None:
    night = datetime(2026, 11, 20, 13, 0, tzinfo=ZoneInfo("UTC"))  # 22:00 in Seoul
    assert earliest("sms", "screening_result", night) == datetime(2026, 11, 20, 22, 0, tzinfo=ZoneInfo("UTC"))
