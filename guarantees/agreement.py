"""The agreement (약정) of an approved application: all its terms as one text, shown, hashed and signed."""

import hashlib
import json
from typing import Any

from guarantees.models import Application, Family
from guarantees.queries import documents_of
from portal.identifiers import format_business_number
from portal.templatetags.portal_ui import korean_date
from portal.won import format_won, in_words

VERSION = 2


def document_of(application: Application) -> str:
    """Canonical JSON: sorted keys, no spaces, Korean as it stands. Two equal agreements are equal texts."""
    return json.dumps(_content(application), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_of(document: str) -> str:
    """Lower-case hex over the UTF-8 bytes."""
    return hashlib.sha256(document.encode("utf-8")).hexdigest()


def summary_of(application: Application) -> list[tuple[str, str]]:
    """The same in the member's words, for the page and the signer."""
    amount, fee = application.amount or 0, application.quoted_fee or 0
    is_bid = application.product.family == Family.BID
    rows = [
        ("접수번호", application.number or ""),
        ("조합원", application.member.name),
        ("보증 종류", application.product.name),
        ("도급구분", application.get_contract_role_display()),
        ("발주자구분", application.get_owner_kind_display()),
        ("공사종류", application.get_work_kind_display()),
        ("계약명(공사명)", application.contract_name),
        ("공고·계약번호", application.contract_number),
        ("입찰금액" if is_bid else "계약금액", _won(application.contract_amount)),
        ("선급금", _won(application.advance_amount)),
        ("계약서에서 정한 보증금액", _won(application.required_amount)),
        ("대금 지급 주기", f"{application.payment_cycle_months}개월" if application.payment_cycle_months else ""),
        ("현장 주소", application.site_address),
        ("계약일", korean_date(application.contracted_on)),
        ("입찰 마감일" if is_bid else "준공(예정)일", korean_date(application.completes_on)),
        ("보증채권자", _beneficiary(application)),
        ("보증서 송부 방법", _delivery(application)),
        ("보증금액", f"{format_won(amount)} ({in_words(amount)})"),
        ("보증기간", f"{korean_date(application.starts_on)} ~ {korean_date(application.ends_on)} (양쪽 날 포함)"),
        ("보증료", f"{format_won(fee)} ({in_words(fee)})"),
        ("특약", application.special_terms or "없음"),
    ]
    return [(label, value) for label, value in rows if value]


def _beneficiary(application: Application) -> str:
    name, number = application.beneficiary_name, application.beneficiary_business_number
    return f"{name} ({format_business_number(number)})" if number else name


def _won(amount: int | None) -> str:
    return format_won(amount) if amount else ""


def _delivery(application: Application) -> str:
    way, email = application.get_delivery_channel_display(), application.beneficiary_email
    return f"{way} ({email})" if email else way


def _content(application: Application) -> dict[str, Any]:
    member, product, terms = application.member, application.product, application.terms
    return {
        "v": VERSION,
        "kind": "보증 약정",
        "application": application.number,
        "member": {
            "name": member.name,
            "business_number": member.business_number,
            "representative": member.representative_name,
        },
        "product": {"code": product.pk, "name": product.name},
        "contract": {
            "name": application.contract_name,
            "number": application.contract_number,
            "amount": application.contract_amount,
            "contracted_on": _day(application.contracted_on),
            "completes_on": _day(application.completes_on),
            "role": application.contract_role,
            "owner_kind": application.owner_kind,
            "work_kind": application.work_kind,
            "required_amount": application.required_amount,
            "advance_amount": application.advance_amount,
            "payment_cycle_months": application.payment_cycle_months,
            "site_address": application.site_address,
        },
        "beneficiary": {
            "name": application.beneficiary_name,
            "business_number": application.beneficiary_business_number,
            "delivery_channel": application.delivery_channel,
            "email": application.beneficiary_email,
        },
        "guarantee": {
            "amount": application.amount,
            "starts_on": _day(application.starts_on),
            "ends_on": _day(application.ends_on),
            "special_terms": application.special_terms,
            "fee": application.quoted_fee,
        },
        "terms": None
        if terms is None
        else {
            "effective_from": _day(terms.effective_from),
            "base_ppm": terms.base_ppm,
            "per_case": terms.per_case,
            "add_ppm": application.add_ppm,
            "disc_bp": application.disc_bp,
            "minimum_fee": terms.minimum_fee,
            "approval_number": terms.approval_number,
        },
        "documents": [{"name": paper.name, "sha256": paper.sha256} for paper in documents_of(application)],
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None
