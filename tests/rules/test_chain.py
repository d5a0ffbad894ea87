"""The steps of a contract and what a guarantee hands on to the draft of the next one (DOMAIN §2.5)."""

from dataclasses import replace
from datetime import date

import pytest

from guarantees.models import Family
from guarantees.rules.chain import PAID_TO_OTHERS, STEPS, Source, prefill, step_of, usual_period
from guarantees.rules.completeness import Facts

TODAY = date(2026, 11, 20)
OWNER = "가상시청 시설과"
WORKS = Source(
    family="contract",
    contract_name="누리청사 냉난방기 교체공사",
    contract_number="2026-0105",
    contract_amount=200_000_000,
    contracted_on=date(2026, 11, 16),
    completes_on=date(2027, 6, 30),
    beneficiary_name=OWNER,
    beneficiary_business_number="9018112019",
)
BID = replace(WORKS, family="bid", contract_number="공고 2026-77", contracted_on=None, completes_on=None)
COMPLETED, CONTRACTED = date(2027, 6, 30), date(2026, 11, 16)


@pytest.mark.parametrize(
    ("family", "step"),
    [
        ("bid", "입찰"), ("contract", "계약·공사이행"), ("performance", "계약·공사이행"),
        ("advance", "선급금·대금"), ("subcontract_payment", "선급금·대금"), ("equipment_payment", "선급금·대금"),
        ("defect", "하자보수"), ("permit", "그 밖의 보증"), ("damages", "그 밖의 보증"),
    ],
)  # fmt: skip
def test_steps(family: str, step: str) -> None:
    assert step_of(family) == step


def test_the_steps_name_families_that_exist_once() -> None:
    named = [family for _label, families in STEPS for family in families]
    assert len(named) == len(set(named))
    assert set(named) | PAID_TO_OTHERS <= set(Family.values)


@pytest.mark.parametrize(
    ("_case", "source", "family", "number", "beneficiary", "period"),
    [
        ("입찰→계약: 공고번호는 두고", BID, "contract", None, OWNER, (None, None)),
        ("계약→선급금: 준공 60일 뒤", WORKS, "advance", "2026-0105", OWNER, (TODAY, date(2027, 8, 29))),
        ("계약→하자: 준공일부터", WORKS, "defect", "2026-0105", OWNER, (COMPLETED, None)),
        ("계약→하도급대금: 채권자는 다른 회사", WORKS, "subcontract_payment", "2026-0105", None,
         (CONTRACTED, COMPLETED)),
        ("계약→건설기계", WORKS, "equipment_payment", "2026-0105", None, (CONTRACTED, COMPLETED)),
        ("하도급대금→하자: 채권자를 모름", replace(WORKS, family="subcontract_payment"), "defect", "2026-0105",
         None, (COMPLETED, None)),
        ("계약→공사이행", WORKS, "performance", "2026-0105", OWNER, (CONTRACTED, COMPLETED)),
        ("준공일을 모름", replace(WORKS, completes_on=None), "advance", "2026-0105", OWNER, (TODAY, None)),
    ],
)  # fmt: skip
def test_prefill(
    _case: str,
    source: Source,
    family: str,
    number: str | None,
    beneficiary: str | None,
    period: tuple[date | None, date | None],
) -> None:
    values = prefill(source, family, today=TODAY)
    assert values["contract_name"] == "누리청사 냉난방기 교체공사"
    assert values["contract_amount"] == 200_000_000
    assert values.get("contract_number") == number
    assert values.get("beneficiary_name") == beneficiary
    assert (values.get("starts_on"), values.get("ends_on")) == period
    assert "amount" not in values
    assert None not in values.values()


@pytest.mark.parametrize(
    ("family", "then"),
    [
        ("contract", (CONTRACTED, COMPLETED)),
        ("advance", (TODAY, date(2027, 8, 29))),
        ("defect", (COMPLETED, None)),
        ("bid", (TODAY, date(2027, 7, 30))),  # 30 days after the closing, which stands where a completion does
    ],
)
def test_usual_period(family: str, then: tuple[date | None, date | None]) -> None:
    facts = Facts(family=family, contracted_on=CONTRACTED, completes_on=COMPLETED)
    assert usual_period(facts, today=TODAY) == then
    assert usual_period(Facts(family="contract"), today=TODAY) == (None, None)
