"""No call lost, made up or spent out of turn, whatever happens in whatever order (DOMAIN §6)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sms.actions.mileage import extending, outcomes, spending
from tests.flows.mileage_machine import Ledger

pytestmark = pytest.mark.django_db
QUIET: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SHORT = settings(max_examples=12, stateful_step_count=25, derandomize=True, **QUIET)
LONG = settings(max_examples=150, stateful_step_count=50, derandomize=True, **QUIET)
UNTIL_FOUND = settings(LONG, max_examples=200, report_multiple_bugs=False, phases=[Phase.generate])


def test_any_order_of_events() -> None:
    run_state_machine_as_test(Ledger, settings=SHORT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_any_order_of_many_events() -> None:
    run_state_machine_as_test(Ledger, settings=LONG)
    assert min(Ledger.seen[kind] for kind in ("send", "refund", "refund of the lapsed")) > 0


MISTAKES: list[tuple[str, Any, str, str, str]] = [
    ("소멸한 콜을 씀", spending, "SPEND", "AND expires_at > %(at)s", ""),
    (
        "늦게 소멸할 것부터 씀",
        spending,
        "SPEND",
        "ORDER BY expires_at, id LIMIT",
        "ORDER BY expires_at DESC, id LIMIT",
    ),
    ("중지 중에 씀", spending, "SPEND", "checked_by_id IS NOT NULL", "false"),
    ("환불을 잊음", outcomes, "BOOK_OUTCOMES", "WHEN undelivered THEN 'undelivered'", "WHEN undelivered THEN ''"),
    ("도착한 것도 환불", outcomes, "BOOK_OUTCOMES", "WHEN delivered THEN ''", "WHEN delivered THEN 'undelivered'"),
    ("소멸한 적립분을 되살림", outcomes, "BOOK_OUTCOMES", "AND parts.alive", ""),
    ("죽은 적립분까지 늘림", extending, "BY_SUSPENSION", "lot.expires_at > %(start)s AND", ""),
    ("새 적립분까지 늘림", extending, "BY_SUSPENSION", "AND lot.earned_on < %(day)s", ""),
]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("_case", "module", "name", "right", "wrong"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_wrong_statement_is_found(
    monkeypatch: pytest.MonkeyPatch, _case: str, module: Any, name: str, right: str, wrong: str
) -> None:
    """The machine, or the database under it, comes upon each of these mistakes."""
    statement = getattr(module, name)
    assert statement.count(right) >= 1
    monkeypatch.setattr(module, name, statement.replace(right, wrong))
    with pytest.raises(Exception):  # noqa: B017  an assertion of ours, or the database's refusal
        run_state_machine_as_test(Ledger, settings=UNTIL_FOUND)
