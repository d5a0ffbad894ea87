"""전자 송부: the table of states, the pauses between attempts, and what each way needs (DOMAIN §2.3, §2.5)."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest

from guarantees.rules.delivery import (
    LIVING,
    MOST_ATTEMPTS,
    Event,
    ImpossibleDelivery,
    State,
    accepted_by_sending,
    delivery_findings,
    may_return,
    next_attempt,
    next_state,
)
from tests.factories import at

TABLE = """
         send accept   return   fail   replace
queued   sent -        -        failed failed
sent     -    accepted returned failed failed
accepted -    -        -        -      -
returned -    -        -        -      -
failed   -    -        -        -      -
"""
_HEAD, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
STEPS = {
    (state, event): to for state, *cells in _ROWS for event, to in zip(_HEAD, cells, strict=True)
}  # fmt: skip


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_step_of_the_table_and_no_other(state: State, event: Event) -> None:
    to = STEPS[state.value, event.value]
    if to == "-":
        with pytest.raises(ImpossibleDelivery):
            next_state(state, event)
    else:
        assert next_state(state, event) == to


def test_what_lives_blocks_a_second_sending() -> None:
    assert {"queued", "sent", "accepted"} == LIVING


NOON = at("2026-11-20 12:00")


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 40), (5, None)], ids=lambda value: str(value)
)
def test_five_attempts_within_about_an_hour(attempts: int, minutes: int | None) -> None:
    assert next_attempt(attempts, NOON) == (None if minutes is None else NOON + timedelta(minutes=minutes))
    assert MOST_ATTEMPTS == 5


@pytest.mark.parametrize(
    ("family", "channel", "by_sending", "returnable"),
    [
        ("bid", "procurement", True, False),
        ("bid", "email", False, False),
        ("contract", "procurement", False, True),
        ("defect", "email", False, True),
    ],
)
def test_a_bid_guarantee_is_confirmed_by_its_transmission(
    family: str, channel: str, by_sending: bool, returnable: bool
) -> None:
    assert (accepted_by_sending(family, channel), may_return(family)) == (by_sending, returnable)


@dataclass
class Typed:
    family: str = "contract"
    delivery_channel: str = "procurement"
    beneficiary_name: str = "누리교육지원청"
    beneficiary_business_number: str = "9018112019"
    beneficiary_email: str = ""
    contract_number: str = "2026-0001"


@pytest.mark.parametrize(
    ("_case", "typed", "then"),
    [
        ("직접 제출은 아무것도 더 필요 없음", Typed(delivery_channel="print", contract_number=""), []),
        ("이메일 주소 없음", Typed(delivery_channel="email"), ["beneficiary_email"]),
        ("이메일 주소 있음", Typed(delivery_channel="email", beneficiary_email="a@example.kr"), []),
        ("전자조달, 모두 있음", Typed(), []),
        ("전자조달, 번호 없음", Typed(contract_number=""), ["contract_number"]),
        ("전자조달, 아무것도 없음", Typed(contract_number="", beneficiary_name="", beneficiary_business_number=""),
         ["contract_number", "beneficiary_name", "beneficiary_business_number"]),
    ],
)  # fmt: skip
def test_what_a_way_of_delivery_lacks(_case: str, typed: Typed, then: list[str]) -> None:
    assert [field for field, _sentence in delivery_findings(typed)] == then


@pytest.mark.parametrize(("family", "word"), [("bid", "입찰 공고번호"), ("advance", "계약번호")])
def test_the_number_is_called_by_its_name(family: str, word: str) -> None:
    ((_field, sentence),) = delivery_findings(Typed(family=family, contract_number=""))
    assert word in sentence
