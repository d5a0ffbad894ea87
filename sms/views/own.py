"""Whose pages these are, and the menus beside them."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role

SMS_MENU = (("보내기", "sms:compose"), ("보낸 문자", "sms:messages"), ("마일리지 내역", "sms:statement"))
MY_MENU = (("내 회사", "sms:my_page"), ("SMS 수신자 등록", "sms:recipients"))


@dataclass(frozen=True)
class Entry:
    """One entry of a side menu."""

    name: str
    url: str
    current: bool


def own_member(request: HttpRequest) -> Member:
    """The company the signed-in person works for. Raises PermissionDenied without a member's role, Http404."""
    if not Actor.of(request).roles & {Role.MEMBER_USER, Role.MEMBER_REP}:
        raise PermissionDenied
    return get_object_or_404(Member.objects.for_user(request.user).select_related("branch"))


def side_menu(request: HttpRequest, entries: tuple[tuple[str, str], ...]) -> list[Entry]:
    """The menu of a section, with the page being shown marked."""
    return [Entry(name, url, url == request.path) for name, url in ((n, reverse(v)) for n, v in entries)]


def trail_to(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """Breadcrumbs from (Korean name, URL name)."""
    return [(name, reverse(view)) for name, view in steps]
