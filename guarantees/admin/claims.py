"""Claims of beneficiaries, entered and decided by the head office (DOMAIN §2.5, §2.6)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from guarantees.actions import claims
from guarantees.admin.details import OfGuarantee
from guarantees.models import OPEN_CLAIM, Claim, Guarantee
from guarantees.rules.claims import OPEN_STATES, ClaimState
from guarantees.rules.deadlines import claim_until
from guarantees.rules.states import GuaranteeState
from portal.audit import words
from portal.clock import seoul_day
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import named, won
from portal.desk.scoped import ReadOnlyAdmin, timeline, visible
from portal.desk.worklists import Work, worklist
from portal.fields import DayField, WonField
from portal.members.roles import BUSINESS_ROLES, Role
from portal.templatetags.portal_ui import korean_date

HEAD_OFFICE = frozenset({Role.HQ_UNDERWRITER})
DUE_SOON = timedelta(days=7)

words.register(
    {
        "claim.enter": "보증금 청구 접수",
        "claim.request_documents": "청구 서류 요청",
        "claim.review": "청구 심사 시작",
        "claim.pay": "보증금 지급",
        "claim.deny": "청구 거절",
        "claim.withdraw": "청구 철회",
        "claim.recover": "구상금 회수",
    }
)


class EnterForm(forms.Form):
    """What the beneficiary's paper says."""

    claimant = forms.CharField(label="청구인", max_length=100)
    amount = WonField(label="청구액")
    received_on = DayField(label="접수일", help_text="청구서를 받은 날입니다.")
    facts = forms.CharField(label="청구 내용", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class DocumentsForm(forms.Form):
    """Papers still needed."""

    documents = forms.CharField(label="요청할 서류", max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class NoteForm(forms.Form):
    """Why it ends so."""

    note = forms.CharField(label="결정 내용", max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class AmountForm(NoteForm):
    """Money moved, and why."""

    amount = WonField(label="금액")
    field_order = ("amount", "note")


def enter(guarantee: Guarantee, *, claimant: str, amount: int, received_on: date, facts: str, **given: Any) -> str:
    paper = claims.Given(claimant=claimant, amount=amount, received_on=received_on, facts=facts)
    claims.enter(guarantee_id=guarantee.pk, given=paper, **given)
    return f"{guarantee.number} 보증금 청구를 접수했습니다. 처리하는 동안 해제·변경·취소가 막힙니다."


def request_documents(claim: Claim, **given: Any) -> str:
    claims.request_documents(claim_id=claim.pk, **given)
    return "청구인에게 요청할 서류를 기록했습니다."


def review(claim: Claim, **given: Any) -> str:
    claims.review(claim_id=claim.pk, **given)
    return "청구 심사를 시작했습니다."


def pay(claim: Claim, **given: Any) -> str:
    done = claims.pay(claim_id=claim.pk, **given)
    return f"보증금 {won(done.paid_amount)}을 지급 처리했습니다. 같은 금액이 구상 잔액으로 남습니다."


def deny(claim: Claim, **given: Any) -> str:
    claims.deny(claim_id=claim.pk, **given)
    return "청구를 거절했습니다. 조합원에게 알립니다."


def withdraw(claim: Claim, **given: Any) -> str:
    claims.withdraw(claim_id=claim.pk, **given)
    return "청구를 철회 처리했습니다. 조합원에게 알립니다."


def recover(claim: Claim, **given: Any) -> str:
    done = claims.recover(claim_id=claim.pk, **given)
    return f"구상금을 회수했습니다. 남은 구상 잔액은 {won(done.recourse_amount)}입니다."


# Hung into the page of a guarantee.
BUTTONS: tuple[Button, ...] = (
    Button(
        name="claim", label="청구 접수", roles=HEAD_OFFICE, form=EnterForm, run=enter,
        when=lambda row: row.state in (GuaranteeState.ACTIVE, GuaranteeState.EXPIRED) and row.outstanding > 0,
        question="보증채권자의 보증금 청구를 접수합니다. 접수하면 이 보증의 해제·변경·취소가 막힙니다.",
    ),
)  # fmt: skip


class ClaimFilter(admin.SimpleListFilter):
    """Open or over."""

    title = "처리"
    parameter_name = "claims"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("open", "처리 중"), ("closed", "종결")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        match self.value():
            case "open":
                return queryset.filter(state__in=OPEN_CLAIM)
            case "closed":
                return queryset.exclude(state__in=OPEN_CLAIM)
        return queryset


@worklist(14)
def claim_work(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """What beneficiaries wait for: the head office decides, the others only read."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    rows = visible(Claim, request).order_by().filter(state__in=OPEN_CLAIM)
    late = rows.filter(due_on__lte=seoul_day(at) + DUE_SOON).exists()
    url = reverse("admin:guarantees_claim_changelist")
    yield Work("처리 중인 보증금 청구", rows.count(), f"{url}?claims=open", is_urgent=late)


@admin.register(Claim)
class ClaimAdmin(OfGuarantee, ButtonAdmin, ReadOnlyAdmin):
    """Claims, newest first."""

    view_roles = BUSINESS_ROLES
    list_display = ("number", "status", "company", "claimant", "amount_won", "received_on", "due_on")
    list_display_links = ("status",)
    list_select_related = ("guarantee__member__branch", "guarantee__product")
    list_filter = (ClaimFilter, "state")
    sortable_by = ()
    search_fields = ("guarantee__number", "claimant")
    fieldsets = (
        ("청구", {"fields": (
            ("number", "status"), ("company", "claimant"), ("amount_won", "outstanding"),
            ("received_on", "due_on"), ("last_day", "facts"), "documents_asked",
        )}),
        ("결과", {"fields": (
            ("paid_won", "recourse_won"), "decision_note", ("entered_by_name", "entered_at"),
            ("closed_by_name", "closed_at"),
        )}),
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="documents", label="서류 요청", roles=HEAD_OFFICE, form=DocumentsForm, run=request_documents,
            when=lambda row: row.state in (ClaimState.OPEN, ClaimState.REVIEW),
            question="청구인에게 서류를 요청합니다.",
        ),
        Button(
            name="review", label="심사 시작", roles=HEAD_OFFICE, run=review,
            when=lambda row: row.state in (ClaimState.OPEN, ClaimState.DOCS_REQUESTED),
            question="필요한 서류가 모두 왔습니다. 심사를 시작합니다.",
        ),
        Button(
            name="pay", label="지급", roles=HEAD_OFFICE, form=AmountForm, run=pay, is_dangerous=True,
            when=lambda row: row.state == ClaimState.REVIEW,
            question="보증채권자에게 지급한 금액을 기록합니다. 보증잔액이 그만큼 줄고 구상이 시작됩니다.",
        ),
        Button(
            name="deny", label="거절", roles=HEAD_OFFICE, form=NoteForm, run=deny, is_dangerous=True,
            when=lambda row: row.state == ClaimState.REVIEW, question="청구를 거절합니다. 되돌릴 수 없습니다.",
        ),
        Button(
            name="withdraw", label="철회", roles=HEAD_OFFICE, form=NoteForm, run=withdraw,
            when=lambda row: row.state in OPEN_STATES, question="보증채권자가 청구를 거두었습니다.",
        ),
        Button(
            name="recover", label="구상금 회수", roles=HEAD_OFFICE, form=AmountForm, run=recover,
            when=lambda row: row.state == ClaimState.PAID and bool(row.recourse_amount),
            question="조합원에게서 회수한 금액을 기록합니다.",
        ),
    )  # fmt: skip

    entered_by_name = named("entered_by", "접수자")
    closed_by_name = named("closed_by", "종결한 사람")

    def about(self, request: HttpRequest, row: Claim, button: Button) -> Facts:
        return [
            ("보증번호", row.guarantee.number),
            ("조합원", row.guarantee.member.name),
            ("청구인", row.claimant),
            ("청구액", won(row.amount)),
            ("보증잔액", won(row.guarantee.outstanding)),
            ("처리 기한", korean_date(row.due_on) if row.due_on else "정해진 기한 없음"),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context["events"] = timeline(row)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="청구액")
    def amount_won(self, row: Claim) -> str:
        return won(row.amount)

    @admin.display(description="보증잔액")
    def outstanding(self, row: Claim) -> str:
        return won(row.guarantee.outstanding)

    @admin.display(description="청구할 수 있는 마지막 날")
    def last_day(self, row: Claim) -> str:
        return korean_date(claim_until(row.guarantee.ends_on))

    @admin.display(description="지급액")
    def paid_won(self, row: Claim) -> str:
        return won(row.paid_amount)

    @admin.display(description="구상 잔액")
    def recourse_won(self, row: Claim) -> str:
        return won(row.recourse_amount)
