"""문자메시지서비스: write, see what it costs, send (S16, S17)."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.access import Actor
from portal.clock import seoul_day
from portal.identifiers import format_mobile, format_sender_number
from portal.ksx1001 import NotSendable, byte_size
from portal.members.gate import member_page
from portal.members.models import Member
from portal.refusals import Refusal
from portal.side_menu import side_menu, trail_to
from sms import free_service
from sms.account import balance, coming_suspension, next_lapse
from sms.actions import free_refusals, free_sms
from sms.forms.compose import ComposeForm
from sms.models import Contact, Message, SendRequest
from sms.queries import state_of
from sms.rules import free_sms as rules
from sms.rules.free_sms import Category, Frame
from sms.rules.mileage import cost
from sms.rules.texts import LMS_BYTES, SMS_BYTES
from sms.views.own import SMS_MENU, own_member
from sms.views.sent_rows import FAILED

FIELD_OF: dict[type[Refusal], str] = {
    rules.NothingToSend: "text",
    rules.AdvertisingRefused: "category",
    rules.AdvertisingOff: "category",
    rules.ContactMissing: "category",
    rules.AdConsentMissing: "ad_consent",
    rules.LinkRefused: "text",
    rules.TextOverLimit: "text",
    free_refusals.TextNotSendable: "text",
    free_refusals.NobodyToSendTo: "numbers",
    free_refusals.NobodyLeft: "numbers",
    free_refusals.TooManyRecipients: "numbers",
}


@member_page
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """Write a message; `step` is check (show the cost), send, or edit (go back with what was typed).

    GET ?again=ID begins with the text of an earlier request and those it did not reach, ?contact=ID and
    ?group=NAME with people of the address book.
    """
    member = own_member(request)
    form = ComposeForm(
        request.POST if request.method == "POST" else None, member=member, initial=_beginning(request)
    )
    step = request.POST.get("step")
    if request.method == "POST" and step != "edit":
        try:
            if not form.is_valid():
                _look_at_text(member, form)
            elif step == "send" and form.cleaned_data["key"]:
                return _send(request, member, form)
            else:
                return _confirm(request, member, form)
        except Refusal as refused:
            field = FIELD_OF.get(type(refused))
            form.add_error(field if field in form.fields else None, refused.message)
    return _page(request, member, form)


def _look_at_text(member: Member, form: ComposeForm) -> None:
    """Of a form with a fault elsewhere, too, so that all is told at once. Raises as `free_sms.body_of`."""
    if {"text", "category"} <= form.cleaned_data.keys():
        free_sms.body_of(member, form.writing)


def _page(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    now = clock.now()
    switch = free_service.last_switch()
    left = free_service.left_today(member_id=member.pk, user_id=request.user.pk, at=now)
    context = {
        "form": form,
        "balance": balance(member.pk, now),
        "lapse": next_lapse(member.pk, now),
        "suspension": coming_suspension(now),
        "sender": _sender(now),
        "no_sender": free_refusals.SenderMissing.message,
        "is_off": switch is not None and not switch.is_on,
        "off_text": free_refusals.ServiceOff(switch.reason).message if switch else "",
        "is_closed": not free_sms.is_service_open(now),
        "closed_text": free_refusals.ServiceClosed.message,
        "opens": free_refusals.OPENS,
        "closes": free_refusals.CLOSES,
        "most": rules.MOST_RECIPIENTS,
        "left_today": left,
        "frames": _frames(member),
        "domains": free_service.domains_of(member),
        "limits": {"sms": SMS_BYTES, "lms": LMS_BYTES},
        "costs": {"sms": cost("sms"), "lms": cost("lms")},
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose")),
    }
    return render(request, "sms/compose.html", context)


def _confirm(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    plan = free_sms.plan(
        member=member, text=form.writing, addressees=form.addressees, by=Actor.of(request), at=clock.now()
    )
    context = {
        "form": form,
        "plan": plan,
        "size": byte_size(plan.body),
        "limit": LMS_BYTES if plan.kind == "lms" else SMS_BYTES,
        "category": dict(SendRequest.Category.choices)[form.writing.category],
        "doubles": len(form.addressees) - len(plan.addressees) - len(plan.skipped),
        "sender": _sender(clock.now()),
        "key": uuid4(),  # of this confirmation: pressing twice sends once, writing anew sends anew
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("보내기 전 확인", "sms:compose")),
    }
    return render(request, "sms/confirm.html", context)


def _send(request: HttpRequest, member: Member, form: ComposeForm) -> HttpResponse:
    now = clock.now()
    made = free_sms.send(
        member_id=member.pk,
        key=form.cleaned_data["key"],
        text=form.writing,
        addressees=form.addressees,
        by=Actor.of(request),
        at=now,
    )
    left = balance(member.pk, now)
    calls = made.spend.calls
    messages.success(
        request, f"문자 {made.recipients:,}통을 접수했습니다. {calls:,}콜을 썼고 {left:,}콜이 남았습니다."
    )
    return redirect("sms:sent", made.public_id)


def _sender(now: Any) -> str:
    number = free_service.registered_sender(seoul_day(now))
    return format_sender_number(number) if number else ""


def _frames(member: Member) -> dict[str, Frame]:
    """What the page puts around the words while they are typed; none where it cannot be said yet."""
    offered = [Category.INFORMATION, *([Category.ADVERTISING] if free_service.opt_out_number() else [])]
    frames = {}
    for category in offered:
        try:
            frame = free_service.frame_of(member, category)
            frame.room()
        except (NotSendable, rules.ContactMissing):
            continue
        frames[category.value] = frame
    return frames


def _beginning(request: HttpRequest) -> dict[str, Any]:
    """What the empty page already holds; ids of others are passed over."""
    found: dict[str, Any] = {}
    wanted = [one for text in request.GET.getlist("contact")[: rules.MOST_RECIPIENTS] if (one := _uuid(text))]
    if wanted:
        mine = Contact.objects.for_user(request.user).filter(public_id__in=wanted)
        found["contacts"] = [str(one) for one in mine.values_list("public_id", flat=True)]
    if group := request.GET.get("group"):
        found["groups"] = [group]
    if again := _uuid(request.GET.get("again", "")):
        found |= _again(request, again)
    return found


def _again(request: HttpRequest, wanted: UUID) -> dict[str, Any]:
    requests = SendRequest.objects.for_user(request.user).select_related("spend")
    if (earlier := requests.filter(public_id=wanted).first()) is None:
        return {}
    sent = Message.objects.for_user(request.user).filter(reference=earlier.reference).order_by("id")
    states = state_of(sent)
    missed = [one.to for one in sent if states[one.pk].code in FAILED]
    known = dict(
        Contact.objects.for_user(request.user).filter(mobile__in=missed).values_list("mobile", "public_id")
    )
    return {
        "text": earlier.text,
        "category": earlier.category,
        "kind": "lms" if earlier.channel == "lms" else "sms",
        "contacts": [str(known[mobile]) for mobile in missed if mobile in known],
        "numbers": "\n".join(format_mobile(mobile) for mobile in missed if mobile not in known),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
