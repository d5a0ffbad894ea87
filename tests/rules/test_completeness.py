"""What an application must contain: one row for each finding."""

from dataclasses import replace
from datetime import date

import pytest

from guarantees.rules.completeness import Facts, findings

TODAY = date(2026, 11, 20)  # Friday
CONTRACT = Facts(
    family="contract",
    contract_name="가온초 급식실 환기설비 개선공사",
    contract_amount=200_000_000,
    contracted_on=date(2026, 11, 16),  # Monday
    completes_on=date(2027, 6, 30),  # Wednesday
    beneficiary_name="누리교육지원청",
    amount=30_000_000,
    starts_on=date(2026, 11, 16),
    ends_on=date(2027, 6, 30),
    contact_name="박다솜",
    contact_mobile="01000000100",
    contact_email="contact@example.kr",
)


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
            "입찰은 공고번호 필요",
            {"family": "bid", "contracted_on": None, "completes_on": None},
            ["contract_number"],
        ),
        ("준공일이 계약일보다 앞", {"completes_on": date(2026, 11, 15)}, ["completes_on"]),
        ("보증금액 = 계약금액", {"amount": 200_000_000}, []),
        ("보증금액 > 계약금액 1원", {"amount": 200_000_001}, ["amount"]),
        ("입찰 5% 정확히", {"family": "bid", "contract_number": "R1", "amount": 10_000_000}, []),
        ("입찰 5%에서 1원 모자람", {"family": "bid", "contract_number": "R1", "amount": 9_999_999}, ["amount"]),
        ("종료일이 시작일보다 앞", {"ends_on": date(2026, 11, 15)}, ["ends_on"]),
        ("종료일이 오늘", {"family": "supply", "ends_on": TODAY}, ["ends_on"]),
        ("종료일이 내일", {"family": "supply", "ends_on": date(2026, 11, 21)}, []),
        ("계약보증이 준공 하루 전까지", {"ends_on": date(2027, 6, 29)}, ["ends_on"]),
        ("선급금 준공+60일", {"family": "advance", "ends_on": date(2027, 8, 29)}, []),
        ("선급금 준공+59일", {"family": "advance", "ends_on": date(2027, 8, 28)}, ["ends_on"]),
        (
            "하자 준공일부터",
            {"family": "defect", "starts_on": date(2027, 6, 30), "ends_on": date(2029, 6, 29)},
            [],
        ),
        (
            "하자 준공 전날부터",
            {"family": "defect", "starts_on": date(2027, 6, 29), "ends_on": date(2029, 6, 29)},
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
        "contact_name", "contact_mobile", "contact_email", "contracted_on", "completes_on",
    ]  # fmt: skip
