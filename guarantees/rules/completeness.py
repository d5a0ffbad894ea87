"""What an application must contain and how its parts must fit together (DOMAIN §2.2, §2.7).

Each finding names the field it belongs to, so that pages can lead to it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from guarantees.rules.amounts import Asked, Bounds, bounds, months_of
from guarantees.rules.asking import ASKED_OF, LABELS_OF_BIDS, WITHOUT_CONTRACT, WORK_KINDS, is_needed
from guarantees.rules.delivery import delivery_findings
from portal.won import format_won

LONGEST_YEARS = 20  # beyond it a year was mistyped; the longest defect liability period is 10 years
BID_DAYS_AFTER_CLOSING = 30
ADVANCE_DAYS_AFTER_COMPLETION = 60
LONGEST_PAYMENT_CYCLE = 12  # months
UNTIL_COMPLETION = frozenset({"contract", "performance", "subcontract_payment"})
PUBLIC_OWNERS = frozenset({"state", "local", "public"})

LABELS = {
    "contract_name": "계약명(공사명)을 입력해 주세요.",
    "contract_amount": "계약금액을 입력해 주세요.",
    "beneficiary_name": "보증채권자를 입력해 주세요.",
    "amount": "보증금액을 입력해 주세요.",
    "starts_on": "보증 시작일을 입력해 주세요.",
    "ends_on": "보증 종료일을 입력해 주세요.",
    "contact_name": "담당자 이름을 입력해 주세요.",
    "contact_mobile": "담당자 휴대폰 번호를 입력해 주세요.",
    "contact_email": "담당자 이메일을 입력해 주세요.",
}
LABELS_BY_FAMILY = {
    "contract_role": "도급구분을 골라 주세요.",
    "owner_kind": "발주자구분을 골라 주세요.",
    "work_kind": "공사종류를 골라 주세요.",
    "site_address": "건설기계를 쓰는 현장 주소를 입력해 주세요.",
    "advance_amount": "선급금을 입력해 주세요.",
    "payment_cycle_months": "하도급 대금을 몇 개월마다 지급하는지 입력해 주세요.",
}


@dataclass(frozen=True)
class Facts:
    """An application as typed so far. Amounts in won; None or "" where nothing was typed.

    `share_bp` is the statutory share in force for this product and kind of work, in basis points.
    """

    family: str
    contract_role: str = ""
    owner_kind: str = ""
    work_kind: str = ""
    contract_name: str = ""
    contract_number: str = ""
    contract_amount: int | None = None
    contracted_on: date | None = None
    completes_on: date | None = None
    site_address: str = ""
    required_amount: int | None = None
    advance_amount: int | None = None
    payment_cycle_months: int | None = None
    beneficiary_name: str = ""
    beneficiary_business_number: str = ""
    delivery_channel: str = "print"
    beneficiary_email: str = ""
    amount: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    contact_name: str = ""
    contact_mobile: str = ""
    contact_email: str = ""
    share_bp: int | None = None
    missing_documents: tuple[str, ...] = ()


DERIVED = frozenset({"family", "share_bp", "missing_documents"})  # not columns of the application


@dataclass(frozen=True)
class Finding:
    """One thing to correct. `field` is a field of the application, or "documents"."""

    field: str
    message: str


def findings(facts: Facts, *, today: date) -> list[Finding]:
    """Everything that keeps the application from being submitted, in the order of the form."""
    lacking = missing(facts)
    named = {found.field for found in lacking}
    return [
        *lacking,
        *contract_findings(facts),
        *(found for found in sending_findings(facts) if found.field not in named),
        *amount_findings(facts),
        *period_findings(facts, today=today),
        *(Finding("documents", f"{name} 파일을 올려 주세요.") for name in facts.missing_documents),
    ]


def missing(facts: Facts) -> list[Finding]:
    """Fields every application, or every one of this family, must fill."""
    found = [Finding(name, sentence) for name, sentence in LABELS.items() if not getattr(facts, name)]
    needed = [name for name in ASKED_OF if is_needed(name, facts.family)]
    found += [Finding(name, LABELS_BY_FAMILY[name]) for name in needed if not getattr(facts, name)]
    if facts.family == "bid":
        found += [Finding(name, f"{LABELS_OF_BIDS[name]}{particle} 입력해 주세요.")
                  for name, particle in (("contract_number", "를"), ("completes_on", "을"))
                  if not getattr(facts, name)]  # fmt: skip
    if facts.family not in WITHOUT_CONTRACT:
        if facts.contracted_on is None:
            found.append(Finding("contracted_on", "계약일을 입력해 주세요."))
        if facts.completes_on is None:
            found.append(Finding("completes_on", "준공(예정)일을 입력해 주세요."))
    return found


def contract_findings(facts: Facts) -> list[Finding]:
    """The facts of the contract fit each other and the kind of guarantee."""
    found = []
    if facts.contracted_on and facts.completes_on and facts.completes_on < facts.contracted_on:
        found.append(Finding("completes_on", "준공(예정)일이 계약일보다 빠릅니다. 두 날짜를 다시 확인해 주세요."))
    kinds = WORK_KINDS.get(facts.family)
    if facts.work_kind and kinds and facts.work_kind not in kinds:
        found.append(Finding("work_kind", "이 보증에 맞는 공사종류를 다시 골라 주세요."))
    if facts.contract_amount and (facts.advance_amount or 0) > facts.contract_amount:
        found.append(Finding("advance_amount", "선급금이 계약금액보다 큽니다. 두 금액을 다시 확인해 주세요."))
    if facts.contract_amount and (facts.required_amount or 0) > facts.contract_amount:
        limit = format_won(facts.contract_amount)
        sentence = f"계약서에서 정한 보증금액이 계약금액 {limit}보다 큽니다. 계약서를 다시 확인해 주세요."
        found.append(Finding("required_amount", sentence))
    if (facts.payment_cycle_months or 0) > LONGEST_PAYMENT_CYCLE:
        found.append(
            Finding("payment_cycle_months", f"지급 주기는 {LONGEST_PAYMENT_CYCLE}개월까지 적을 수 있습니다.")
        )
    return found


def sending_findings(facts: Facts) -> list[Finding]:
    """What the chosen way to the beneficiary needs."""
    return [Finding(field, sentence) for field, sentence in delivery_findings(facts)]


def bounds_of(facts: Facts) -> Bounds:
    """What law and contract allow this application to guarantee."""
    has_days = facts.contracted_on is not None and facts.completes_on is not None
    return bounds(
        Asked(
            family=facts.family,
            contract_amount=facts.contract_amount,
            share_bp=facts.share_bp,
            required=facts.required_amount,
            advance=facts.advance_amount,
            months=months_of(facts.contracted_on, facts.completes_on) if has_days else None,  # type: ignore[arg-type]
            cycle=facts.payment_cycle_months,
            is_public=facts.owner_kind in PUBLIC_OWNERS,
            is_subcontract=facts.contract_role == "sub",
        )
    )


def sentence_of(allowed: Bounds) -> str:
    """The range in words, for the field; "" while nothing is known yet."""
    if allowed.most is None:
        return ""
    if allowed.statutory is None:
        return f"{format_won(allowed.most)}까지 보증할 수 있습니다."
    if allowed.least is None:
        return f"법정 기준은 {allowed.basis}인 {format_won(allowed.statutory)}이고, {_most(allowed)}"
    if allowed.least == allowed.most:
        return f"법으로 정한 금액은 {allowed.basis}인 {format_won(allowed.least)}입니다."
    return f"{allowed.basis}인 {format_won(allowed.least)} 이상이어야 하고, {_most(allowed)}"


def _most(allowed: Bounds) -> str:
    return f"{format_won(allowed.most or 0)}까지 보증할 수 있습니다."


def amount_findings(facts: Facts) -> list[Finding]:
    """Not more than law or contract asks, and not less than the law where it binds."""
    if not facts.amount or not facts.contract_amount:
        return []
    allowed = bounds_of(facts)
    if allowed.least is not None and facts.amount < allowed.least:
        return [
            Finding(
                "amount",
                f"법으로 정한 금액보다 적습니다. {allowed.basis}인 "
                f"{format_won(allowed.least)} 이상으로 고쳐 주세요.",
            )
        ]
    if allowed.most is not None and facts.amount > allowed.most:
        return [Finding("amount", _too_much(facts, allowed, allowed.most))]
    return []


def _too_much(facts: Facts, allowed: Bounds, most: int) -> str:
    if allowed.statutory is None and facts.required_amount is None:
        noun = "입찰금액" if facts.family == "bid" else "계약금액"
        return f"보증금액이 {noun} {format_won(most)}보다 큽니다. {noun} 이하로 고쳐 주세요."
    if most == allowed.statutory:
        return (
            f"{allowed.basis}인 {format_won(most)}까지 보증할 수 있습니다. 계약서에서 더 많이 정했으면 "
            f"계약 정보의 ‘{_required_label(facts)}’을 먼저 입력해 주세요."
        )
    return f"계약서에서 정한 보증금액 {format_won(most)}까지 보증할 수 있습니다. 그 이하로 고쳐 주세요."


def _required_label(facts: Facts) -> str:
    return LABELS_OF_BIDS["required_amount"] if facts.family == "bid" else "계약서에서 정한 보증금액"


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
    completes_on, family = facts.completes_on, facts.family
    if completes_on is None:
        return []
    if family == "bid":
        return _bid_period_findings(starts_on, ends_on, completes_on)
    if family in UNTIL_COMPLETION and ends_on < completes_on:
        return [Finding("ends_on", "보증 종료일이 준공(예정)일보다 빠릅니다. 준공(예정)일 이후로 고쳐 주세요.")]
    least = completes_on + timedelta(days=ADVANCE_DAYS_AFTER_COMPLETION)
    if family == "advance" and ends_on < least:
        return [
            Finding(
                "ends_on", f"선급금보증은 준공(예정)일 60일 뒤까지입니다. {least:%Y-%m-%d} 이후로 고쳐 주세요."
            )
        ]
    if family == "defect" and starts_on < completes_on:
        return [Finding("starts_on", "하자보수보증은 준공일부터 시작합니다. 준공일 이후로 고쳐 주세요.")]
    return []


def _bid_period_findings(starts_on: date, ends_on: date, closes_on: date) -> list[Finding]:
    least = closes_on + timedelta(days=BID_DAYS_AFTER_CLOSING)
    if starts_on > closes_on:
        return [
            Finding(
                "starts_on", f"입찰보증은 입찰 마감일까지 시작해야 합니다. {closes_on:%Y-%m-%d}까지로 고쳐 주세요."
            )
        ]
    if ends_on < least:
        return [
            Finding("ends_on", f"입찰보증은 입찰 마감일 30일 뒤까지입니다. {least:%Y-%m-%d} 이후로 고쳐 주세요.")
        ]
    return []
