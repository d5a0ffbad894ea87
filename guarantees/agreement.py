"""The agreement (약정) of an approved application: all its terms as one text, shown, hashed and signed."""

import hashlib
import json
from typing import Any

from guarantees.models import Application
from guarantees.queries import documents_of
from portal.identifiers import format_business_number
from portal.templatetags.portal_ui import korean_date
from portal.won import format_won, in_words

VERSION = 1


def document_of(application: Application) -> str:
    """Canonical JSON: sorted keys, no spaces, Korean as it stands. Two equal agreements are equal texts."""
    return json.dumps(_content(application), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_of(document: str) -> str:
    """Lower-case hex over the UTF-8 bytes."""
    return hashlib.sha256(document.encode("utf-8")).hexdigest()


def summary_of(application: Application) -> list[tuple[str, str]]:
    """The same in the member's words, for the page and the signer."""
    amount, fee = application.amount or 0, application.quoted_fee or 0
    rows = [
        ("접수번호", application.number or ""),
        ("조합원", application.member.name),
        ("보증 종류", application.product.name),
        ("계약명(공사명)", application.contract_name),
        ("공고·계약번호", application.contract_number),
        ("계약금액", format_won(application.contract_amount) if application.contract_amount else ""),
        ("계약일", korean_date(application.contracted_on)),
        ("준공(예정)일", korean_date(application.completes_on)),
        ("보증채권자", _beneficiary(application)),
        ("보증금액", f"{format_won(amount)} ({in_words(amount)})"),
        ("보증기간", f"{korean_date(application.starts_on)} ~ {korean_date(application.ends_on)} (양쪽 날 포함)"),
        ("보증료", f"{format_won(fee)} ({in_words(fee)})"),
        ("특약", application.special_terms or "없음"),
    ]
    return [(label, value) for label, value in rows if value]


def _beneficiary(application: Application) -> str:
    name, number = application.beneficiary_name, application.beneficiary_business_number
    return f"{name} ({format_business_number(number)})" if number else name


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
        },
        "beneficiary": {
            "name": application.beneficiary_name,
            "business_number": application.beneficiary_business_number,
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
            "minimum_fee": terms.minimum_fee,
            "approval_number": terms.approval_number,
        },
        "documents": [{"name": paper.name, "sha256": paper.sha256} for paper in documents_of(application)],
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None
