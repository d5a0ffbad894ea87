"""What every page shows: the cooperative, the menu, the person and his branch."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from portal.display import has_more_contrast
from portal.gate.door import glance
from portal.languages import is_english, switch_of
from portal.members import unsent
from portal.members.session_store import seconds_left

# The seed's own names; a page that does not exist yet is not in the menu.
MENU = (
    ("보증신청", "guarantees:apply"),
    ("신청현황", "guarantees:applications"),
    ("보증현황", "guarantees:guarantees"),
    ("한도현황", "guarantees:limit"),
    ("문자메시지서비스", "sms:compose"),
    ("사이버영업창구", "certificates:cyber"),
    ("인증서갱신", "certificates:replace"),
    ("마이페이지", "sms:my_page"),
    ("진위확인", "public:verify"),
    ("조합업무", "helpdesk:faq"),
)
# Pages below a menu entry whose address does not begin like it.
BELOW = {"helpdesk:faq": ("/questions/", "/notices/", "/downloads/")}
# Every page a reader can go to by himself, by section; a test holds it against the addresses there are (S52).
SITEMAP = (
    (
        "보증업무",
        (
            ("Home", "home"),
            ("보증신청", "guarantees:apply"),
            ("보증료 계산", "guarantees:fee"),
            ("신청현황", "guarantees:applications"),
            ("보증현황", "guarantees:guarantees"),
            ("풀 수 있는 보증", "guarantees:releasable"),
            ("한도현황", "guarantees:limit"),
            ("납부 내역", "guarantees:payments"),
            ("진위확인", "public:verify"),
        ),
    ),
    (
        "문자메시지서비스",
        (
            ("문자 보내기", "sms:compose"),
            ("보낸 문자", "sms:messages"),
            ("주소록", "sms:contacts"),
            ("마일리지 내역", "sms:statement"),
        ),
    ),
    (
        "사이버영업창구",
        (
            ("사이버영업창구", "certificates:cyber"),
            ("인증서갱신", "certificates:replace"),
            ("발급은행 변경 안내", "certificates:bank_change"),
            ("인증서 발급 안내", "certificates:issue_guide"),
            ("오류 찾기", "certificates:errors"),
            ("전화로 갱신", "certificates:by_phone"),
        ),
    ),
    (
        "조합업무",
        (
            ("Q & A", "helpdesk:faq"),
            ("Q & A 게시판", "helpdesk:questions"),
            ("문의하기", "helpdesk:ask"),
            ("공지", "helpdesk:notices"),
            ("자료실", "helpdesk:downloads"),
        ),
    ),
    (
        "마이페이지",
        (
            ("마이페이지", "sms:my_page"),
            ("SMS 수신자 등록", "sms:recipients"),
            ("알림함", "sms:notices"),
            ("달력에 넣기", "calendar"),
            ("내 자료 내려받기", "own_data"),
            ("회사 사용자", "people:users"),
            ("로그인 관리", "people:sessions"),
            ("접속 기록", "people:visits"),
            ("비밀번호 변경", "account_change_password"),
            ("2단계 인증", "mfa_index"),
            ("로그인", "account_login"),
            ("인증서 로그인", "certificates:login"),
        ),
    ),
    ("이용안내", (("통합검색", "search"), ("개인정보처리방침", "privacy"), ("사이트맵", "sitemap"))),
)
# What works without signing in.
VISITORS_MENU = tuple(item for item in MENU if item[1].startswith(("certificates:", "public:", "helpdesk:")))


# What a visitor who reads English can go on to.
ENGLISH_MENU = tuple(item for item in MENU if item[1] == "public:verify")


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
        "cooperative": {**settings.COOPERATIVE, "name": _name(), "demo": is_demo},
        "gate_is_open": glance.look(),
        "outbox_url": settings.SMS_OUTBOX_URL if is_demo else "",
        "viewer": viewer,
        "session_seconds": seconds_left(request) if viewer is not None else 0,
        "unsent": unsent.take(request) if viewer is not None else None,
        "branch": member.branch if member is not None else None,
        "menu": menu_of(request, _menu(member is not None, viewer is None)),
        "languages": switch_of(request),
        # An answer to a POST cannot be asked for again by a link.
        "can_switch": request.method == "GET",
        "has_more_contrast": has_more_contrast(request),
    }


def _name() -> str:
    """The cooperative's, in the page's language where it has one there."""
    english = settings.COOPERATIVE["english_name"] if is_english() else ""
    return str(english or settings.COOPERATIVE["name"])


def _menu(is_member: bool, is_visitor: bool) -> Sequence[tuple[str, str]]:
    if is_english():
        return ENGLISH_MENU
    return MENU if is_member else VISITORS_MENU if is_visitor else ()


def menu_of(request: HttpRequest, menu: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The menu of a member or visitor; the longest entry that begins the path is the current one."""
    items = [(name, reverse(view), BELOW.get(view, ())) for name, view in menu]
    beginnings = [(start, url) for _name, url, below in items for start in (url, *below)]
    here = [(start, url) for start, url in beginnings if request.path.startswith(start)]
    current = max(here, key=lambda pair: len(pair[0]), default=("", ""))[1]
    return [{"name": gettext(name), "url": url, "current": url == current} for name, url, _below in items]
