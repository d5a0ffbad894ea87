"""What pages and actions ask the database about applications and guarantees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from guarantees.models import Application, ApplicationDocument, Guarantee, Product, SupplementItem
from guarantees.policies import amount_rule_on
from guarantees.rules.completeness import DERIVED, Facts, Finding, findings
from guarantees.rules.screening_reasons import REASONS, Reason
from guarantees.rules.states import ApplicationState, GuaranteeState
from portal.access import ScopedQuerySet
from portal.compiled import Compiled
from portal.members.models import Member, User

OPEN_STATES = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.SUPPLEMENT,
    ApplicationState.APPROVED,
    ApplicationState.SIGNED,
    ApplicationState.FEE_PAID,
)
# The groups by which a member looks through the lists: query value, label, states.
APPLICATION_FILTERS = {
    "": ("모든 상태", ()),
    "draft": ("작성 중", (ApplicationState.DRAFT,)),
    "open": ("진행 중", OPEN_STATES),
    "supplement": ("보완 요청", (ApplicationState.SUPPLEMENT,)),
    "closed": (
        "종결",
        (
            ApplicationState.ISSUED,
            ApplicationState.REJECTED,
            ApplicationState.LAPSED,
            ApplicationState.WITHDRAWN,
        ),
    ),
}
GUARANTEE_FILTERS = {
    "": ("모든 상태", ()),
    "active": ("유효", (GuaranteeState.ACTIVE,)),
    "expired": ("기간 종료(해제 전)", (GuaranteeState.EXPIRED,)),
    "closed": ("해제·취소", (GuaranteeState.RELEASED, GuaranteeState.CANCELLED)),
}
GUARANTEE_ORDERS = {
    "": ("최근 발급순", ("-id",)),
    "ends": ("종료일 빠른 순", ("ends_on", "id")),
    "-ends": ("종료일 늦은 순", ("-ends_on", "-id")),
}


def offered_products() -> QuerySet[Product]:
    """Products a member can apply for here, with the papers they ask for."""
    return Product.objects.filter(is_offered=True).prefetch_related("required_documents")


def applications_of(user: User | AnonymousUser, wanted: str) -> ScopedQuerySet[Application]:
    """A person's applications, newest first; a draft thrown away is not shown any more."""
    rows = Application.objects.for_user(user).select_related("product").order_by("-id")
    rows = rows.exclude(state=ApplicationState.WITHDRAWN, number__isnull=True)
    states = APPLICATION_FILTERS.get(wanted, APPLICATION_FILTERS[""])[1]
    return rows.filter(state__in=states) if states else rows


def guarantees_of(user: User | AnonymousUser, wanted: str, order: str) -> ScopedQuerySet[Guarantee]:
    """A person's guarantees in one of the groups, in one of the orders."""
    rows = Guarantee.objects.for_user(user).select_related("product")
    states = GUARANTEE_FILTERS.get(wanted, GUARANTEE_FILTERS[""])[1]
    ordering = GUARANTEE_ORDERS.get(order, GUARANTEE_ORDERS[""])[1]
    return (rows.filter(state__in=states) if states else rows).order_by(*ordering)


def documents_of(application: Application) -> QuerySet[ApplicationDocument]:
    """The files that count: those not taken back."""
    return application.documents.filter(is_withdrawn=False).order_by("id")


def missing_documents(application: Application, attached: Sequence[ApplicationDocument]) -> tuple[str, ...]:
    """Names of required papers without a file."""
    have = {document.name for document in attached}
    wanted = application.product.required_documents.filter(is_required=True)
    return tuple(name for name in wanted.values_list("name", flat=True) if name not in have)


def facts_of(application: Application, *, day: date, work_kind: str | None = None) -> Facts:
    """The application as the rules see it, under the statutory shares of `day`.

    `work_kind` takes the place of the stored one while a form with another is judged.
    """
    values = {name: getattr(application, name) for name in Facts.__dataclass_fields__ if name not in DERIVED}
    rule = amount_rule_on(application.product, application.work_kind if work_kind is None else work_kind, day)
    return Facts(
        family=application.product.family,
        share_bp=rule.share_bp if rule else None,
        missing_documents=missing_documents(application, list(documents_of(application))),
        **values,
    )


def findings_of(application: Application, *, today: date) -> list[Finding]:
    """What keeps the application from being submitted."""
    return findings(facts_of(application, day=today), today=today)


def open_items(application: Application) -> QuerySet[SupplementItem]:
    """What the branch asked for last."""
    return application.supplement_items.filter(round=application.decision_count).order_by("id")


@dataclass(frozen=True)
class AskedItem:
    """One thing the branch asked for; `reason` tells what is missing and what to do, None for own words."""

    text: str
    reason: Reason | None


def asked_of(application: Application) -> list[AskedItem]:
    """What the member still has to answer, while he has."""
    if application.state != ApplicationState.SUPPLEMENT:
        return []
    return [AskedItem(item.text, REASONS.get(item.reason_code)) for item in open_items(application)]


def alike(application: Application) -> QuerySet[Application]:
    """The member's other living applications for the same contract, product and beneficiary."""
    if not application.contract_name and not application.contract_number:
        return Application.everything.none()
    same = Q(contract_name=application.contract_name)
    if application.contract_number:
        same = Q(contract_number=application.contract_number)
    others = Application.everything.filter(
        same,
        member_id=application.member_id,
        product_id=application.product_id,
        beneficiary_name=application.beneficiary_name,
        state__in=[*OPEN_STATES, ApplicationState.ISSUED],
    )
    return others.exclude(pk=application.pk).order_by("-id")


def contact_for(member_id: int) -> dict[str, str]:
    """The contact of the member's latest application that names one, else the member's own, by field (S12)."""
    return _contacts_written.rows(member=member_id)[0]


def _contacts(*, member: int) -> QuerySet[Any, dict[str, str]]:
    contact = JSONObject(**{name: name for name in ("contact_name", "contact_mobile", "contact_email")})
    named = Application.everything.filter(member_id=OuterRef("pk")).exclude(contact_mobile="").order_by("-id")
    last = Subquery(named.values_list(contact)[:1])
    return Member.everything.filter(pk=member).values_list(Coalesce(last, contact), flat=True)


_contacts_written: Compiled[dict[str, str]] = Compiled(_contacts)


def earlier_beneficiaries(member_id: int, most: int = 20) -> list[str]:
    """Names of beneficiaries the member has applied for, latest first."""
    named = Application.everything.filter(member_id=member_id).exclude(beneficiary_name="").order_by("-id")
    return list(dict.fromkeys(named.values_list("beneficiary_name", flat=True)[: most * 5]))[:most]
