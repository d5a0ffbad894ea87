"""A member's page together with who receives its expiry notices (S29-S32)."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from portal.access import Actor
from portal.desk.buttons import Button, Facts
from portal.desk.cells import badge, masked, named
from portal.desk.scoped import ScopedInline
from portal.identifiers import mask_business_number
from portal.members.admin.members import MemberAdmin
from portal.members.models import Member
from portal.members.roles import BRANCH_ROLES, BUSINESS_ROLES, DECIDING_ROLES
from sms.actions import recipients
from sms.actions.mileage.adjusting import ask_adjustment
from sms.admin.links import LINK_BUTTONS, LinkPermissionInline, links_of
from sms.models import (
    AdjustmentReason,
    AdjustmentState,
    NoticeKind,
    Reception,
    ReceptionChange,
    Recipient,
    Suppression,
)


class CallForm(forms.Form):
    """What was said on the telephone."""

    caller = forms.CharField(
        label="전화한 사람", max_length=60, help_text="이름과 직위를 적습니다. 예: 김가온 대표이사"
    )
    note = forms.CharField(label="메모", max_length=200, help_text="어떻게 본인을 확인했는지 적습니다.")


class AdjustForm(forms.Form):
    """How many calls, and why."""

    calls = forms.IntegerField(
        label="콜", help_text="주면 5, 빼면 -3처럼 적습니다. 10콜이 넘거나 빼는 조정은 승인을 기다립니다."
    )
    reason = forms.ChoiceField(label="사유", choices=AdjustmentReason.choices)
    note = forms.CharField(label="설명", max_length=200, help_text="감사와 조합원 문의 때 근거가 됩니다.")


def adjust(member: Member, *, calls: int, reason: str, note: str, by: Actor, at: datetime) -> str:
    done = ask_adjustment(
        member_id=member.pk, calls=calls, reason=AdjustmentReason(reason), note=note, by=by, at=at
    )  # fmt: skip
    if done.state == AdjustmentState.WAITING:
        return f"{member}의 마일리지 {calls:+,}콜 조정을 신청했습니다. 다른 사람이 승인하면 반영됩니다."
    return f"{member}의 마일리지를 {calls:+,}콜 조정했습니다."


def opt_out(member: Member, **answers: Any) -> str:
    recipients.opt_out(member_id=member.pk, way=ReceptionChange.Way.PHONE, **answers)
    return f"{member} 대표이사의 수신거부를 등록했습니다. 처리 결과를 대표이사에게 알립니다."


def opt_in(member: Member, **answers: Any) -> str:
    recipients.opt_in(member_id=member.pk, way=ReceptionChange.Way.PHONE, **answers)
    return f"{member} 대표이사가 다시 안내 문자를 받습니다."


def receives(member: Member) -> bool:
    """No row means yes (S29)."""
    reception = Reception.everything.filter(member=member).first()
    return reception is None or reception.representative_receives


class RecipientInline(ScopedInline):
    """Additional people, numbers masked: 추가 수신자 shows them on demand."""

    model = Recipient
    view_roles = BUSINESS_ROLES
    fields = readonly_fields = ("name", "role", "number", "kind_labels", "proof", "is_active", "added_at")
    show_change_link = True

    @admin.display(description="휴대폰")
    def number(self, recipient: Recipient) -> str:
        return masked(recipient.mobile)

    @admin.display(description="받는 안내")
    def kind_labels(self, recipient: Recipient) -> str:
        return recipient.kind_labels


class ReceptionChangeInline(ScopedInline):
    """Who asked for what, when and by which way."""

    model = ReceptionChange
    view_roles = BUSINESS_ROLES
    fields = readonly_fields = ("at", "what", "recipient_name", "detail", "way", "caller", "note", "entered_by")

    entered_by = named("by", "등록자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceptionChange]:
        return super().get_queryset(request).select_related("by", "recipient")

    @admin.display(description="추가 수신자")
    def recipient_name(self, change: ReceptionChange) -> str:
        return change.recipient.name if change.recipient else "-"


class ReachFilter(admin.SimpleListFilter):
    """Whether anybody would receive the member's expiry notices."""

    title = "안내 문자 받을 곳"
    parameter_name = "reach"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("nobody", "없음(번호 등록 필요)"),
            ("wrong", "번호 확인 필요"),
            ("opted_out", "대표이사 수신거부"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        match self.value():
            case "nobody":
                return unreachable(queryset)
            case "wrong":
                return wrongly_numbered(queryset)
            case "opted_out":
                return queryset.filter(reception__representative_receives=False)
        return queryset


def unreachable(members: QuerySet[Member]) -> QuerySet[Member]:
    """Members in good standing without a number to send to, who have not refused either."""
    added = Recipient.everything.filter(
        member=OuterRef("pk"), is_active=True, proven_at__isnull=False, kinds__contains=[NoticeKind.EXPIRY.value]
    )
    refused = Q(reception__representative_receives=False)
    return members.filter(~Exists(added), representative_mobile="", status="active").exclude(refused)


def wrongly_numbered(members: QuerySet[Member]) -> QuerySet[Member]:
    """Members in good standing with a number that the carrier does not know, or whose owner is somebody else."""
    bad = Suppression.everything.filter(lifted_at__isnull=True, reason__in=["bad_number", "request"])
    numbers = bad.order_by().values("mobile")
    added = Recipient.everything.filter(member=OuterRef("pk"), is_active=True, mobile__in=numbers)
    return members.filter(Q(representative_mobile__in=numbers) | Exists(added), status="active")


@admin.register(Member)
class MemberWithReceptionAdmin(MemberAdmin):
    """The registered page of a member."""

    list_display = (*MemberAdmin.list_display, "reception_state")
    list_select_related = ("branch", "reception")
    list_filter = (*MemberAdmin.list_filter, ReachFilter)
    readonly_fields = (*MemberAdmin.readonly_fields, "reception_state")
    inlines = (*MemberAdmin.inlines, RecipientInline, ReceptionChangeInline, LinkPermissionInline)
    buttons: ClassVar[tuple[Button, ...]] = (
        *MemberAdmin.buttons,
        Button(
            name="opt-out", label="전화 수신거부 등록", roles=BRANCH_ROLES, form=CallForm, run=opt_out,
            when=receives,
            question="대표이사에게 보증해제대상 안내 문자를 더 보내지 않습니다. 추가 수신자는 그대로 받습니다.",
        ),
        Button(
            name="opt-in", label="전화 수신 재개 등록", roles=BRANCH_ROLES, form=CallForm, run=opt_in,
            when=lambda member: not receives(member),
            question="대표이사에게 보증해제대상 안내 문자를 다시 보냅니다.",
        ),
        Button(
            name="adjust-mileage", label="마일리지 조정", roles=DECIDING_ROLES, form=AdjustForm, run=adjust,
            when=lambda member: True,
            question="조합원의 문자메시지 마일리지를 늘리거나 줄입니다. 내역서에 사유와 함께 나타납니다.",
        ),
        *LINK_BUTTONS,
    )  # fmt: skip

    def reception_fields(self, obj: Any) -> tuple[str, ...]:
        return () if obj is None else ("reception_state",)

    def about(self, request: HttpRequest, row: Member, button: Button) -> Facts:
        return [
            ("조합원", row.name),
            ("사업자등록번호", mask_business_number(row.business_number)),
            ("대표이사", f"{row.representative_name} {masked(row.representative_mobile)}"),
            *(links_of(row) if button in LINK_BUTTONS else []),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "representative_mobile" in form.changed_data and change and not receives(obj):
            messages.warning(
                request,
                "대표이사가 수신거부 상태라 새 번호로도 안내 문자가 나가지 않습니다. "
                "본인이 원하면 ‘전화 수신 재개 등록’을 해 주세요.",
            )

    @admin.display(description="안내 문자")
    def reception_state(self, member: Member) -> str:
        reception = getattr(member, "reception", None)
        if reception is not None and not reception.representative_receives:
            return badge("opted_out", "수신거부", "warn")
        if not member.representative_mobile:
            return badge("no_number", "번호 없음", "danger")
        return badge("receives", "수신", "ok")
