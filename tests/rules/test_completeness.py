"""What an application must contain: one row for each finding."""

from dataclasses import replace
from datetime import date

import pytest

from guarantees.rules.completeness import Facts, findings

TODAY = date(2026, 11, 20)  # Friday
CONTRACT = Facts(
    family="contract",
    contract_role="prime",
    owner_kind="private",
    work_kind="works",
    contract_name="가온초 급식실 환기설비 개선공사",
    contract_amount=200_000_000,
    contracted_on=date(2026, 11, 16),  # Monday
    completes_on=date(2027, 6, 30),  # Wednesday
    beneficiary_name="누리교육지원청",
    required_amount=200_000_000,
    share_bp=1_500,
    amount=30_000_000,
    starts_on=date(2026, 11, 16),
    ends_on=date(2027, 6, 30),
    contact_name="박다솜",
    contact_mobile="01000000100",
    contact_email="contact@example.kr",
)

BID: dict[str, object] = {  # closes on a Friday
    "family": "bid", "contract_number": "R1", "share_bp": 500, "amount": 10_000_000,
    "completes_on": date(2026, 12, 4), "starts_on": date(2026, 11, 30),
}  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "changes", "fields"),
    [
        ("모두 맞음", {}, []),
        ("계약명 없음", {"contract_name": ""}, ["contract_name"]),
        ("휴대폰 없음", {"contact_mobile": ""}, ["contact_mobile"]),
        ("이메일 없음", {"contact_email": ""}, ["contact_email"]),
        ("계약일 없음", {"contracted_on": None}, ["contracted_on"]),
        ("인허가는 계약일·준공일 없이", {"family": "permit", "contracted_on": None, "completes_on": None}, []),
        (
            "입찰은 공고번호와 마감일 필요",
            {"family": "bid", "contracted_on": None, "completes_on": None},
            ["contract_number", "completes_on"],
        ),
        ("도급구분 없음", {"contract_role": ""}, ["contract_role"]),
        ("발주자구분 없음", {"owner_kind": ""}, ["owner_kind"]),
        ("공사종류 없음", {"work_kind": ""}, ["work_kind"]),
        ("손해배상은 발주자와 공사종류를 묻지 않음", {"family": "damages", "owner_kind": "", "work_kind": ""}, []),
        ("계약보증에 하자의 공사종류", {"work_kind": "harbour"}, ["work_kind"]),
        ("건설기계는 현장 주소 필요", {"family": "equipment_payment"}, ["site_address"]),
        ("선급금 필요", {"family": "advance", "ends_on": date(2027, 8, 29)}, ["advance_amount"]),
        ("지급보증은 지급 주기 필요", {"family": "subcontract_payment"}, ["payment_cycle_months"]),
        (
            "선급금이 계약금액보다 큼",
            {"family": "advance", "ends_on": date(2027, 8, 29), "advance_amount": 200_000_001},
            ["advance_amount"],
        ),
        ("정한 보증금액이 계약금액보다 큼", {"required_amount": 200_000_001}, ["required_amount"]),
        (
            "지급 주기 13개월",
            {"family": "subcontract_payment", "payment_cycle_months": 13, "amount": 200_000_000},
            ["payment_cycle_months"],
        ),
        ("공공: 15%에서 1원 모자람", {"owner_kind": "local", "amount": 29_999_999}, ["amount"]),
        ("공공: 꼭 15%", {"owner_kind": "local"}, []),
        ("민간: 15%보다 적어도 됨", {"amount": 10_000_000}, []),
        ("계약서가 정하지 않으면 15%까지", {"required_amount": None, "amount": 30_000_001}, ["amount"]),
        (
            "지급보증 4개월 초과, 매월 (200M×4÷8)",
            {
                "family": "subcontract_payment",
                "payment_cycle_months": 1,
                "required_amount": None,
                "amount": 100_000_000,
            },
            [],
        ),
        (
            "지급보증 1원 모자람",
            {
                "family": "subcontract_payment",
                "payment_cycle_months": 1,
                "required_amount": None,
                "amount": 99_999_999,
            },
            ["amount"],
        ),
        ("이메일 송부인데 주소 없음", {"delivery_channel": "email"}, ["beneficiary_email"]),
        (
            "조달 전송인데 번호 없음",
            {"delivery_channel": "procurement"},
            ["contract_number", "beneficiary_business_number"],
        ),
        ("준공일이 계약일보다 앞", {"completes_on": date(2026, 11, 15)}, ["completes_on"]),
        ("보증금액 = 계약금액", {"amount": 200_000_000}, []),
        ("보증금액 > 계약금액 1원", {"amount": 200_000_001}, ["amount"]),
        ("입찰 5% 정확히", BID | {"amount": 10_000_000}, []),
        ("입찰 5%에서 1원 모자람", BID | {"amount": 9_999_999}, ["amount"]),
        ("입찰 마감일에 시작", BID | {"starts_on": date(2026, 12, 4)}, []),
        ("입찰 마감 다음 날 시작", BID | {"starts_on": date(2026, 12, 5)}, ["starts_on"]),
        ("입찰 마감+30일", BID | {"ends_on": date(2027, 1, 3)}, []),
        ("입찰 마감+29일", BID | {"ends_on": date(2027, 1, 2)}, ["ends_on"]),
        ("종료일이 시작일보다 앞", {"ends_on": date(2026, 11, 15)}, ["ends_on"]),
        ("종료일이 오늘", {"family": "supply", "work_kind": "", "ends_on": TODAY}, ["ends_on"]),
        ("종료일이 내일", {"family": "supply", "work_kind": "", "ends_on": date(2026, 11, 21)}, []),
        ("계약보증이 준공 하루 전까지", {"ends_on": date(2027, 6, 29)}, ["ends_on"]),
        (
            "선급금 준공+60일",
            {"family": "advance", "advance_amount": 30_000_000, "ends_on": date(2027, 8, 29)},
            [],
        ),
        (
            "선급금 준공+59일",
            {"family": "advance", "advance_amount": 30_000_000, "ends_on": date(2027, 8, 28)},
            ["ends_on"],
        ),
        (
            "하자 준공일부터",
            {
                "family": "defect",
                "work_kind": "other",
                "starts_on": date(2027, 6, 30),
                "ends_on": date(2029, 6, 29),
            },
            [],
        ),
        (
            "하자 준공 전날부터",
            {
                "family": "defect",
                "work_kind": "other",
                "starts_on": date(2027, 6, 29),
                "ends_on": date(2029, 6, 29),
            },
            ["starts_on"],
        ),
        ("연도를 잘못 친 200년", {"ends_on": date(2227, 6, 30)}, ["ends_on"]),
        ("서류 없음", {"missing_documents": ("계약서 사본",)}, ["documents"]),
    ],
)
def test_findings(_case: str, changes: dict[str, object], fields: list[str]) -> None:
    assert [found.field for found in findings(replace(CONTRACT, **changes), today=TODAY)] == fields  # type: ignore[arg-type]


