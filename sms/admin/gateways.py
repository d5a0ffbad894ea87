"""중계사 상태: which gateway takes texts, what is left of its money, what went wrong, and the two switches."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin

from portal.desk.buttons import Button, ButtonAdmin
from portal.desk.cells import EMPTY, badge, named, won
from portal.desk.scoped import ReadOnlyAdmin
from portal.particles import as_means
from sms.admin.batches import CLERKS, MACHINE_ROOM, ReasonForm
from sms.delivery import alarms, circuits, watch
from sms.models import Batch, BatchState, Circuit, GatewayAlarm, GatewayState, SenderRegistration

TONES = {Circuit.CLOSED: "ok", Circuit.OPEN: "danger", Circuit.HALF_OPEN: "warn"}


def hold(state: GatewayState, **given: Any) -> str:
    circuits.hold(name=state.name, **given)
    return f"{as_means(state.name)}는 더 보내지 않습니다. 이미 넘긴 문자는 그대로 결과를 확인합니다."


def release(state: GatewayState, **given: Any) -> str:
    circuits.release(name=state.name, **given)
    return f"{as_means(state.name)} 다시 보냅니다."


def registrations(**which: Any) -> str:
    """Where sender numbers are registered, in words."""
    rows = SenderRegistration.objects.filter(**which).select_related("sender")
    return ", ".join(f"{row}: {'등록됨' if row.is_registered else '등록되지 않음'}" for row in rows) or EMPTY


@admin.register(GatewayState)
class GatewayStateAdmin(ButtonAdmin, ReadOnlyAdmin):
    head_office_only = True
    view_roles = MACHINE_ROOM
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="hold", label="차단", roles=CLERKS, form=ReasonForm, run=hold, is_dangerous=True,
            when=lambda state: not state.is_held,
            question="이 중계사로 문자를 보내지 않습니다. 다른 중계사가 있으면 그리로 가고, 없으면 기다립니다.",
        ),
        Button(
            name="release", label="차단 해제", roles=CLERKS, form=ReasonForm, run=release,
            when=lambda state: state.circuit != Circuit.CLOSED or state.retry_at is not None,
            question="이 중계사로 지금부터 다시 보냅니다. 문제가 남아 있으면 저절로 다시 차단됩니다.",
        ),
    )  # fmt: skip
    list_display = ("name", "condition", "retry_at", "in_flight", "in_question", "balance_won", "share", "trouble")
    sortable_by = ()
    fields = (
        "name", "condition", "since", "retry_at", "failures", "in_flight", "in_question", "trouble", "trouble_at",
        "balance_won", "share", "used", "quota", "senders", "checked_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="발송")
    def condition(self, state: GatewayState) -> str:
        label = "담당자가 차단" if state.is_held else state.get_circuit_display()
        return badge(state.circuit, label, TONES[Circuit(state.circuit)])

    @admin.display(description="보내는 중")
    def in_flight(self, state: GatewayState) -> int:
        return Batch.objects.filter(gateway=state.name, state=BatchState.CLAIMED).count()

    @admin.display(description="결과 확인 중")
    def in_question(self, state: GatewayState) -> int:
        return Batch.objects.filter(gateway=state.name, state__in=[BatchState.UNKNOWN, BatchState.REVIEW]).count()

    @admin.display(description="잔액")
    def balance_won(self, state: GatewayState) -> str:
        return won(state.balance)

    @admin.display(description="사용률")
    def share(self, state: GatewayState) -> str:
        level = watch.level_of(state)
        if not state.quota and state.balance is None:
            return EMPTY
        tone = "danger" if level >= 90 else "warn" if level else "ok"
        return badge("share", f"{watch.used_share(state)}%", tone)

    @admin.display(description="발신번호")
    def senders(self, state: GatewayState) -> str:
        return registrations(gateway=state.name)


class NoteForm(forms.Form):
    """What a person found and did."""

    note = forms.CharField(label="확인 내용", max_length=200, help_text="무엇이었고 어떻게 했는지 적습니다.")


def settle(alarm: GatewayAlarm, **given: Any) -> str:
    alarms.settle_alarm(alarm_id=alarm.pk, **given)
    return f"{alarm} 경보를 확인했습니다."


@admin.register(GatewayAlarm)
class GatewayAlarmAdmin(ButtonAdmin, ReadOnlyAdmin):
    head_office_only = True
    view_roles = MACHINE_ROOM
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="settle", label="확인함", roles=CLERKS, form=NoteForm, run=settle,
            when=lambda alarm: alarm.settled_at is None,
            question="원인을 확인하셨습니까? 같은 일이 다시 생기면 새 경보가 뜹니다.",
        ),
    )  # fmt: skip
    list_display = ("last_at", "gateway", "kind", "times", "text", "settled_at")
    list_filter = ("kind", ("settled_at", admin.EmptyFieldListFilter))
    sortable_by = ()
    fields = (
        "kind", "gateway", "text", "times", "first_at", "last_at", "settled_at", "settled_person", "note",
    )  # fmt: skip
    readonly_fields = ("settled_person",)

    settled_person = named("settled_by", "확인한 사람")
