"""문자메시지서비스 at the desk: the kill switch, and what members asked to be sent."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from portal import clock
from portal.access import Actor
from portal.clock import seoul_day
from portal.desk.buttons import held_roles
from portal.desk.cells import badge, named
from portal.desk.scoped import ScopedAdmin, ScopedRelatedFilter
from portal.desk.worklists import Work, worklist
from portal.members.roles import Role
from sms.actions.switching import SWITCHERS, switch
from sms.admin.mileage import MemberLedgerAdmin
from sms.free_service import is_switched_off, registered_sender
from sms.models import SendRequest, ServiceSwitch

WATCHERS = SWITCHERS | {Role.AUDITOR}
OFF = (
    "끄면 조합원이 문자를 새로 보낼 수 없고, 아직 나가지 않은 조합원 문자도 나가지 않습니다. 심사 결과와 "
    "보증해제대상 안내는 그대로 나갑니다. 사유는 조합원 화면에 그대로 나옵니다."
)
ON = "켜면 조합원이 다시 문자를 보낼 수 있고, 보류된 문자도 보낼 수 있는 시간 안이면 이어서 나갑니다."
SWITCHED_OFF = (
    "문자메시지서비스를 껐습니다. 아직 나가지 않은 조합원 문자는 보류하고, 조합의 안내 문자는 그대로 나갑니다."
)
SWITCHED_ON = "문자메시지서비스를 켰습니다. 보류된 문자는 보낼 수 있는 시간 안이면 이어서 나갑니다."


class SwitchForm(forms.ModelForm):
    """Why; `wanted` is what the page offered, so that two people pressing at once do not undo each other."""

    wanted = forms.ChoiceField(choices=[("on", "켜기"), ("off", "끄기")], widget=forms.HiddenInput)

    class Meta:
        model = ServiceSwitch
        fields = ("reason",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" not in self.fields:  # the page of an earlier row only shows it
            return
        self.fields["wanted"].initial = "on" if is_switched_off() else "off"
        self.fields["reason"].help_text = OFF if self.fields["wanted"].initial == "off" else ON


@admin.register(ServiceSwitch)
class ServiceSwitchAdmin(ScopedAdmin):
    """On or off: a new row switches, the earlier rows tell who did what and why."""

    head_office_only = True
    view_roles = WATCHERS
    add_roles = SWITCHERS
    form = SwitchForm
    list_display = ("at", "state", "reason", "switched_by")
    list_display_links = ("at", "state")
    sortable_by = ()

    switched_by = named("by", "처리한 사람")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("reason", "wanted") if obj is None else ("at", "state", "reason", "switched_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("at", "state", "reason", "switched_by")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().render_change_form(request, context, *args, **kwargs)
        if context.get("original") is None:
            verb = "켜기" if is_switched_off() else "끄기"
            response.context_data["title"] = f"문자메시지서비스 {verb}"
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        wanted = form.cleaned_data["wanted"] == "on"
        by = Actor.of(request, "admin")
        row = switch(on=wanted, reason=form.cleaned_data["reason"], by=by, at=clock.now())
        obj.pk, obj.is_on = row.pk, row.is_on

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, SWITCHED_ON if obj.is_on else SWITCHED_OFF)
        return redirect("admin:sms_serviceswitch_changelist")

    @admin.display(description="상태")
    def state(self, row: ServiceSwitch) -> str:
        return badge("on", "켜짐", "ok") if row.is_on else badge("off", "꺼짐", "danger")


@admin.register(SendRequest)
class SendRequestAdmin(MemberLedgerAdmin):
    """Who asked for what, and as what he declared it. The messages themselves are under 메시지."""

    list_display = ("at", "member", "category", "channel", "recipients", "sent_by")
    list_select_related = ("member", "by")
    list_filter = ("category", "channel", ("member__branch", ScopedRelatedFilter))
    fields = ("at", "member", "sent_by", "category", "has_ad_consent", "channel", "recipients", "text")

    sent_by = named("by", "보낸 사람")


@worklist(31)
def service_to_look_after(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """What keeps members from sending: the switch, or a sender number that is missing or has ended."""
    if not held_roles(request) & WATCHERS:
        return
    switches = reverse("admin:sms_serviceswitch_changelist")
    yield Work("멈춘 문자메시지서비스", int(is_switched_off()), switches, is_urgent=True)
    missing = not registered_sender(seoul_day(at))
    senders = reverse("admin:sms_sendernumber_changelist")
    note = "기본 발신번호를 등록하거나 증빙 유효일을 고쳐 주세요."
    yield Work("쓸 수 있는 기본 발신번호 없음", int(missing), senders, note, is_urgent=True)
