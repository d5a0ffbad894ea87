"""Accounts: who may sign in, for whom, with which roles. Nobody ever knows another's password (S49).

An account starts without a password; its owner sets one by the e-mail of 비밀번호 재설정.
"""

from collections.abc import Collection
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from portal.access import Actor
from portal.audit import trail
from portal.members.models import Member, User
from portal.members.own_sessions import end_all
from portal.members.roles import BRANCH_ROLES, DECIDING_ROLES, HEAD_OFFICE_ROLES, Role
from portal.refusals import Refusal

MEMBER_ROLES = frozenset({Role.MEMBER_USER, Role.MEMBER_REP})


class NotTheirAccount(Refusal):
    """The actor does not keep this account."""

    message = "이 계정을 다룰 권한이 없습니다. 조합원 계정은 관할 지점, 직원 계정은 정보시스템부에 요청해 주세요."


class OwnRoles(Refusal):
    """Somebody changing his own authority."""

    message = "자기 계정의 역할, 소속, 사용 여부는 바꿀 수 없습니다. 정보시스템부의 다른 담당자에게 요청해 주세요."


class RolesDoNotFit(Refusal):
    """Roles of another side of the house."""


class UsernameTaken(Refusal):
    """The name to sign in with is another's, in whatever case it is written."""

    message = "이미 쓰고 있는 아이디입니다. 다른 아이디를 정해 주세요."


def fitting_roles(*, is_staff: bool, has_branch: bool) -> frozenset[Role]:
    """The roles a person of that side may hold: a member's, a branch's, the head office's."""
    if not is_staff:
        return MEMBER_ROLES
    return BRANCH_ROLES if has_branch else HEAD_OFFICE_ROLES


@transaction.atomic
def create_member_user(
    *, member_id: int, username: str, full_name: str, email: str, roles: Collection[Role], by: Actor, at: datetime
) -> User:
    """A person of a member company. By the member's branch, or by the IT department.

    Raises NotTheirAccount, RolesDoNotFit, UsernameTaken, Member.DoesNotExist (out of sight).
    """
    if not (by.roles & DECIDING_ROLES or _administers(by)):
        raise NotTheirAccount
    member = Member.everything.within(by.scope).get(pk=member_id)
    user = User(username=username, full_name=full_name, email=email, member=member)
    return add_account(user, roles, by=by, at=at)


@transaction.atomic
def create_staff_user(
    *,
    username: str,
    full_name: str,
    email: str,
    branch_id: int | None,
    roles: Collection[Role],
    by: Actor,
    at: datetime,
) -> User:
    """A person of the cooperative, of a branch or of the head office. By the IT department.

    Raises NotTheirAccount, RolesDoNotFit, UsernameTaken.
    """
    if not _administers(by):
        raise NotTheirAccount
    user = User(username=username, full_name=full_name, email=email, branch_id=branch_id, is_staff=True)
    return add_account(user, roles, by=by, at=at)


@transaction.atomic
def change_user(
    *,
    user_id: int,
    full_name: str,
    email: str,
    branch_id: int | None,
    is_active: bool,
    roles: Collection[Role],
    by: Actor,
    at: datetime,
) -> User:
    """Set what stands on an account. An address replaced can reset the password no more.

    Raises NotTheirAccount, OwnRoles, RolesDoNotFit.
    """
    user = _locked(user_id, by)
    held, wanted = _sorted(user.roles), _sorted(roles)
    was = {"branch": user.branch_id, "is_active": user.is_active, "roles": held}
    becomes = {"branch": branch_id, "is_active": is_active, "roles": wanted}
    if user.pk == by.user_id and was != becomes:
        raise OwnRoles
    _require_fit(roles, is_staff=user.is_staff, has_branch=branch_id is not None)
    fields = [name for name, value in (("full_name", full_name), ("email", email)) if getattr(user, name) != value]
    user.full_name, user.email = full_name, email
    user.branch_id, user.is_active = branch_id, is_active
    user.save(update_fields=["full_name", "email", "branch", "is_active"])
    if not is_active:
        end_all(user)
    if "email" in fields:
        EmailAddress.objects.filter(user=user).exclude(email__iexact=email).delete()
    detail = {"fields": fields + [name for name in was if was[name] != becomes[name]]}
    trail.record(action="user.change", by=by, at=at, subject=user, detail=detail)
    if held != wanted:
        hold_roles(user, roles)
        change = {"before": held, "after": wanted}
        trail.record(action="user.change_roles", by=by, at=at, subject=user, detail=change)
    return user


