"""No impossible step, no won and no number lost, whatever happens in whatever order (DOMAIN §2.4, §2.5)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from guarantees import limits
from guarantees.actions import cancelling, issuing, releasing, rows
from guarantees.actions.numbers import next_in
from guarantees.rules.states import ApplicationState, GuaranteeState
from tests.flows.guarantee_machine import Business

pytestmark = pytest.mark.django_db
QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SHORT = settings(max_examples=10, stateful_step_count=20, derandomize=True, **QUIET)
LONG = settings(max_examples=60, stateful_step_count=30, derandomize=True, **QUIET)
UNTIL_FOUND = settings(LONG, max_examples=400, report_multiple_bugs=False, phases=[Phase.generate])


@pytest.fixture(autouse=True)
def _opened(db: None) -> None:
    Business.open()


def test_any_order_of_events() -> None:
    run_state_machine_as_test(Business, settings=SHORT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_any_order_of_many_events() -> None:
    run_state_machine_as_test(Business, settings=LONG)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("_case", "module", "name", "wrong", "found"),
    [
        ("끝난 보증을 한도에서 뺌", limits, "USING_STATES", {GuaranteeState.ACTIVE}, "sum of its parts"),
        ("서명한 신청을 한도에서 뺌", limits, "RESERVING_STATES", {ApplicationState.APPROVED}, "sum of its parts"),
        ("누구나 처리", rows, "_require_party", lambda found, by: None, "not for"),
        ("번호를 건너뜀", issuing, "next_in", lambda series: next_in(series) and next_in(series), "have a gap"),
        ("청구 중인 보증을 해제", releasing, "refuse_open_claim", lambda guarantee: None, "under an open claim"),
        (
            "취소한 보증의 콜을 남김",
            cancelling,
            "claw_back",
            lambda **given: 0,
            "calls of a guarantee that is no more",
        ),
        ("취소한 보증의 보증료를 남김", cancelling, "left_of", lambda payment: 0, "does not exist any more"),
    ],
)
def test_a_wrong_portal_is_found(
    monkeypatch: pytest.MonkeyPatch, _case: str, module: Any, name: str, wrong: object, found: str
) -> None:
    """The machine itself can fail: each of these mistakes is come upon."""
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(Business, settings=UNTIL_FOUND)


def test_a_change_that_gives_back_is_not_received() -> None:
    """Come upon by the machine: the counter confirmed a fee below nothing."""
    business = Business()
    business.create("C1", 30_000_000, "fit")
    for _step in range(6):
        business.forward(0)
    business.guarantee_event(0, "change", "fit", 3)
    business.change_event(0, "approve", "fit")
    business.the_books_agree()
    business.change_event(0, "receive", "fit")  # refused without a trace
    assert business.seen["guarantee.endorse"] == 1
    assert business.seen["payment.receive"] == 1, "of the issue alone"
    business.teardown()
