"""A company keeps its own people: its representative asks them in, gives them a role, shuts them out (S49).

Every event locks the company's row first, so that two representatives cannot shut out each other at once.
"""

from datetime import datetime, timedelta

from django.db import models, transaction

from portal.access import Actor
from portal.audit import trail
from portal.identifiers import mask_mobile
from portal.members import holds
from portal.members.actions.users import UsernameTaken, add_account, hold_roles
from portal.members.models import Invitation, Member, User
from portal.members.own_sessions import end_all
from portal.members.roles import Role
from portal.refusals import Refusal

VALID_FOR = timedelta(days=7)
MOST_OPEN = 20  # invitations of one company that wait at once


class NotAdministrator(Refusal):
    """The actor represents no company, or not this one, or not any more."""

    message = (
        "회사 사용자는 ‘조합원 대표’ 역할을 가진 분만 관리할 수 있습니다. 회사의 대표 계정으로 로그인해 주세요."
    )


class LastAdministrator(Refusal):
    """Nobody would be left who may manage the company's people."""

    message = (
        "회사에 남은 마지막 조합원 대표라 역할을 바꾸거나 중지할 수 없습니다. "
        "먼저 다른 분을 조합원 대표로 정해 주세요."
    )


class AlreadyInvited(Refusal):
    """An invitation for this name waits."""

    message = "이미 초대한 아이디입니다. 초대 목록에서 다시 보내거나 취소해 주세요."


class TooManyInvitations(Refusal):
    """More waits than a company can need."""

    message = f"수락을 기다리는 초대가 {MOST_OPEN}건이라 더 초대할 수 없습니다. 쓰지 않을 초대를 취소해 주세요."


class InvitationOver(Refusal):
    """A link that was used, withdrawn, replaced by a later one, or is too old."""

    message = (
        "쓸 수 없는 초대입니다. 이미 사용했거나 취소되었거나 기한이 지났습니다. "
        "초대한 분에게 다시 보내 달라고 요청해 주세요."
    )


@transaction.atomic
def invite(
    *, member_id: int, username: str, full_name: str, email: str, mobile: str, role: Role, by: Actor, at: datetime
) -> Invitation:
    """Ask somebody in by e-mail; the link serves once, for seven days.

    Raises NotAdministrator, ContactsHeld, UsernameTaken, AlreadyInvited, TooManyInvitations.
    """
    member = _managed(member_id, by)
    holds.refuse_held(member_id=member.pk, at=at)
    waiting = Invitation.everything.filter(accepted_at=None, withdrawn_at=None)
    waiting.filter(username__iexact=username, expires_at__lte=at).update(withdrawn_at=at)
    if User.objects.filter(username__iexact=username).exists():
        raise UsernameTaken
    if named := waiting.filter(username__iexact=username).first():
        # Of another company it would tell who is invited there.
        raise AlreadyInvited if named.member_id == member.pk else UsernameTaken
    if waiting.filter(member=member, expires_at__gt=at).count() >= MOST_OPEN:
        raise TooManyInvitations
    invitation = Invitation.everything.create(
        member=member, username=username, full_name=full_name, email=email, mobile=mobile, role=role,
        invited_by_id=by.user_id or 0, invited_at=at, expires_at=at + VALID_FOR, mail_after=at,
    )  # fmt: skip
    detail = {"role": role.value, "mobile": mask_mobile(mobile) if mobile else ""}
    trail.record(action="user.invite", by=by, at=at, subject=invitation, detail=detail)
    return invitation


@transaction.atomic
def invite_again(*, invitation_id: int, by: Actor, at: datetime) -> Invitation:
    """A new letter with a new link and a new term; the earlier link serves no more.

    Raises NotAdministrator, ContactsHeld, InvitationOver, Invitation.DoesNotExist (out of sight).
    """
    invitation = _waiting(invitation_id, by)
    holds.refuse_held(member_id=invitation.member_id, at=at)
    invitation.round += 1
    invitation.expires_at = at + VALID_FOR
    invitation.mail, invitation.mail_after, invitation.mail_tries = "due", at, 0
    invitation.save(update_fields=["round", "expires_at", "mail", "mail_after", "mail_tries"])
    trail.record(action="user.invite_again", by=by, at=at, subject=invitation)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, by: Actor, at: datetime) -> Invitation:
    """Raises NotAdministrator, InvitationOver, Invitation.DoesNotExist (out of sight)."""
    invitation = _waiting(invitation_id, by)
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    trail.record(action="user.withdraw_invitation", by=by, at=at, subject=invitation)
    return invitation


