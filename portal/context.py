"""What every page shows: the cooperative, the menu, the person and his branch."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

# The seed's own names; a page that does not exist yet is not in the menu.
MENU = (
    ("보증신청", "guarantees:apply"),
    ("신청현황", "guarantees:applications"),
    ("보증현황", "guarantees:guarantees"),
    ("문자메시지서비스", "sms:compose"),
    ("사이버영업창구", "certificates:cyber"),
    ("인증서갱신", "certificates:replace"),
    ("마이페이지", "sms:my_page"),
)
# What works without signing in.
VISITORS_MENU = tuple(item for item in MENU if item[1].startswith("certificates:"))


def site(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page."""
    user = getattr(request, "user", None)
    member = getattr(user, "member", None)
    is_demo = settings.STAGE == "demo"
    viewer = None
    if user is not None and user.is_authenticated:
        viewer = {"name": str(user), "company": str(member or ""), "is_staff": user.is_staff}
    return {
        # Not "site": allauth puts its own object of that name into its pages.
        "cooperative": {**settings.COOPERATIVE, "demo": is_demo},
        "outbox_url": settings.SMS_OUTBOX_URL if is_demo else "",
        "viewer": viewer,
        "branch": member.branch if member is not None else None,
        "menu": menu_of(request, MENU if member is not None else VISITORS_MENU if viewer is None else ()),
    }


def menu_of(request: HttpRequest, menu: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The menu of a member or visitor; the longest entry that begins the path is the current one."""
    items = [(name, reverse(view)) for name, view in menu]
    current = max((url for _, url in items if request.path.startswith(url)), key=len, default="")
    return [{"name": name, "url": url, "current": url == current} for name, url in items]
