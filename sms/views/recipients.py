"""마이페이지 › SMS 수신자 등록: who receives which notices, and whose number is proven (S29-S32)."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.access import Actor
from portal.members.gate import member_page
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.side_menu import MY_MENU, side_menu, trail_to
from portal.throttle import Allowance, seconds_to_wait
from sms.actions import proving
from sms.actions import recipients as actions
from sms.forms.recipients import EXPLAINED, RecipientForm
from sms.models import Reception, ReceptionChange, Recipient
from sms.recipients_sql import receivers_of
from sms.views.own import own_member

HISTORY_A_PAGE = 20
# Nobody's phone is rung often by us, and no company rings many.
CODES_TO_A_NUMBER = Allowance("recipient-code", most=3, seconds=600)
CODES_OF_A_COMPANY = Allowance("recipient-codes-of-member", most=20, seconds=3600)
Way = ReceptionChange.Way


class TooManyCodes(Refusal):
    """More codes than a phone should ring for."""


@member_page
@require_http_methods(["GET", "POST"])
def recipients(request: HttpRequest) -> HttpResponse:
    """The people and the history; POST `do` is one of DEEDS."""
    member = own_member(request)
    form = RecipientForm(request.POST if request.POST.get("do") == "add" else None)
    if request.method == "POST":
        do = DEEDS.get(request.POST.get("do", ""))
        if do is None:
            raise Http404
        try:
            if done := do(request, member, form):
                messages.success(request, done)
                return redirect("sms:recipients")
        except Refusal as refused:
            if not form.is_bound:
                messages.error(request, refused.message)
                return redirect("sms:recipients")
            form.add_error("mobile" if isinstance(refused, actions.AlreadyReceives) else None, refused.message)
    return _page(request, member, form)


def _page(request: HttpRequest, member: Member, form: RecipientForm) -> HttpResponse:
    user = request.user
    reception = Reception.objects.for_user(user).filter(member=member).first()
    added = list(Recipient.objects.for_user(user).filter(member=member, is_active=True))
    changes = ReceptionChange.objects.for_user(user).filter(member=member).select_related("recipient", "by")
    page = Paginator(changes, HISTORY_A_PAGE).get_page(request.GET.get("page"))
    receives = reception is None or reception.representative_receives
    context = {
        "member": member,
        "form": form,
        "receives": receives,
        "changed_at": reception.changed_at if reception else None,
        "may_decide": Role.MEMBER_REP in Actor.of(request).roles,
        "added": added,
        "most": actions.MOST_ADDED,
        "receivers": receivers_of(member.pk),
        "unproven": sum(not person.is_proven for person in added),
        "kinds": EXPLAINED,
        "page": page,
        "menu_items": side_menu(request, MY_MENU),
        "breadcrumbs": trail_to(("마이페이지", "sms:my_page"), ("SMS 수신자 등록", "sms:recipients")),
    }
    return render(request, "sms/recipients.html", context)


def _opt_out(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    actions.opt_out(member_id=member.pk, by=Actor.of(request), at=clock.now(), way=Way.WEB)
    return "대표이사 앞 안내 문자의 수신을 거부했습니다. 이 화면에서 언제든지 다시 받을 수 있습니다."


def _opt_in(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    actions.opt_in(member_id=member.pk, by=Actor.of(request), at=clock.now(), way=Way.WEB)
    return "대표이사 앞으로 안내 문자를 다시 보내 드립니다."


def _add(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    """What was done, or nothing when the form has errors."""
    if not form.is_valid():
        return ""
    person = actions.add_recipient(member_id=member.pk, by=Actor.of(request), at=clock.now(), **form.cleaned_data)
    try:
        _text_code(request, person)
    except Refusal as refused:
        messages.warning(
            request, f"{person.name} 님을 수신자로 추가했지만 인증번호는 보내지 못했습니다. {refused.message}"
        )
        return f"{person.name} 님을 수신자로 추가했습니다."
    return (
        f"{person.name} 님을 수신자로 추가하고 인증번호를 문자로 보냈습니다. 3분 안에 받은 번호를 입력해 주세요."
    )


def _send(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    person = _person(request)
    _text_code(request, person)
    return f"{person.name} 님에게 인증번호를 문자로 보냈습니다. 3분 안에 받은 번호를 입력해 주세요."


def _prove(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    typed = request.POST.get("code", "")[:20]
    person = proving.prove(recipient_id=_person(request).pk, typed=typed, by=Actor.of(request), at=clock.now())
    return f"{person.name} 님의 번호를 확인했습니다. 이제부터 {person.kind_labels} 문자를 받습니다."


def _change(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    chosen = request.POST.getlist("kinds")
    person = actions.change_kinds(
        recipient_id=_person(request).pk, kinds=chosen, by=Actor.of(request), at=clock.now()
    )
    return f"{person.name} 님이 받는 안내: {person.kind_labels}."


def _remove(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    person = actions.remove_recipient(recipient_id=_person(request).pk, by=Actor.of(request), at=clock.now())
    return f"{person.name} 님은 이제 안내 문자를 받지 않습니다."


def _person(request: HttpRequest) -> Recipient:
    """The recipient named in the form. Raises Http404."""
    typed = request.POST.get("recipient", "")
    wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    return get_object_or_404(Recipient.objects.for_user(request.user), pk=wanted)


def _text_code(request: HttpRequest, person: Recipient) -> None:
    """Raises TooManyCodes, and as `proving.send_code` does."""
    at = clock.now()
    for allowance, who in ((CODES_TO_A_NUMBER, person.mobile), (CODES_OF_A_COMPANY, str(person.member_id))):
        if seconds := seconds_to_wait(allowance, who, at):
            minutes = -(-seconds // 60)
            raise TooManyCodes(f"인증번호를 너무 자주 요청했습니다. {minutes}분 뒤에 다시 받아 주세요.")
    proving.send_code(recipient_id=person.pk, by=Actor.of(request), at=at)


DEEDS: dict[str, Callable[[HttpRequest, Member, RecipientForm], str]] = {
    "opt_out": _opt_out,
    "opt_in": _opt_in,
    "add": _add,
    "send_code": _send,
    "prove": _prove,
    "change": _change,
    "remove": _remove,
}
