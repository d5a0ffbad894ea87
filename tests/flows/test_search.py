"""통합검색 finds what a reader may see, and the site map leads everywhere (S52)."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from portal.context import MENU, SITEMAP
from portal.helpdesk.demo import tell
from portal.members.roles import Role
from tests.factories import at, make_guarantee, make_member, make_user
from tests.pages.urls_table import ROWS

pytestmark = pytest.mark.django_db
# Reached from other pages: one row each, or nothing to look at by itself.
NO_PLACE_OF_ITS_OWN = {
    "healthz",
    "readyz",
    "gallery",
    "certificates:sign",
    "certificates:signer",
    "people:invite",
    "sms:contacts_many",
    "sms:contacts_csv",
    "own_data_xlsx",
}
SEED_NAMES = {
    "Home", "조합업무", "Q & A", "사이버영업창구", "인증서갱신", "문자메시지서비스", "마이페이지",
    "SMS 수신자 등록", "자료실", "공지", "로그인",
}  # fmt: skip


def found(browser: Client, words: str) -> list[tuple[str, int]]:
    """(kind, number of hits)"""
    page = unescape(browser.get(reverse("search"), {"q": words}).content.decode())
    groups = re.findall(r'<section class="panel" aria-labelledby="group-\d+">(.*?)</section>', page, re.DOTALL)
    return [(re.findall(r"<h2[^>]*>(.*?) <a", group)[0], group.count("<li>")) for group in groups]


@pytest.mark.parametrize(
    ("_case", "words", "visitor", "member"),
    [
        ("오류 문구", "주체값", [("조합업무 Q & A", 1)], [("조합업무 Q & A", 1)]),
        ("공지와 질문", "마일리지", [("조합업무 Q & A", 2), ("공지", 1)], [("조합업무 Q & A", 2), ("공지", 1)]),
        ("서식", "요청서", [("자료실", 1)], [("자료실", 1)]),
        ("자기 공사", "가온초", [], [("보증", 1)]),
        ("두 낱말", "가온초 교육", [], [("보증", 1)]),
        ("남의 공사", "두레청", [], []),
        ("한 글자", "가", [], []),
    ],
)
def test_found(_case: str, words: str, visitor: list, member: list) -> None:
    tell(at("2026-11-20 10:00"))
    ours = make_member()
    make_guarantee(ours, contract_name="가온초 급식실", beneficiary_name="가온교육지원청")
    make_guarantee(make_member(), contract_name="두레청 보수", beneficiary_name="두레청")
    browser = Client()
    assert found(browser, words) == visitor
    user = make_user(Role.MEMBER_USER, member=ours)
    browser.force_login(user, backend="portal.members.login.MemberBackend")
    assert found(browser, words) == member


def test_the_site_map_has_the_names_members_know() -> None:
    page = unescape(Client().get(reverse("sitemap")).content.decode())
    names = set(re.findall(r"<span>(.*?)</span></a>", page)) | set(re.findall(r"<h2[^>]*>(.*?)</h2>", page))
    assert names >= SEED_NAMES


def test_every_page_with_a_place_of_its_own_is_on_the_map() -> None:
    """A page that a member opens without any row in its address."""
    mapped = {view for _section, pages in SITEMAP for _name, view in pages}
    open_to_members = {row.name for row in ROWS if row.of == "-" and row.get["rep"] == "200"}
    ours = {name for name in open_to_members if not name.startswith(("account_", "mfa_", "api-", "own_"))}
    assert ours - NO_PLACE_OF_ITS_OWN - mapped == set()
    assert {view for _name, view in MENU} <= mapped
