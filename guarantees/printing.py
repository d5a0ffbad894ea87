"""A guarantee, or an application for one, as its document will say it (DOMAIN §2.7)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from guarantees.document.content import Contract, GuaranteeDocument, Issuer, Party, UnfitText, refuse_unfit
from guarantees.document.glyphs import unprintable
from guarantees.models import Application, Guarantee, ProductTerms
from portal.identifiers import format_business_number
from portal.languages import ENGLISH
from portal.members.models import User
from portal.refusals import Refusal

# What an application is tried with before it has a number and a code of its own.
TRIAL_NUMBER, TRIAL_CODE = "0000-A0-000000-0", "0" * 16
OF_THE_MEMBER = "채무자"
OF_THE_COOPERATIVE = ("조합", "이사장", "지점", "담당자", "약관", "보증내용", "보증 종류", "확인 주소")


class Undocumentable(Refusal):
    """What stands in the rows cannot stand on paper. `field` is its Korean label."""

    def __init__(self, unfit: UnfitText) -> None:
        self.field = unfit.field
        super().__init__(f"보증서를 만들 수 없습니다. {unfit.message} {_what_next(unfit.field)}")


def _what_next(field: str) -> str:
    if field.startswith(OF_THE_MEMBER):
        return "조합원 정보를 고친 뒤 다시 처리해 주세요."
    if field.startswith(OF_THE_COOPERATIVE):
        return "정보시스템부나 제도 관리 담당자에게 알려 고친 뒤 다시 처리해 주세요."
    return "조합원에게 보완을 요청해 고친 뒤 다시 처리해 주세요."


def content_of_guarantee(
    guarantee: Guarantee, *, code: str, issued_on: date, officer: User | None
) -> GuaranteeDocument:
    """The present version of an issued guarantee. Raises Undocumentable."""
    application = guarantee.application
    return _content(
        guarantee,
        number=number_on_paper(guarantee),
        code=code,
        url=verification_url(guarantee.number, code),
        endorsement=guarantee.version,
        issued_on=issued_on,
        terms=application.terms if application else None,
        officer=officer,
    )


def refuse_undocumentable(application: Application, *, on: date) -> None:
    """Judged at approval, so that the issue does not fail for a name or a text. Raises Undocumentable."""
    _content(
        application,
        number=TRIAL_NUMBER,
        code=TRIAL_CODE,
        url=verification_url(TRIAL_NUMBER, TRIAL_CODE),
        endorsement=0,
        issued_on=on,
        terms=application.terms,
        officer=None,
    )


def printed_values(content: GuaranteeDocument, guarantee: Guarantee) -> dict[str, Any]:
    """What stands on the paper, for comparing with it field by field: numbers as digits, days in ISO 8601."""
    return {
        "number": content.number,
        "endorsement": content.endorsement,
        "product": guarantee.product_id,
        "product_name": content.product,
        "beneficiary_name": content.beneficiary.name,
        "beneficiary_business_number": guarantee.beneficiary_business_number,
        "debtor_name": content.debtor.name,
        "debtor_business_number": guarantee.member.business_number,
        "amount": content.amount,
        "starts_on": content.starts_on.isoformat(),
        "ends_on": content.ends_on.isoformat(),
        "contract_name": content.contract.name,
        "contract_number": content.contract.number,
        "issued_on": content.issued_on.isoformat(),
    }


def number_on_paper(guarantee: Guarantee) -> str:
    """2026-C1-000123-4; endorsed once, 2026-C1-000123-4/1. Numbers of the older books stay as they are."""
    return f"{guarantee.number}/{guarantee.version}" if guarantee.version else guarantee.number


def verification_url(number: str, code: str) -> str:
    """Where the QR code leads: the public page with number and code filled in."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('public:verify_code', args=[number, code])}"


def _english(product: str) -> str:
    """A product's name in the English catalogue; "" for one the cooperative has added since."""
    with translation.override(ENGLISH):
        translated = translation.gettext(product)
    return translated if translated != product else ""


def _content(
    row: Guarantee | Application,
    *,
    number: str,
    code: str,
    url: str,
    endorsement: int,
    issued_on: date,
    terms: ProductTerms | None,
    officer: User | None,
) -> GuaranteeDocument:
    member, product = row.member, row.product
    content = GuaranteeDocument(
        product=product.name,
        number=number,
        verification_code=code,
        verification_url=url,
        debtor=Party(
            name=member.name,
            business_number=format_business_number(member.business_number),
            representative=member.representative_name,
            address=member.address,
        ),
        beneficiary=Party(name=row.beneficiary_name, business_number=_formatted(row.beneficiary_business_number)),
        amount=row.amount or 0,
        starts_on=row.starts_on or issued_on,
        ends_on=row.ends_on or issued_on,
        contract=Contract(
            name=row.contract_name,
            number=row.contract_number,
            contracted_on=row.contracted_on,
            amount=row.contract_amount,
            due_on=row.completes_on,
        ),
        coverage=(terms.coverage if terms else "") or default_coverage(product.name),
        special_terms=row.special_terms,
        terms_version=(terms.version_label if terms else "") or f"{product.name} 약관",
        issued_on=issued_on,
        issuer=_issuer(member.branch, officer),
        endorsement=endorsement,
        product_english=_english(product.name),
    )
    try:
        refuse_unfit(content)
    except UnfitText as unfit:
        raise Undocumentable(unfit) from None
    return content


def _issuer(branch: Any, officer: User | None) -> Issuer:
    name = str(officer) if officer else ""
    return Issuer(
        name=settings.COOPERATIVE["name"],
        chairman=settings.COOPERATIVE["chairman"],
        address=settings.COOPERATIVE["address"],
        branch=branch.name,
        branch_phone=branch.phone,
        # Who answers questions is a help and no part of the promise: a name without glyphs does not stop an issue.
        officer="" if unprintable(name) else name,
    )


def default_coverage(product_name: str) -> str:
    """For terms without a wording of their own."""
    return (
        f"채무자가 계약(공고 포함)에서 정한 {product_name}의 의무를 이행하지 않아 보증채권자가 입은 손해를 "
        "보증금액의 범위에서 보증합니다."
    )


def _formatted(number: str) -> str:
    return format_business_number(number) if number else ""
