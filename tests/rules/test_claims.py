"""Claims: the two years, the thirty days, and every step between the states."""

from datetime import date, timedelta

import pytest

from guarantees.rules.claims import (
    CLAIM_TRANSITIONS,
    OPEN_STATES,
    ClaimEvent,
    ClaimState,
    can_claim,
    payment_due,
)


@pytest.mark.parametrize(
    ("ends_on", "last_day"),
    [
        (date(2026, 12, 31), date(2028, 12, 31)),
        (date(2026, 2, 28), date(2028, 2, 29)),  # counted from the day after, 1 March
        (date(2028, 2, 29), date(2030, 2, 28)),
    ],
)
def test_the_right_lasts_two_years(ends_on: date, last_day: date) -> None:
    assert can_claim(ends_on, last_day)
    assert not can_claim(ends_on, last_day + timedelta(days=1))


@pytest.mark.parametrize(
    ("family", "due"),
    [("subcontract_payment", date(2026, 12, 20)), ("contract", None), ("equipment_payment", None)],
)
def test_days_to_pay(family: str, due: date | None) -> None:
    assert payment_due(family, date(2026, 11, 20)) == due


LEADS = {
    "open": {"request_documents": "docs_requested", "review": "review", "withdraw": "withdrawn"},
    "docs_requested": {"review": "review", "withdraw": "withdrawn"},
    "review": {
        "request_documents": "docs_requested", "pay": "paid", "deny": "denied", "withdraw": "withdrawn",
    },
}  # fmt: skip


@pytest.mark.parametrize("state", ClaimState)
@pytest.mark.parametrize("event", ClaimEvent)
def test_every_step(state: ClaimState, event: ClaimEvent) -> None:
    assert CLAIM_TRANSITIONS.get((state, event)) == LEADS.get(state, {}).get(event)


def test_open_states_are_those_something_leads_out_of() -> None:
    assert {ClaimState(state) for state, _event in CLAIM_TRANSITIONS} == OPEN_STATES
