"""What becomes of money that came in: guarantees.rules.payments (S07)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from guarantees.rules.payments import SEOUL, Deposit, Verdict, end_of, judge

UNTIL = datetime(2026, 12, 1, 23, 59, 59, tzinfo=SEOUL)  # Tue
RIGHT: dict[str, Any] = {
    "amount": 418_190, "due": 418_190, "at": UNTIL - timedelta(days=1), "until": UNTIL, "is_open": True,
    "is_wanted": True, "is_paid": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "changes", "then"),
    [
        ("금액이 맞고 기한 안", {}, Verdict.PAID),
        ("1원 모자람", {"amount": 418_189}, Verdict.WRONG_AMOUNT),
        ("1원 넘침", {"amount": 418_191}, Verdict.WRONG_AMOUNT),
        ("기한의 마지막 초", {"at": UNTIL}, Verdict.PAID),
        ("기한 1초 뒤", {"at": UNTIL + timedelta(seconds=1)}, Verdict.LATE),
        ("기한 뒤이고 금액도 다름", {"at": UNTIL + timedelta(days=1), "amount": 1}, Verdict.LATE),
        ("기한이 없는 건", {"until": None, "at": UNTIL + timedelta(days=99)}, Verdict.PAID),
        ("주문이 이미 끝남", {"is_open": False}, Verdict.LATE),
        ("신청이 이미 끝남", {"is_wanted": False}, Verdict.LATE),
        ("이미 납부됨", {"is_paid": True, "is_open": False, "is_wanted": False}, Verdict.SURPLUS),
        ("이미 납부되고 기한 뒤", {"is_paid": True, "at": UNTIL + timedelta(days=1)}, Verdict.SURPLUS),
    ],
)
def test_judge(_case: str, changes: dict[str, Any], then: Verdict) -> None:
    assert judge(Deposit(**{**RIGHT, **changes})) is then


def test_the_last_second_of_a_day() -> None:
    assert end_of(date(2026, 12, 1)) == UNTIL
