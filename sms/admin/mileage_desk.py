"""마일리지 조정, 이상, 대사: what staff decide and what the nightly check found."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import badge, named
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter
from portal.members.roles import Role
from sms.actions.mileage.adjusting import APPROVERS, approve_adjustment, decline_adjustment
from sms.actions.mileage.reconciling import resolve_anomaly
from sms.admin.batches import MACHINE_ROOM
from sms.admin.mileage import MemberLedgerAdmin
from sms.models import Adjustment, AdjustmentState, LedgerCheck, MileageAnomaly

TONES = {"waiting": "warn", "booked": "done", "declined": "danger"}


class DeclineForm(forms.Form):
    reason = forms.CharField(label="반려 사유", max_length=200)


class ResolveForm(forms.Form):
    note = forms.CharField(label="처리 내용", max_length=200, help_text="무엇을 확인했고 어떻게 했는지 적습니다.")


def approve(row: Adjustment, **answers: Any) -> str:
    done = approve_adjustment(adjustment_id=row.pk, **answers)
    return f"{done.member}의 마일리지를 {done.calls:+,}콜 조정했습니다."


def decline(row: Adjustment, **answers: Any) -> str:
    done = decline_adjustment(adjustment_id=row.pk, **answers)
    return f"{done.member}의 마일리지 조정을 반려했습니다. 잔액은 그대로입니다."


def resolve(row: MileageAnomaly, **answers: Any) -> str:
    resolve_anomaly(anomaly_id=row.pk, **answers)
    return "처리한 것으로 적었습니다."


def is_waiting(row: Adjustment) -> bool:
    return row.state == AdjustmentState.WAITING


@admin.register(Adjustment)
class AdjustmentAdmin(ButtonAdmin, MemberLedgerAdmin):
    """Asked for at the member's page; decided here by a second person."""

    list_display = ("asked_at", "member", "signed_calls", "reason", "standing", "asker", "decider")
    list_filter = ("state", "reason", ("member__branch", ScopedRelatedFilter))
    list_select_related: ClassVar[Any] = ("member", "asked_by", "decided_by")
    fields = (
        "member", "signed_calls", "reason", "note", "standing", "asker", "asked_at", "decider", "decided_at",
        "decline_reason",
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="approve", label="승인", roles=APPROVERS, run=approve, when=is_waiting,
            question="다른 담당자가 신청한 조정입니다. 승인하면 바로 잔액에 반영됩니다.",
        ),
        Button(
            name="decline", label="반려", roles=APPROVERS, run=decline, when=is_waiting, form=DeclineForm,
            question="조정하지 않고 신청을 끝냅니다.",
        ),
    )  # fmt: skip

    asker = named("asked_by", "신청")
    decider = named("decided_by", "결정")

    def about(self, request: HttpRequest, row: Adjustment, button: Button) -> Facts:
        return [
            ("조합원", row.member.name),
            ("콜", f"{row.calls:+,}콜"),
            ("사유", row.get_reason_display()),
            ("설명", row.note),
            ("신청", str(row.asked_by)),
        ]

    @admin.display(description="콜")
    def signed_calls(self, row: Adjustment) -> str:
        return f"{row.calls:+,}콜"

    @admin.display(description="상태")
    def standing(self, row: Adjustment) -> str:
        return badge(row.state, row.get_state_display(), TONES[row.state])


class OpenFilter(admin.SimpleListFilter):
    title = "처리"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("1", "처리할 것"), ("0", "처리한 것")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(resolved_at__isnull=self.value() == "1") if self.value() else queryset


@admin.register(MileageAnomaly)
class MileageAnomalyAdmin(ButtonAdmin, MemberLedgerAdmin):
    """What does not fit, until somebody has said what it was."""

    list_display = ("at", "member", "text", "standing", "resolver")
    list_filter = (OpenFilter, "kind", ("member__branch", ScopedRelatedFilter))
    list_select_related: ClassVar[Any] = ("member", "resolved_by")
    fields = ("at", "member", "kind", "text", "subject", "standing", "resolver", "resolved_at", "note")
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="resolve", label="처리 완료", roles=frozenset({Role.HQ_UNDERWRITER}), run=resolve,
            form=ResolveForm, when=lambda row: row.resolved_at is None,
            question="원인을 확인하고 조합원의 잔액이 맞는지 보셨습니까?",
        ),
    )  # fmt: skip

    resolver = named("resolved_by", "처리")

    @admin.display(description="상태")
    def standing(self, row: MileageAnomaly) -> str:
        return badge("waiting", "확인 필요", "warn") if row.resolved_at is None else badge("done", "처리됨")


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnlyAdmin):
    """Whether the account added up, night by night; the first row is the last run."""

    head_office_only = True
    view_roles = MACHINE_ROOM
    list_display = ("at", "lots", "entries", "calls", "differences")
    sortable_by = ()
    fields = ("at", "lots", "entries", "calls", "differences", "text")
