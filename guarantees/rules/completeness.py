"""What an application must contain and how its parts must fit together (DOMAIN §2.2, §2.7).

Each finding names the field it belongs to, so that pages can lead to it. Families are the codes of
`guarantees.models.Family`; subcontract variants share the family of their parent.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from guarantees.rules.amounts import pct_min
from portal.won import format_won

LONGEST_YEARS = 20  # beyond it a year was mistyped; the longest defect liability period is 10 years
BID_SHARE = (5, 100)
ADVANCE_DAYS_AFTER_COMPLETION = 60
WITHOUT_CONTRACT = frozenset({"bid", "permit"})
UNTIL_COMPLETION = frozenset({"contract", "performance"})

LABELS = {
    "contract_name": "계약명(공사명)을",
    "contract_amount": "계약금액을",
    "beneficiary_name": "보증채권자를",
    "amount": "보증금액을",
    "starts_on": "보증 시작일을",
    "ends_on": "보증 종료일을",
    "contact_name": "담당자 이름을",
    "contact_mobile": "담당자 휴대폰 번호를",
    "contact_email": "담당자 이메일을",
}


@dataclass(frozen=True)
class Facts:
    """An application as typed so far. Amounts in won; None or "" where nothing was typed."""

    family: str
    contract_name: str = ""
    contract_number: str = ""
    contract_amount: int | None = None
    contracted_on: date | None = None
    completes_on: date | None = None
    beneficiary_name: str = ""
    amount: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    contact_name: str = ""
    contact_mobile: str = ""
    contact_email: str = ""
    missing_documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing to correct. `field` is a field of the application, or "documents"."""

    field: str
    message: str


def findings(facts: Facts, *, today: date) -> list[Finding]:
    """Everything that keeps the application from being submitted, in the order of the form."""
    return [
        *missing(facts),
        *contract_findings(facts),
        *amount_findings(facts),
        *period_findings(facts, today=today),
        *(Finding("documents", f"{name} 파일을 올려 주세요.") for name in facts.missing_documents),
    ]


def missing(facts: Facts) -> list[Finding]:
    """Fields every application, or every one of this family, must fill."""
    found = [
        Finding(name, f"{label} 입력해 주세요.") for name, label in LABELS.items() if not getattr(facts, name)
    ]
    if facts.family == "bid" and not facts.contract_number:
        found.append(Finding("contract_number", "입찰 공고번호를 입력해 주세요."))
    if facts.family not in WITHOUT_CONTRACT:
        if facts.contracted_on is None:
            found.append(Finding("contracted_on", "계약일을 입력해 주세요."))
        if facts.completes_on is None:
            found.append(Finding("completes_on", "준공(예정)일을 입력해 주세요."))
    return found


def contract_findings(facts: Facts) -> list[Finding]:
    """A contract cannot be complete before it is made."""
    if facts.contracted_on and facts.completes_on and facts.completes_on < facts.contracted_on:
        return [Finding("completes_on", "준공(예정)일이 계약일보다 빠릅니다. 두 날짜를 다시 확인해 주세요.")]
    return []


def amount_findings(facts: Facts) -> list[Finding]:
    """No more than the contract is worth; a bid guarantee no less than 5 % of the bid."""
    if not facts.amount or not facts.contract_amount:
        return []
    if facts.amount > facts.contract_amount:
        limit = format_won(facts.contract_amount)
        return [Finding("amount", f"보증금액이 계약금액 {limit}보다 큽니다. 계약금액 이하로 고쳐 주세요.")]
    least = pct_min(facts.contract_amount, *BID_SHARE)
    if facts.family == "bid" and facts.amount < least:
        return [
            Finding(
                "amount", f"입찰보증은 입찰금액의 5% 이상이어야 합니다. {format_won(least)} 이상으로 고쳐 주세요."
            )
        ]
    return []


def period_findings(facts: Facts, *, today: date) -> list[Finding]:
    """The period runs forward, ends after today, and covers what the family is for."""
    if not facts.starts_on or not facts.ends_on:
        return []
    if facts.ends_on < facts.starts_on:
        return [Finding("ends_on", "보증 종료일이 시작일보다 빠릅니다. 두 날짜를 다시 확인해 주세요.")]
    if facts.ends_on <= today:
        return [Finding("ends_on", "보증 종료일이 이미 지났거나 오늘입니다. 내일 이후의 날짜로 고쳐 주세요.")]
    if (facts.ends_on - facts.starts_on).days > LONGEST_YEARS * 366:
        return [Finding("ends_on", f"보증기간이 {LONGEST_YEARS}년을 넘습니다. 연도를 다시 확인해 주세요.")]
    return _family_period_findings(facts, facts.starts_on, facts.ends_on)


def _family_period_findings(facts: Facts, starts_on: date, ends_on: date) -> list[Finding]:
    if facts.completes_on is None:
        return []
    if facts.family in UNTIL_COMPLETION and ends_on < facts.completes_on:
        return [Finding("ends_on", "보증 종료일이 준공(예정)일보다 빠릅니다. 준공(예정)일 이후로 고쳐 주세요.")]
    least = facts.completes_on + timedelta(days=ADVANCE_DAYS_AFTER_COMPLETION)
    if facts.family == "advance" and ends_on < least:
        return [
            Finding(
                "ends_on", f"선급금보증은 준공(예정)일 60일 뒤까지입니다. {least:%Y-%m-%d} 이후로 고쳐 주세요."
            )
        ]
    if facts.family == "defect" and starts_on < facts.completes_on:
        return [Finding("starts_on", "하자보수보증은 준공일부터 시작합니다. 준공일 이후로 고쳐 주세요.")]
    return []
