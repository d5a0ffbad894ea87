"""Which facts each family of guarantees asks for beside those all of them do (DOMAIN §2.2, §2.7).

Families are the codes of `guarantees.models.Family`; subcontract variants share the family of their parent.
What is not in this table is asked of everybody.
"""

WITHOUT_CONTRACT = frozenset({"bid", "permit"})

ASKED_OF: dict[str, frozenset[str]] = {
    "contract_role": frozenset({"contract", "performance", "advance", "defect", "retention", "damages"}),
    "owner_kind": frozenset({"bid", "contract", "performance", "advance", "defect", "retention", "supply"}),
    "work_kind": frozenset({"contract", "defect"}),
    "site_address": frozenset({"equipment_payment"}),
    "advance_amount": frozenset({"advance", "subcontract_payment"}),
    "payment_cycle_months": frozenset({"subcontract_payment"}),
}
# Of a subcontract without an advance nobody types a zero.
OPTIONAL = frozenset({("advance_amount", "subcontract_payment")})

# The kinds of work that make a difference to the statutory share of each family.
WORK_KINDS: dict[str, tuple[str, ...]] = {
    "contract": ("works", "goods"),
    "defect": ("structure", "harbour", "building", "apartment", "other"),
}

# A bid has no completion: the same day is the end of bidding there.
LABELS_OF_BIDS = {
    "contract_number": "입찰 공고번호",
    "contract_amount": "입찰금액",
    "completes_on": "입찰 마감일",
    "contract_name": "입찰 건명(공사명)",
    "required_amount": "공고에서 정한 보증금액",
}

# What is usual for the end of the period; who applies reads it beside the field.
PERIOD_HINTS = {
    "bid": "입찰 마감일 30일 뒤까지는 이어져야 합니다.",
    "contract": "준공(예정)일까지는 이어져야 합니다. 발주자에 따라 60일을 더 요구하기도 합니다.",
    "performance": "준공(예정)일까지는 이어져야 합니다.",
    "advance": "준공(예정)일 60일 뒤까지는 이어져야 합니다.",
    "defect": "계약서의 하자담보책임 기간입니다. 급배수·냉난방·공조·자동제어·가스·배연 설비는 보통 2년, "
    "보일러 설치는 1년입니다.",
    "subcontract_payment": "준공(예정)일까지는 이어져야 합니다. 어음으로 주면 만기일까지 넣어 주세요.",
}


def is_asked(field: str, family: str) -> bool:
    """Whether an application of this family has the field at all."""
    return family in ASKED_OF.get(field, {family})


def is_needed(field: str, family: str) -> bool:
    """Whether a field of ASKED_OF must be filled."""
    return is_asked(field, family) and (field, family) not in OPTIONAL
