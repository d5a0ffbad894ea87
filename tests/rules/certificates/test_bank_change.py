"""Where a member stands who changes his bank (S33-S36)."""

from datetime import datetime, timedelta

import pytest

from certificates.rules.bank_change import TICKS, Registered, Standing, Tick, standing_of
from certificates.x509.facts import KST

AT = datetime(2026, 11, 20, 10, 0, tzinfo=KST)  # Friday
END = datetime(2027, 2, 28, 23, 59, 59, tzinfo=KST)
LONG_AGO = AT - timedelta(days=200)


def row(status: str = "active", **given: object) -> Registered:
    values = {"is_suspended": False, "valid_until_at": END, "registered_at": LONG_AGO, "has_earlier": False}
    return Registered(status, **values | given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("_case", "registered", "is_checking", "then"),
    [
        ("등록된 적 없음", None, False, "none"),
        ("처음 접수해 확인 중", None, True, "checking"),
        ("사용 중", row(), False, "valid"),
        ("사용 중이고 새것을 접수함", row(), True, "checking"),
        ("효력정지", row(is_suspended=True), False, "suspended"),
        ("끝나는 순간은 유효", row(valid_until_at=AT), False, "valid"),
        ("끝난 직후", row(valid_until_at=AT - timedelta(microseconds=1)), False, "expired"),
        ("만료로 정리됨", row("expired"), False, "expired"),
        ("폐지 확인", row("revoked"), False, "revoked"),
        ("사용 중지", row("disabled"), False, "stopped"),
        ("교체되고 새것이 없음", row("replaced"), False, "stopped"),
        ("오늘 바꿈", row(registered_at=AT, has_earlier=True), False, "renewed"),
        ("30일 전에 바꿈", row(registered_at=AT - timedelta(days=30), has_earlier=True), False, "renewed"),
        ("30일이 지남", row(registered_at=AT - timedelta(days=30, seconds=1), has_earlier=True), False, "valid"),
        ("오늘 처음 등록", row(registered_at=AT), False, "valid"),
    ],
)
def test_standing(_case: str, registered: Registered | None, is_checking: bool, then: str) -> None:
    assert standing_of(registered, is_checking=is_checking, at=AT) == then


def test_every_standing_has_its_ticks_and_never_a_gap() -> None:
    assert set(TICKS) == set(Standing)
    order = [Tick.DONE, Tick.CURRENT, Tick.NEXT]
    for ticks in TICKS.values():
        places = [order.index(tick) for tick in ticks]
        assert places == sorted(places)
        assert ticks.count(Tick.CURRENT) == (0 if set(ticks) == {Tick.DONE} else 1)
