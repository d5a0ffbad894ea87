"""Whose pages these are, and the menus beside them."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role

SMS_MENU = (
    ("보내기", "sms:compose"),
    ("보낸 문자", "sms:messages"),
    ("주소록", "sms:contacts"),
    ("마일리지 내역", "sms:statement"),
)


def own_member(request: HttpRequest) -> Member:
    """The company the signed-in person works for. Raises PermissionDenied without a member's role, Http404."""
    if not Actor.of(request).roles & {Role.MEMBER_USER, Role.MEMBER_REP}:
        raise PermissionDenied
    member: Member | None = request.user.member  # type: ignore[union-attr] # nobody anonymous holds a role
    if member is None:
        raise Http404
    return member
