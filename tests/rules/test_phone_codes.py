"""A one-time code lives three minutes and bears five wrong entries (S32)."""

from datetime import datetime, timedelta

import pytest

from sms.rules.phone_codes import Verdict, verdict

SENT = datetime.fromisoformat("2026-11-23T10:00:00+09:00")  # 월
LAST = timedelta(minutes=3) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("_case", "matches", "after", "tries", "then"),
    [
        ("바로 맞음", True, timedelta(0), 0, Verdict.RIGHT),
        ("3분이 되기 직전", True, LAST, 0, Verdict.RIGHT),
        ("3분", True, timedelta(minutes=3), 0, Verdict.TOO_LATE),
        ("틀림", False, timedelta(minutes=1), 0, Verdict.WRONG),
        ("네 번 틀린 뒤 맞음", True, timedelta(minutes=1), 4, Verdict.RIGHT),
        ("네 번 틀린 뒤 또 틀림", False, timedelta(minutes=1), 4, Verdict.WRONG),
        ("다섯 번 틀린 뒤에는 맞아도", True, timedelta(minutes=1), 5, Verdict.TOO_MANY),
        ("틀리고 늦음", False, timedelta(minutes=4), 0, Verdict.TOO_LATE),
    ],
)
def test_verdict(_case: str, matches: bool, after: timedelta, tries: int, then: Verdict) -> None:
    assert verdict(matches=matches, sent_at=SENT, tries=tries, at=SENT + after) is then
