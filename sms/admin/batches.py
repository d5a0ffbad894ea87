"""The machine room: batches in doubt wait for two people's word, and delivery reports as they came."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal import clock
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import EMPTY, badge
from portal.desk.scoped import ReadOnlyAdmin
from portal.members.roles import Role
from portal.particles import as_object
from sms.delivery import review
from sms.delivery.reports import PARKED
from sms.models import Batch, BatchState, BatchVerdict, Receipt

CLERKS = frozenset({Role.IT_SUPPORT, Role.HQ_UNDERWRITER})
MACHINE_ROOM = frozenset({Role.IT_SUPPORT, Role.HQ_UNDERWRITER, Role.AUDITOR})
ORPHANS_SHOWN = timedelta(days=30)


class ReasonForm(forms.Form):
    """Why, for the trail."""

    reason = forms.CharField(label="사유", max_length=200)


class FoundForm(forms.Form):
    """What the vendor said when asked."""

    reason = forms.CharField(
        label="확인한 내용", max_length=200, help_text="중계사 누구에게 무엇을 확인했는지 적습니다."
    )


def went_out(batch: Batch, **given: Any) -> str:
    review.propose(batch_id=batch.pk, went_out=True, **given)
    return f"{as_object(batch)} 이미 나간 것으로 적었습니다. 다른 담당자가 동의하면 처리됩니다."


def send_again(batch: Batch, **given: Any) -> str:
    review.propose(batch_id=batch.pk, went_out=False, **given)
    return f"{as_object(batch)} 나가지 않은 것으로 적었습니다. 다른 담당자가 동의하면 다시 보냅니다."


def agree(batch: Batch, **given: Any) -> str:
    review.agree(batch_id=batch.pk, **given)
    return f"{as_object(batch)} 확인된 내용대로 처리했습니다."


def take_back(batch: Batch, **given: Any) -> str:
    review.take_back(batch_id=batch.pk, **given)
    return f"{as_object(batch)} 다시 확인합니다. 아무것도 보내지 않았습니다."


def said_of(batch: Batch) -> BatchVerdict | None:
    """What the first person found out, while a second one has not answered."""
    return batch.verdicts.filter(answered_at__isnull=True).select_related("asked_by").first()


def in_doubt(batch: Batch) -> bool:
    return batch.state == BatchState.REVIEW and said_of(batch) is None


def is_said(batch: Batch) -> bool:
    return batch.state == BatchState.REVIEW and said_of(batch) is not None


@admin.register(Batch)
class BatchAdmin(ButtonAdmin, ReadOnlyAdmin):
    """One person finds out what became of a batch in doubt, another agrees."""

    head_office_only = True
    view_roles = MACHINE_ROOM
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="went-out", label="이미 나감", roles=CLERKS, when=in_doubt, run=went_out, form=FoundForm,
            question="중계사에 확인해 보니 이미 나간 문자입니까? 다른 담당자가 동의하면 다시 나가지 않습니다.",
        ),
        Button(
            name="send-again", label="나가지 않음", roles=CLERKS, when=in_doubt, run=send_again, form=FoundForm,
            is_dangerous=True,
            question="중계사에 확인해 보니 나가지 않은 문자입니까? 나간 문자를 다시 보내면 두 번 갑니다.",
        ),
        Button(
            name="agree", label="동의하고 처리", roles=CLERKS, when=is_said, run=agree, is_dangerous=True,
            question="중계사에 직접 확인해 보셨습니까? 동의하면 확인된 내용대로 바로 처리합니다.",
        ),
        Button(
            name="take-back", label="다시 확인", roles=CLERKS, when=is_said, run=take_back,
            question="확인한 내용이 틀렸거나 분명하지 않으면 되돌립니다. 문자는 그대로 기다립니다.",
        ),
    )  # fmt: skip
    list_display = ("id", "purpose", "channel", "size", "progress", "not_before", "attempt", "gateway", "trouble")
    list_filter = ("state", "channel", "purpose")
    sortable_by = ()
    fields = (
        "purpose", "channel", "size", "progress", "said", "not_before", "lease_until", "attempt", "gateway",
        "trouble", "created_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("progress", "said")

    def about(self, request: HttpRequest, row: Batch, button: Button) -> Facts:
        return [("묶음", str(row)), ("중계사", row.gateway), ("첫 확인", self.said(row))]

    @admin.display(description="상태")
    def progress(self, batch: Batch) -> str:
        return badge(batch.state, batch.get_state_display())

    @admin.display(description="첫 확인")
    def said(self, batch: Batch) -> str:
        verdict = said_of(batch)
        if verdict is None:
            return EMPTY
        return f"{'이미 나감' if verdict.went_out else '나가지 않음'}: {verdict.reason} ({verdict.asked_by})"


def orphans(receipts: QuerySet[Receipt], at: datetime) -> QuerySet[Receipt]:
    """Reports nobody could be found for within a day: a text may have gone out that we know nothing of."""
    return receipts.filter(message__isnull=True, received_at__lt=at - PARKED, received_at__gt=at - ORPHANS_SHOWN)


class OrphanFilter(admin.SimpleListFilter):
    title = "메시지"
    parameter_name = "orphan"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "하루가 지나도 찾지 못함")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Receipt]) -> QuerySet[Receipt]:
        return orphans(queryset, clock.now()) if self.value() == "yes" else queryset


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Delivery reports as they came, also those nobody could be found for."""

    head_office_only = True
    view_roles = MACHINE_ROOM
    list_display = ("received_at", "gateway", "provider_ref", "state", "code", "reason", "message_id")
    list_filter = (OrphanFilter,)
    sortable_by = ()
    search_fields = ("provider_ref__exact",)
    search_help_text = "중계사 번호 전체로 찾습니다."
    fields = ("received_at", "reported_at", "gateway", "provider_ref", "state", "code", "reason", "message_id")
