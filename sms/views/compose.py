"""문자메시지서비스: write, see what it costs, send (S16, S17)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import escape
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.access import Actor
from portal.identifiers import format_mobile
from portal.ksx1001 import NotSendable, byte_size
from portal.members.gate import member_page
from portal.members.models import Member
from portal.refusals import Refusal
from sms.account import balance, next_lapse
from sms.actions import free_sms
from sms.forms import ComposeForm
from sms.models import Channel
from sms.outbox import sender_of
from sms.rules import free_sms as rules
from sms.rules.texts import SMS_BYTES
from sms.views.own import SMS_MENU, own_member, side_menu, trail_to

FIELD_OF: dict[type[Refusal], str] = {
    rules.NothingToSend: "text",
    rules.AdvertisingRefused: "text",
    rules.LinkRefused: "text",
    rules.TextOverLimit: "text",
    free_sms.TextNotSendable: "text",
    free_sms.NobodyToSendTo: "numbers",
    free_sms.TooManyRecipients: "numbers",
}


@member_page
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """Write a message; `step` is check (show the cost), send, or edit (go back with what was typed)."""
    member = own_member(request)
    form = ComposeForm(request.POST or None, member=member)
    step = request.POST.get("step")
    if request.method == "POST" and step != "edit" and form.is_valid():
        try:
            if step == "send" and form.cleaned_data["key"]:
                return _send(request, member, form)
            return _confirm(request, member, form)
        except Refusal as refused:
            form.add_error(FIELD_OF.get(type(refused)), refused.message)
    return _page(request, member, form)


def _page(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    now = clock.now()
    context = {
        "form": form,
        "balance": balance(member.pk, now),
        "lapse": next_lapse(member.pk, now),
        "sender": _sender(),
        "room": _room(member),
        "text_help": _text_help(member),
        "is_closed": not free_sms.is_service_open(now),
        "closed_text": free_sms.ServiceClosed.message,
        "opens": free_sms.OPENS,
        "closes": free_sms.CLOSES,
        "most": rules.MOST_RECIPIENTS,
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose")),
    }
    return render(request, "sms/compose.html", context)


def _confirm(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    plan = free_sms.plan(member=member, text=form.cleaned_data["text"], addressees=form.addressees, at=clock.now())
    context = {
        "form": form,
        "plan": plan,
        "size": byte_size(plan.body),
        "doubles": len(form.addressees) - len(plan.addressees),
        "sender": _sender(),
        "key": uuid4(),  # of this confirmation: pressing twice sends once, writing anew sends anew
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("보내기 전 확인", "sms:compose")),
    }
    return render(request, "sms/confirm.html", context)


def _send(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    now = clock.now()
    spend = free_sms.send(
        member_id=member.pk,
        key=form.cleaned_data["key"],
        text=form.cleaned_data["text"],
        addressees=form.addressees,
        by=Actor.of(request),
        at=now,
    )
    left = balance(member.pk, now)
    sent = f"문자 {spend.calls:,}통을 접수했습니다. {spend.calls:,}콜을 썼고 {left:,}콜이 남았습니다."
    messages.success(request, sent)
    return redirect("sms:messages")


def _sender() -> str:
    number = sender_of(Channel.SMS)
    return format_mobile(number) if number.startswith("010") else number


def _room(member: Member) -> int:
    """Bytes for the member's own words."""
    try:
        return rules.room(free_sms.company_of(member))
    except NotSendable:
        return SMS_BYTES


def _text_help(member: Member) -> str:
    try:
        head = rules.head(free_sms.company_of(member)).strip()
    except NotSendable:
        return ""
    return escape(f"누가 보냈는지 알 수 있게 회사 이름 {head} 다음에 내용이 이어집니다.")