@transaction.atomic
def unlock_login(*, user_id: int, by: Actor, at: datetime) -> int:
    """Forget failed logins, so that a locked-out person may try again. Returns how many rows that took.

    By the member's branch for the member's people, by the IT department for all. Raises NotTheirAccount.
    """
    user = User.objects.select_for_update(of=("self",)).select_related("member").get(pk=user_id)
    if not (_administers(by) or _keeps_member_of(user, by)):
        raise NotTheirAccount
    forgotten: int = reset(username=user.username)
    trail.record(action="user.unlock", by=by, at=at, subject=user, detail={"attempts": forgotten})
    return forgotten


@transaction.atomic
def reset_second_factor(*, user_id: int, reason: str, by: Actor, at: datetime) -> User:
    """Take a lost second factor off an account; its owner sets up a new one at the next login.

    Never one's own, or a stolen session could do it. Raises NotTheirAccount, OwnRoles.
    """
    user = _locked(user_id, by)
    if user.pk == by.user_id:
        raise OwnRoles(
            "자기 계정의 2단계 인증은 초기화할 수 없습니다. 정보시스템부의 다른 담당자에게 요청해 주세요."
        )
    Authenticator.objects.filter(user=user).delete()
    trail.record(action="user.reset_second_factor", by=by, at=at, subject=user, detail={"reason": reason})
    return user


def _locked(user_id: int, by: Actor) -> User:
    """The account, if the actor administers accounts; a superuser's is another superuser's business."""
    if not _administers(by):
        raise NotTheirAccount
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.is_superuser and not _is_superuser(by):
        raise NotTheirAccount
    return user


def add_account(user: User, roles: Collection[Role], *, by: Actor, at: datetime) -> User:
    """Save a new account, without a password. The caller has seen that the actor may, in his transaction.

    Raises RolesDoNotFit, UsernameTaken.
    """
    _require_fit(roles, is_staff=user.is_staff, has_branch=user.branch_id is not None)
    if User.objects.filter(username__iexact=user.username).exists():
        raise UsernameTaken
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if "username" not in str(error):
            raise
        raise UsernameTaken from None
    hold_roles(user, roles)
    trail.record(action="user.add", by=by, at=at, subject=user, detail={"roles": _sorted(roles)})
    return user


def hold_roles(user: User, roles: Collection[Role]) -> None:
    """Exactly `roles` from now on."""
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    user.__dict__.pop("roles", None)


def _require_fit(roles: Collection[Role], *, is_staff: bool, has_branch: bool) -> None:
    fitting = fitting_roles(is_staff=is_staff, has_branch=has_branch)
    if not roles or not set(roles) <= fitting:
        names = ", ".join(role.label for role in Role if role in fitting)
        raise RolesDoNotFit(f"이 소속에 맞는 역할을 골라 주세요: {names}.")


def _administers(by: Actor) -> bool:
    return by.channel == "system" or Role.IT_SUPPORT in by.roles or _is_superuser(by)


def _is_superuser(by: Actor) -> bool:
    return by.user_id is not None and User.objects.filter(pk=by.user_id, is_superuser=True).exists()


def _keeps_member_of(user: User, by: Actor) -> bool:
    if user.member_id is None or not by.roles & DECIDING_ROLES:
        return False
    return Member.everything.within(by.scope).filter(pk=user.member_id).exists()


def _sorted(roles: Collection[Role]) -> list[str]:
    return sorted(role.value for role in roles)