def test_an_empty_form_names_every_field_in_the_order_of_the_steps() -> None:
    assert [found.field for found in findings(Facts(family="contract"), today=TODAY)] == [
        "contract_name", "contract_amount", "beneficiary_name", "amount", "starts_on", "ends_on",
        "contact_name", "contact_mobile", "contact_email", "contract_role", "owner_kind", "work_kind",
        "contracted_on", "completes_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "changes", "sentence"),
    [
        (
            "법정 금액보다 적음",
            {"owner_kind": "state", "amount": 1},
            "법으로 정한 금액보다 적습니다. 계약금액 200,000,000원의 15%인 30,000,000원 이상으로 고쳐 주세요.",
        ),
        (
            "계약서가 정한 금액이 없어 법정 금액까지",
            {"required_amount": None, "amount": 40_000_000},
            "계약금액 200,000,000원의 15%인 30,000,000원까지 보증할 수 있습니다. 계약서에서 더 많이 정했으면 "
            "계약 정보의 ‘계약서에서 정한 보증금액’을 먼저 입력해 주세요.",
        ),
        (
            "계약서가 정한 금액보다 많음",
            {"required_amount": 35_000_000, "amount": 40_000_000},
            "계약서에서 정한 보증금액 35,000,000원까지 보증할 수 있습니다. 그 이하로 고쳐 주세요.",
        ),
        (
            "아무것도 정해지지 않아 계약금액까지",
            {"family": "damages", "share_bp": None, "required_amount": None, "amount": 200_000_001},
            "보증금액이 계약금액 200,000,000원보다 큽니다. 계약금액 이하로 고쳐 주세요.",
        ),
    ],
)
def test_the_sentence_shows_the_figure_and_the_share(
    _case: str, changes: dict[str, object], sentence: str
) -> None:
    found = findings(replace(CONTRACT, **changes), today=TODAY)  # type: ignore[arg-type]
    assert [one.message for one in found] == [sentence]
