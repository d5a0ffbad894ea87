"""마이페이지 › 회사 사용자: the representative keeps his company's people (S49)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import clock
from portal.access import Actor
from portal.identifiers import format_mobile
from portal.letters import MailState
from portal.members.actions import company_users as actions
from portal.members.actions.users import UsernameTaken
from portal.members.forms import InviteForm, ReasonForm, RoleForm
from portal.members.gate import form_page, member_page, signed_in
from portal.members.models import Invitation, User
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.side_menu import MY_MENU, side_menu, trail_to
from portal.templatetags.portal_ui import korean_datetime

CRUMBS = (("마이페이지", "sms:my_page"), ("회사 사용자", "people:users"))


@member_page
@form_page
def users(request: HttpRequest) -> HttpResponse:
    """The company's people and who was asked in; POST `do` is again or withdraw, of an invitation."""
    colleagues = _colleagues(request)
    waiting = Invitation.objects.for_user(request.user).filter(accepted_at=None, withdrawn_at=None)
    if request.method == "POST":
        invitation = get_object_or_404(waiting, pk=_number(request.POST.get("invitation", "")))
        do = INVITATION_DEEDS.get(request.POST.get("do", ""))
        if do is None:
            raise Http404
        return _done(request, partial(do, request, invitation), "people:users")
    now = clock.now()
    context = {
        "colleagues": [(user, role_words(user)) for user in colleagues.prefetch_related("groups")],
        "invitations": [_shown(invitation, expired=invitation.expires_at <= now) for invitation in waiting],
        **_frame(request),
    }
    return render(request, "portal/people/users.html", context)


@member_page
@form_page
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody in."""
    _colleagues(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(
                member_id=signed_in(request).member_id or 0,
                by=Actor.of(request),
                at=clock.now(),
                **form.cleaned_data,
            )
        except Refusal as refused:
            form.add_error("username" if isinstance(refused, NAMED) else None, refused.message)
        else:
            sent = f"{invitation.full_name} 님의 {invitation.email} 주소로 초대 메일을 보냅니다."
            messages.success(request, f"{sent} 7일 안에 비밀번호를 정하면 바로 쓸 수 있습니다.")
            return redirect("people:users")
    frame = _frame(request, ("사용자 초대", "people:invite"))
    return render(request, "portal/people/invite.html", {"form": form, **frame})


@member_page
@form_page
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One of the people; POST `do` is role, deactivate or reactivate."""
    person = get_object_or_404(_colleagues(request), pk=user_id)
    do = request.POST.get("do", "")
    role_form = RoleForm(request.POST if do == "role" else None, initial={"role": _main_role(person)})
    reason_form = ReasonForm(request.POST if do in ("deactivate", "reactivate") else None)
    if request.method == "POST":
        form = role_form if do == "role" else reason_form
        deed = USER_DEEDS.get(do)
        if deed is None:
            raise Http404
        if form.is_valid():
            # Who has given up the role himself may not come back here.
            back = ("sms:my_page",) if person.pk == request.user.pk else ("people:user", person.pk)
            return _done(request, partial(deed, request, person, form.cleaned_data), *back)
    frame = _frame(request)
    frame["breadcrumbs"] = [*frame["breadcrumbs"], (str(person), "")]
    context = {
        "person": person,
        "facts": _facts(person),
        "role_form": role_form,
        "reason_form": reason_form,
        "bound": next((form for form in (role_form, reason_form) if form.is_bound), None),
        **frame,
    }
    return render(request, "portal/people/user.html", context)


NAMED = (UsernameTaken, actions.AlreadyInvited)


def _again(request: HttpRequest, invitation: Invitation) -> str:
    actions.invite_again(invitation_id=invitation.pk, by=Actor.of(request), at=clock.now())
    return f"{invitation.full_name} 님에게 초대 메일을 다시 보냅니다. 앞서 보낸 링크는 이제 쓸 수 없습니다."


def _withdraw(request: HttpRequest, invitation: Invitation) -> str:
    actions.withdraw_invitation(invitation_id=invitation.pk, by=Actor.of(request), at=clock.now())
    return f"{invitation.full_name} 님의 초대를 취소했습니다."


def _role(request: HttpRequest, person: User, typed: dict[str, Any]) -> str:
    role = typed["role"]
    actions.change_role(user_id=person.pk, role=role, by=Actor.of(request), at=clock.now())
    return f"{person} 님의 역할은 이제 {role.label}입니다."


def _deactivate(request: HttpRequest, person: User, typed: dict[str, Any]) -> str:
    actions.deactivate(user_id=person.pk, reason=typed["reason"], by=Actor.of(request), at=clock.now())
    return f"{person} 님의 계정을 중지했습니다. 로그인해 있던 기기에서도 바로 로그아웃됩니다."


def _reactivate(request: HttpRequest, person: User, typed: dict[str, Any]) -> str:
    actions.reactivate(user_id=person.pk, reason=typed["reason"], by=Actor.of(request), at=clock.now())
    return f"{person} 님이 다시 로그인할 수 있습니다."


INVITATION_DEEDS = {"again": _again, "withdraw": _withdraw}
USER_DEEDS: dict[str, Callable[[HttpRequest, User, dict[str, Any]], str]] = {
    "role": _role,
    "deactivate": _deactivate,
    "reactivate": _reactivate,
}


def _colleagues(request: HttpRequest) -> QuerySet[User]:
    """The people of the visitor's company. Raises PermissionDenied for who does not represent it."""
    if Role.MEMBER_REP not in Actor.of(request).roles:
        raise PermissionDenied
    company = signed_in(request).member_id or 0
    return User.objects.filter(member_id=company).order_by("-is_active", "full_name", "pk")


def _done(request: HttpRequest, deed: Callable[[], str], to: str, *args: object) -> HttpResponse:
    """Do it and go there; where it was refused, stay and say why."""
    try:
        messages.success(request, deed())
    except Refusal as refused:
        messages.error(request, refused.message)
        return redirect(request.path)
    return redirect(to, *args)


def _frame(request: HttpRequest, *steps: tuple[str, str]) -> dict[str, list]:
    return {"menu_items": list(side_menu(request, MY_MENU)), "breadcrumbs": trail_to(*CRUMBS, *steps)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def role_words(person: User) -> str:
    """The role that says most, out of groups fetched before."""
    names = {group.name for group in person.groups.all()}
    held = (role.label for role in (Role.MEMBER_REP, Role.MEMBER_USER) if role.value in names)
    return next(held, "역할 없음")


def _main_role(person: User) -> str:
    return (Role.MEMBER_REP if Role.MEMBER_REP in person.roles else Role.MEMBER_USER).value


def _shown(invitation: Invitation, *, expired: bool) -> dict[str, object]:
    """An invitation with its state in words."""
    if expired:
        state, tone = "기한 지남", "warn"
    elif invitation.mail == MailState.FAILED:
        state, tone = "메일을 보내지 못함", "danger"
    else:
        state, tone = "수락 기다림", "info"
    return {"row": invitation, "state": state, "tone": tone}


def _facts(person: User) -> list[tuple[str, str]]:
    return [
        ("아이디", person.username),
        ("이메일", person.email or "등록되지 않음"),
        ("휴대폰", format_mobile(person.mobile) if person.mobile else "등록되지 않음"),
        ("역할", role_words(person)),
        ("마지막 로그인", korean_datetime(person.last_login) or "로그인한 적 없음"),
        ("등록일", korean_datetime(person.date_joined)),
    ]
