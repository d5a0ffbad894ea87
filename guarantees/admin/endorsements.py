"""Changes of guarantees (배서) and cancellations, as the branch decides them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from guarantees.actions import cancelling, endorsing, settling
from guarantees.admin.details import OfGuarantee
from guarantees.models import Endorsement, EndorsementState, Guarantee, PaymentMethod
from guarantees.rules.endorsing import Terms
from guarantees.rules.states import GuaranteeState
from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import named, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline, visible
from portal.desk.worklists import Work, worklist
from portal.fields import DayField, WonField
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES, Role
from portal.particles import as_object
from portal.templatetags.portal_ui import korean_date

HEADS = DECIDING_ROLES - {Role.BRANCH_OFFICER}

words.register(
    {
        "endorsement.ask": "변경 신청",
        "endorsement.approve": "변경 승인",
        "endorsement.reject": "변경 반려",
        "endorsement.withdraw": "변경 신청 취하",
        "guarantee.endorse": "변경 발급",
        "guarantee.cancel": "보증 취소",
    }
)


class ChangeForm(forms.Form):
    """What is to change; an empty field stays as it is."""

    amount = WonField(label="변경 후 보증금액", required=False, help_text="비워 두면 그대로입니다.")
    starts_on = DayField(label="변경 후 시작일", required=False, help_text="비워 두면 그대로입니다.")
    ends_on = DayField(label="변경 후 종료일", required=False, help_text="비워 두면 그대로입니다.")
    reason = forms.CharField(
        label="변경 사유", max_length=300, help_text="예: 공사기간 연장, 변경계약서 2026. 11. 18."
    )


class NoteForm(forms.Form):
    """Words for the member."""

    note = forms.CharField(label="조합원에게 알릴 사유", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class CancelForm(forms.Form):
    """Why it is undone."""

    reason = forms.CharField(label="취소 사유", max_length=200, help_text="조합원에게 그대로 알립니다.")


class ReceiveForm(forms.Form):
    """How the difference was received."""

    method = forms.ChoiceField(
        label="수납 방법",
        choices=[(method.value, method.label) for method in (PaymentMethod.COUNTER, PaymentMethod.POST_PAY)],
    )


def ask(
    guarantee: Guarantee,
    *,
    amount: int | None,
    starts_on: date | None,
    ends_on: date | None,
    reason: str,
    **given: Any,
) -> str:
    new = Terms(amount or guarantee.amount, starts_on or guarantee.starts_on, ends_on or guarantee.ends_on)
    endorsing.ask(guarantee_id=guarantee.pk, new=new, reason=reason, **given)
    return f"{guarantee.number} 변경을 신청했습니다. 배서(변경) 목록에서 승인해 주세요."


def cancel(guarantee: Guarantee, **given: Any) -> str:
    cancelling.cancel(guarantee_id=guarantee.pk, **given)
    return f"보증 {as_object(guarantee.number)} 취소했습니다. 낸 보증료는 환급 대기 목록에 올렸습니다."


def approve(endorsement: Endorsement, **given: Any) -> str:
    done = endorsing.approve(endorsement_id=endorsement.pk, **given)
    if done.state == EndorsementState.DONE:
        return f"{endorsement.guarantee.number} 보증서를 변경 발급했습니다."
    return f"변경을 승인했습니다. 추가 보증료 {won(done.fee_delta)}이 납부되면 변경 발급됩니다."


def reject(endorsement: Endorsement, **given: Any) -> str:
    endorsing.reject(endorsement_id=endorsement.pk, **given)
    return "변경 신청을 반려했습니다. 조합원에게 사유를 알립니다."


def withdraw(endorsement: Endorsement, *, note: str, **given: Any) -> str:
    endorsing.withdraw(endorsement_id=endorsement.pk, note=note, **given)
    return "변경 신청을 취하했습니다. 보증은 그대로 유효합니다."


def receive(endorsement: Endorsement, **given: Any) -> str:
    settling.receive_for_endorsement(endorsement_id=endorsement.pk, **given)
    return f"추가 보증료를 수납 처리하고 {endorsement.guarantee.number} 보증서를 변경 발급했습니다."


def is_active(guarantee: Guarantee) -> bool:
    return guarantee.state == GuaranteeState.ACTIVE


# Hung into the page of a guarantee.
BUTTONS: tuple[Button, ...] = (
    Button(
        name="endorse", label="변경 신청", roles=DECIDING_ROLES, form=ChangeForm, run=ask, when=is_active,
        question="조합원의 요청으로 보증금액이나 기간을 변경 신청합니다. 승인은 따로 합니다.",
    ),
    Button(
        name="cancel", label="보증 취소", roles=HEADS, form=CancelForm, run=cancel, when=is_active,
        is_dangerous=True,
        question="보증을 취소합니다. 되돌릴 수 없습니다. 보증료를 모두 돌려주고 쌓인 마일리지는 회수합니다.",
    ),
)  # fmt: skip


@worklist(13)
def endorsement_work(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Changes that wait for the branch."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    rows = visible(Endorsement, request).order_by().filter(state=EndorsementState.REQUESTED)
    url = reverse("admin:guarantees_endorsement_changelist")
    yield Work("변경 신청", rows.count(), f"{url}?state__exact=requested")


@admin.register(Endorsement)
class EndorsementAdmin(OfGuarantee, ButtonAdmin, ReadOnlyAdmin):
    """Changes asked for, the oldest open one first."""

    view_roles = BUSINESS_ROLES
    list_display = ("number", "status", "company", "change", "cost", "requested_at")
    list_display_links = ("status",)
    list_select_related = ("guarantee__member__branch", "guarantee__product")
    list_filter = ("state", ("guarantee__product", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("guarantee__number",)
    fieldsets = (
        ("변경", {"fields": (
            ("number", "status"), ("company", "version"),
            ("old_amount_won", "new_amount_won"), ("old_starts_on", "new_starts_on"),
            ("old_ends_on", "new_ends_on"), "reason", "cost",
        )}),
        ("처리", {"fields": (
            ("requested_at", "requested_by_name"), ("decided_at", "decided_by_name"), "decision_note", "done_at",
        )}),
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="approve", label="승인", roles=DECIDING_ROLES, run=approve,
            when=lambda row: row.state == EndorsementState.REQUESTED,
            question="변경을 승인합니다. 추가 보증료가 없으면 바로 변경 발급됩니다.",
        ),
        Button(
            name="receive", label="수납 확인", roles=DECIDING_ROLES, form=ReceiveForm, run=receive,
            when=lambda row: row.state == EndorsementState.APPROVED,
            question="추가 보증료를 받았습니다. 확인하면 바로 변경 발급됩니다.",
        ),
        Button(
            name="reject", label="반려", roles=DECIDING_ROLES, form=NoteForm, run=reject, is_dangerous=True,
            when=lambda row: row.state == EndorsementState.REQUESTED,
            question="변경을 반려합니다. 보증은 그대로 유효합니다.",
        ),
        Button(
            name="withdraw", label="취하", roles=DECIDING_ROLES, form=NoteForm, run=withdraw,
            when=lambda row: row.state in (EndorsementState.REQUESTED, EndorsementState.APPROVED),
            question="조합원의 요청으로 변경 신청을 취하합니다.",
        ),
    )  # fmt: skip

    requested_by_name = named("requested_by", "신청자")
    decided_by_name = named("decided_by", "결정자")

    def about(self, request: HttpRequest, row: Endorsement, button: Button) -> Facts:
        return [
            ("보증번호", row.guarantee.number),
            ("조합원", row.guarantee.member.name),
            ("보증금액", f"{won(row.old_amount)} → {won(row.new_amount)}"),
            ("보증 종료일", f"{korean_date(row.old_ends_on)} → {korean_date(row.new_ends_on)}"),
            ("추가·환급 보증료", won(row.fee_delta)),
            ("변경 사유", row.reason),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context["events"] = timeline(row)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="변경")
    def change(self, row: Endorsement) -> str:
        parts = []
        if row.new_amount != row.old_amount:
            parts.append(f"{won(row.old_amount)} → {won(row.new_amount)}")
        if row.new_ends_on != row.old_ends_on:
            parts.append(f"{row.old_ends_on:%Y-%m-%d} → {row.new_ends_on:%Y-%m-%d}")
        return ", ".join(parts) or f"시작일 {row.new_starts_on:%Y-%m-%d}"

    @admin.display(description="추가·환급 보증료")
    def cost(self, row: Endorsement) -> str:
        return won(row.fee_delta)

    @admin.display(description="변경 전 보증금액")
    def old_amount_won(self, row: Endorsement) -> str:
        return won(row.old_amount)

    @admin.display(description="변경 후 보증금액")
    def new_amount_won(self, row: Endorsement) -> str:
        return won(row.new_amount)
