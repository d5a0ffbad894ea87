"""The menu beside the pages of a section, and the way that leads there (S52)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from portal.access import Actor
from portal.members.roles import Role

# 마이페이지: pages of several apps.
MY_MENU = (
    ("내 회사", "sms:my_page"),
    ("SMS 수신자 등록", "sms:recipients"),
    ("알림함", "sms:notices"),
    ("달력에 넣기", "calendar"),
    ("내 자료 내려받기", "own_data"),
    ("회사 사용자", "people:users"),
    ("로그인 관리", "people:sessions"),
    ("접속 기록", "people:visits"),
    ("2단계 인증과 패스키", "mfa_index"),
    ("비밀번호 변경", "account_change_password"),
)
# Pages that only the company's representative opens.
FOR_REPRESENTATIVES = frozenset({"people:users"})


@dataclass(frozen=True)
class Entry:
    """One entry of a side menu."""

    name: str
    url: str
    current: bool


def side_menu(request: HttpRequest, entries: Sequence[tuple[str, str]]) -> list[Entry]:
    """The entries this person may open, with the longest that begins the page's address marked."""
    is_representative = Role.MEMBER_REP in Actor.of(request).roles
    shown = [(name, view) for name, view in entries if is_representative or view not in FOR_REPRESENTATIVES]
    urls = [(name, reverse(view)) for name, view in shown]
    here = max((url for _name, url in urls if request.path.startswith(url)), key=len, default="")
    return [Entry(name, url, url == here) for name, url in urls]


def trail_to(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """Breadcrumbs from (Korean name, URL name)."""
    return [(name, reverse(view)) for name, view in steps]