def open_invitation(*, invitation_id: int, letter_round: int, at: datetime) -> Invitation:
    """The invitation a link leads to. Raises InvitationOver."""
    rows = Invitation.everything.select_related("member")
    invitation = rows.filter(pk=invitation_id, round=letter_round, expires_at__gt=at).first()
    if invitation is None or _is_over(invitation) or not invitation.member.is_trading:
        raise InvitationOver
    return invitation


@transaction.atomic
def join(*, invitation_id: int, letter_round: int, password: str, by: Actor, at: datetime) -> User:
    """Accept an invitation with a password that was checked before. Raises InvitationOver, UsernameTaken."""
    Invitation.everything.select_for_update().filter(pk=invitation_id).first()
    invitation = open_invitation(invitation_id=invitation_id, letter_round=letter_round, at=at)
    user = account_of(invitation)
    add_account(user, [Role(invitation.role)], by=by, at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    invitation.user, invitation.accepted_at = user, at
    invitation.save(update_fields=["user", "accepted_at"])
    trail.record(action="user.join", by=by, at=at, subject=user, detail={"invitation": invitation.pk})
    return user


def account_of(invitation: Invitation) -> User:
    """The account it would make, not yet saved: a password is checked against what it holds."""
    return User(
        username=invitation.username, full_name=invitation.full_name, email=invitation.email,
        mobile=invitation.mobile, member=invitation.member,
    )  # fmt: skip


@transaction.atomic
def change_role(*, user_id: int, role: Role, by: Actor, at: datetime) -> User:
    """Raises NotAdministrator, ContactsHeld, LastAdministrator, User.DoesNotExist (out of sight)."""
    user = _colleague(user_id, by)
    held = sorted(each.value for each in user.roles)
    if held == [role.value]:
        return user
    if role is Role.MEMBER_REP:
        holds.refuse_held(member_id=by.scope.id or 0, at=at)
    else:
        _refuse_last(user)
    hold_roles(user, [role])
    detail = {"before": held, "after": [role.value]}
    trail.record(action="user.change_roles", by=by, at=at, subject=user, detail=detail)
    return user


@transaction.atomic
def deactivate(*, user_id: int, reason: str, by: Actor, at: datetime) -> User:
    """Shut somebody out: every session of his ends with this transaction.

    Raises NotAdministrator, LastAdministrator, User.DoesNotExist (out of sight).
    """
    user = _colleague(user_id, by)
    if not user.is_active:
        return user
    _refuse_last(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    detail = {"reason": reason, "sessions": end_all(user)}
    trail.record(action="user.deactivate", by=by, at=at, subject=user, detail=detail)
    return user


@transaction.atomic
def reactivate(*, user_id: int, reason: str, by: Actor, at: datetime) -> User:
    """Let somebody in again, with the role he had.

    Raises NotAdministrator, ContactsHeld, User.DoesNotExist (out of sight).
    """
    user = _colleague(user_id, by)
    if user.is_active:
        return user
    holds.refuse_held(member_id=by.scope.id or 0, at=at)
    user.is_active = True
    user.save(update_fields=["is_active"])
    trail.record(action="user.reactivate", by=by, at=at, subject=user, detail={"reason": reason})
    return user


def _managed(member_id: int, by: Actor) -> Member:
    """The company, locked; the actor is looked up anew, since he may have been shut out a moment ago."""
    company = Member.everything.within(by.scope).select_for_update(no_key=True).filter(pk=member_id).first()
    if company is None or not _representatives(company.pk).filter(pk=by.user_id or 0).exists():
        raise NotAdministrator
    return company


def _colleague(user_id: int, by: Actor) -> User:
    """Somebody of the actor's company, himself included."""
    company = _managed(by.scope.id or 0, by)
    return User.objects.select_for_update(of=("self",)).get(pk=user_id, member=company)


def _waiting(invitation_id: int, by: Actor) -> Invitation:
    company = _managed(by.scope.id or 0, by)
    invitation = Invitation.everything.select_for_update().get(pk=invitation_id, member=company)
    if _is_over(invitation):
        raise InvitationOver
    return invitation


def _is_over(invitation: Invitation) -> bool:
    return invitation.accepted_at is not None or invitation.withdrawn_at is not None


def _representatives(member_id: int) -> models.QuerySet[User]:
    return User.objects.filter(member_id=member_id, is_active=True, groups__name=Role.MEMBER_REP.value)


def _refuse_last(user: User) -> None:
    others = _representatives(user.member_id or 0).exclude(pk=user.pk)
    if user.is_active and Role.MEMBER_REP in user.roles and not others.exists():
        raise LastAdministrator
