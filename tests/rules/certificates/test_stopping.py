"""What the reason of a stop means for the next registration, one row a reason; and how tries are counted."""

from datetime import timedelta

import pytest

from certificates.actions.stopping import BY_STAFF
from certificates.models import StopReason
from certificates.rules.counting import minutes_to_wait
from certificates.rules.replacing import may_come_back, needs_ticket
from tests.rules.certificates.world import AT

REASONS = [
    # reason, the same key again, the next one takes a ticket, chosen by a clerk
    ("", True, False, False),
    ("compromised", False, True, True),
    ("unwanted", False, True, True),
    ("mistaken", True, False, True),
    ("asked", True, False, True),
    ("frozen", False, True, False),
    ("review", False, True, False),
    ("ticket", True, True, False),
]


@pytest.mark.parametrize(("reason", "same_key", "ticket", "by_clerk"), REASONS, ids=[row[0] for row in REASONS])
def test_a_stop(reason: str, same_key: bool, ticket: bool, by_clerk: bool) -> None:
    assert (may_come_back(reason), needs_ticket(reason), reason in BY_STAFF) == (same_key, ticket, by_clerk)


def test_every_reason_has_a_row() -> None:
    assert {row[0] for row in REASONS} == {"", *StopReason.values}


@pytest.mark.parametrize(
    ("_case", "ago", "then"),
    [
        ("아홉 번", [0] * 9, 0),
        ("방금 열 번", [0] * 10, 10),
        ("열 번째가 9분 전", [0] * 9 + [540], 1),
        ("열 번째가 9분 59초 전", [0] * 9 + [599], 1),
        ("열 번째가 10분 전", [0] * 9 + [600], 0),
        ("가장 오래된 것이 4분 1초 전", [1] * 9 + [241], 6),
    ],
)
def test_minutes_to_wait(_case: str, ago: list[int], then: int) -> None:
    assert minutes_to_wait([AT - timedelta(seconds=seconds) for seconds in ago], AT) == then
