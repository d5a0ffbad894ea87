"""마이페이지 › SMS 수신자 등록: who receives the expiry notices (S29-S32)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.access import Actor
from portal.members.gate import member_page
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.actions import recipients as actions
from sms.forms import RecipientForm
from sms.models import Reception, ReceptionChange, Recipient
from sms.recipients_sql import receivers_of
from sms.views.own import MY_MENU, own_member, side_menu, trail_to

HISTORY = 30
Way = ReceptionChange.Way


@member_page
@require_http_methods(["GET", "POST"])
def recipients(request: HttpRequest) -> HttpResponse:
    """The people and the history; POST `do` is one of opt_out, opt_in, add, remove."""
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
        "changes": changes[:HISTORY],
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
    return f"{person.name} 님을 수신자로 추가했습니다."


def _remove(request: HttpRequest, member: Member, form: RecipientForm) -> str:
    typed = request.POST.get("recipient", "")
    wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    person = get_object_or_404(Recipient.objects.for_user(request.user), pk=wanted)
    actions.remove_recipient(recipient_id=person.pk, by=Actor.of(request), at=clock.now())
    return f"{person.name} 님은 이제 안내 문자를 받지 않습니다."


DEEDS: dict[str, Callable[[HttpRequest, Member, RecipientForm], str]] = {
    "opt_out": _opt_out,
    "opt_in": _opt_in,
    "add": _add,
    "remove": _remove,
}
