"""The guarantees of one contract, from the bid to the defect liability, and what one hands on to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from guarantees.rules.completeness import ADVANCE_DAYS_AFTER_COMPLETION, BID_DAYS_AFTER_CLOSING, Facts

# The steps of a contract in order: label and families.
STEPS = (
    ("입찰", frozenset({"bid"})),
    ("계약·공사이행", frozenset({"contract", "performance"})),
    (
        "선급금·대금",
        frozenset({"advance", "subcontract_payment", "equipment_payment", "works_payment", "material", "wage"}),
    ),
    ("하자보수", frozenset({"defect"})),
)
OTHER_STEP = "그 밖의 보증"
# Their beneficiary is not the owner: a subcontractor, a rental firm, a supplier, workers.
PAID_TO_OTHERS = frozenset({"subcontract_payment", "equipment_payment", "works_payment", "material", "wage"})
# After one of these the machinery of the site has to be guaranteed.
EQUIPMENT_AFTER = frozenset({"contract", "performance"})


@dataclass(frozen=True)
class Source:
    """What is known of the contract from the guarantee one starts from. Amounts in won."""

    family: str
    contract_name: str
    contract_number: str
    contract_amount: int | None
    contracted_on: date | None
    completes_on: date | None
    beneficiary_name: str
    beneficiary_business_number: str


def step_of(family: str) -> str:
    """The step of the contract a product of `family` belongs to."""
    return next((label for label, families in STEPS if family in families), OTHER_STEP)


def prefill(source: Source, family: str, *, today: date) -> Mapping[str, object]:
    """Fields of a draft for a product of `family`, for the same contract; what is not known is left out.

    The number of a bid is its notice and no contract number. Amounts of guarantee are never carried over.
    """
    values: dict[str, object | None] = {
        "contract_name": source.contract_name,
        "contract_amount": source.contract_amount,
        "contracted_on": source.contracted_on,
        "completes_on": source.completes_on,
    }
    if (source.family == "bid") == (family == "bid"):
        values["contract_number"] = source.contract_number
    if not PAID_TO_OTHERS & {source.family, family}:
        values["beneficiary_name"] = source.beneficiary_name
        values["beneficiary_business_number"] = source.beneficiary_business_number
    values["starts_on"], values["ends_on"] = period(family, source, today=today)
    return {name: value for name, value in values.items() if value not in (None, "")}


def period(family: str, source: Source | Facts, *, today: date) -> tuple[date | None, date | None]:
    """First and last day as far as the contract tells them.

    An advance is guaranteed from today until 60 days after completion; a defect liability begins with the
    completion and ends as the contract says.
    """
    if family == "defect":
        return source.completes_on, None
    if family == "advance":
        return today, _later(source.completes_on, ADVANCE_DAYS_AFTER_COMPLETION)
    if family == "bid":
        return None, None
    return source.contracted_on, source.completes_on


def usual_period(facts: Facts, *, today: date) -> tuple[date | None, date | None]:
    """What the form proposes; a bid is guaranteed from today until 30 days after its closing."""
    if facts.family == "bid":
        return today, _later(facts.completes_on, BID_DAYS_AFTER_CLOSING)
    return period(facts.family, facts, today=today)


def _later(day: date | None, days: int) -> date | None:
    return None if day is None else day + timedelta(days=days)
