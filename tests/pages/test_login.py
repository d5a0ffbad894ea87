"""Signing in: who may, how often one may be wrong, and what a password must not be (S49)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.members.models import LoginSession, Member, MemberStatus, User
from portal.members.roles import Role
from tests.factories import PASSWORD, at, make_branch, make_member, make_user
from tests.pages.actors import World, new_browser, visit
from tests.pages.urls_table import desk_addresses

pytestmark = pytest.mark.django_db
LOGIN, CLOSED = "/accounts/login/", "/accounts/inactive/"
MORNING = at("2026-11-20 09:00")  # Friday


@pytest.fixture
def member_user() -> User:
    return make_user(Role.MEMBER_REP, member=make_member(), username="mirae.kim")


def sign_in(username: str, password: str = PASSWORD, browser: Client | None = None) -> HttpResponse:
    return (browser or new_browser()).post(LOGIN, {"login": username, "password": password})


def is_in(response: HttpResponse) -> bool:
    """Whether somebody came in: on any way but back to the login or to the page of closed accounts."""
    return response.status_code == 302 and response["Location"] not in (LOGIN, CLOSED)


# ── The lock ──


def fail(times: int, username: str = "mirae.kim") -> list[int]:
    return [sign_in(username, "wrong-Password-1").status_code for _ in range(times)]


def test_the_fifth_failure_locks_and_the_fourth_does_not(member_user: User) -> None:
    assert fail(4) == [200, 200, 200, 200]
    assert is_in(sign_in("mirae.kim"))


def test_while_locked_even_the_right_password_is_refused_and_the_page_says_so(member_user: User) -> None:
    assert fail(5)[-1] == 429
    response = sign_in("mirae.kim")
    page = response.content.decode()
    assert response.status_code == 429
    assert "5번 잘못 입력" in page
    assert "10분 뒤에 다시 로그인할 수 있습니다" in page
    assert settings.SESSION_COOKIE_NAME not in response.cookies


@pytest.mark.parametrize(("_case", "later", "then"), [("9분 59초 뒤", 599, False), ("10분 1초 뒤", 601, True)])
def test_the_lock_opens_after_ten_minutes(member_user: User, _case: str, later: int, then: bool) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        fail(5)
        clock.shift(timedelta(seconds=later))
        assert is_in(sign_in("mirae.kim")) is then


def test_another_account_is_not_locked_with_it(member_user: User) -> None:
    make_user(Role.MEMBER_USER, member=make_member(), username="garam.lee")
    fail(5)
    assert is_in(sign_in("garam.lee"))


def test_a_success_forgets_earlier_failures(member_user: User) -> None:
    fail(4)
    sign_in("mirae.kim")
    assert fail(4) == [200, 200, 200, 200]


@pytest.mark.parametrize(
    ("_case", "spelling"),
    [
        ("대문자", "MIRAE.KIM"),
        ("섞인 글자", "Mirae.Kim"),
        ("앞 공백", " mirae.kim"),
        ("뒤 공백", "mirae.kim "),
        ("전각", "ｍｉｒａｅ.ｋｉｍ"),
        ("널 문자", "mirae.kim\x00"),
        ("폭 없는 공백", "mirae.kim\u200b"),
    ],
)
def test_no_other_spelling_gets_round_the_lock(member_user: User, _case: str, spelling: str) -> None:
    fail(5)
    assert not is_in(sign_in(spelling))


def test_failures_under_several_spellings_are_one_account_s(member_user: User) -> None:
    for spelling in ("mirae.kim", "MIRAE.KIM", "Mirae.Kim", " mirae.kim", "mirae.KIM "):
        fail(1, spelling)
    assert not is_in(sign_in("mirae.kim"))


def test_the_admin_s_own_login_is_no_way_round() -> None:
    make_user(Role.IT_SUPPORT, username="jeonsan")
    fail(5, "jeonsan")
    response = new_browser().post("/admin/login/", {"username": "jeonsan", "password": PASSWORD})
    assert (response.status_code, response["Location"].split("?")[0]) == (302, LOGIN)


def test_an_unknown_account_is_answered_like_a_wrong_password(member_user: User) -> None:
    known, unknown = sign_in("mirae.kim", "wrong-Password-1"), sign_in("nobody.here", "wrong-Password-1")
    assert without_what_was_typed(known, "mirae.kim") == without_what_was_typed(unknown, "nobody.here")


def without_what_was_typed(response: HttpResponse, name: str) -> str:
    page = response.content.decode().replace(name, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", page)


# ── Who may come in ──


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (MemberStatus.ACTIVE, True),
        (MemberStatus.SUSPENDED, False),
        (MemberStatus.WITHDRAWN, False),
        (MemberStatus.EXPELLED, False),
    ],
)
def test_only_members_in_good_standing(member_user: User, status: MemberStatus, then: bool) -> None:
    Member.everything.filter(pk=member_user.member_id).update(status=status)
    response = sign_in("mirae.kim")
    assert is_in(response) is then
    if not then:
        assert response["Location"] == CLOSED
        assert "관할 지점" in new_browser().get(CLOSED).content.decode()


@pytest.mark.parametrize("how", ["withdrawn", "switched off"])
def test_a_session_ends_with_the_standing(member_user: User, how: str) -> None:
    browser = new_browser()
    sign_in("mirae.kim", browser=browser)
    assert browser.get("/mypage/").status_code == 200
    if how == "withdrawn":
        Member.everything.filter(pk=member_user.member_id).update(status=MemberStatus.WITHDRAWN)
    else:
        User.objects.filter(pk=member_user.pk).update(is_active=False)
    assert browser.get("/mypage/")["Location"] == f"{LOGIN}?next=/mypage/"


def test_a_password_changed_elsewhere_ends_other_sessions(member_user: User) -> None:
    here, there = new_browser(), new_browser()
    sign_in("mirae.kim", browser=here)
    sign_in("mirae.kim", browser=there)
    changed = here.post("/accounts/password/change/", {
        "oldpassword": PASSWORD, "password1": "Nuri-Portal-77", "password2": "Nuri-Portal-77",
    })  # fmt: skip
    assert changed.status_code == 302
    assert (here.get("/mypage/").status_code, there.get("/mypage/").status_code) == (200, 302)


def test_the_session_id_changes_at_login_and_the_old_one_is_worth_nothing(member_user: User) -> None:
    browser = new_browser()
    session = browser.session  # as if somebody had put this cookie into the browser
    session["planted"] = True
    session.save()
    planted = browser.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in("mirae.kim", browser=browser)
    thief = new_browser()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert thief.get("/mypage/").status_code == 302


@pytest.mark.parametrize(
    ("_case", "roles", "is_staff", "then"),
    [("조합원", [Role.MEMBER_USER], False, "/"), ("직원", [Role.BRANCH_OFFICER], True, "/admin/")],
)
def test_where_a_login_leads(_case: str, roles: list[Role], is_staff: bool, then: str) -> None:
    side = {"branch": make_branch()} if is_staff else {"member": make_member()}
    make_user(*roles, username="nari", **side)
    assert sign_in("nari")["Location"] == then


@pytest.mark.parametrize(
    ("_case", "wanted", "then"),
    [
        ("우리 쪽", "/mypage/", "/mypage/"),
        ("남의 사이트", "https://evil.example/", "/"),
        ("빗금 둘", "//evil.example/", "/"),
        ("스크립트", "javascript:alert(1)", "/"),
    ],
)
def test_a_login_leads_to_no_other_site(member_user: User, _case: str, wanted: str, then: str) -> None:
    response = new_browser().post(LOGIN, {"login": "mirae.kim", "password": PASSWORD, "next": wanted})
    assert response["Location"] == then


def test_logging_out_takes_a_post(member_user: User) -> None:
    browser = new_browser()
    sign_in("mirae.kim", browser=browser)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.get("/accounts/logout/")
    assert browser.get("/mypage/").status_code == 200
    browser.post("/accounts/logout/")
    assert browser.get("/mypage/").status_code == 302
    assert not LoginSession.objects.filter(session_key=cookie).exists()


def test_nobody_signs_up_by_himself() -> None:
    password = {"password1": "Nuri-Portal-77", "password2": "Nuri-Portal-77"}
    new = {"username": "stranger", "email": "s@example.kr", **password}
    new_browser().post("/accounts/signup/", new)
    assert not User.objects.filter(username="stranger").exists()


# ── Passwords ──


@pytest.mark.parametrize(
    ("_case", "password", "then"),
    [
        ("열 자", "Bada-77-so", True),
        ("아홉 자", "Bada-77-s", False),
        ("흔한 비밀번호", "qwertyuiop", False),
        ("숫자만", "8274619305", False),
        ("아이디와 비슷함", "mirae.kim1", False),
        ("회사 이름", "다온기계설비-77", False),
        ("사업자등록번호", "ab-9018112345", False),
        ("사업자등록번호, 하이픈", "ab-901-81-12345", False),
        ("대표이사 휴대폰 뒤 여덟 자리", "ab-00005678", False),
        ("대표이사 휴대폰, 하이픈", "ab-010-0000-5678", False),
        ("담당자 휴대폰 뒤 여덟 자리", "ab-00004321", False),
        ("남의 번호", "ab-99998888", True),
        ("64자", "긴비밀번호" * 12 + "Ab-7", True),
    ],
)
def test_passwords(_case: str, password: str, then: bool) -> None:
    member = make_member(
        name="다온기계설비(주)", business_number="9018112345",
        representative_mobile="01000005678", contact_mobile="01000004321",
    )  # fmt: skip
    user = make_user(Role.MEMBER_REP, member=member, username="mirae.kim")
    try:
        validate_password(password, user)
    except ValidationError:
        assert not then
    else:
        assert then


# ── Staff ──


def test_the_admin_sends_to_the_portal_s_login() -> None:
    response = new_browser().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].split("?")[0] == LOGIN


def test_without_a_second_factor_every_admin_page_leads_to_setting_one_up(world: World, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    browser, elsewhere = world.client("officer"), {}
    for name, url in desk_addresses(world):
        for method in ("get", "post"):
            response = visit(browser, method, url)
            if response.status_code != 302 or response["Location"] != reverse("mfa_activate_totp"):
                elsewhere[name, method] = response.status_code
    assert elsewhere == {}


@pytest.mark.parametrize(
    ("_case", "demanded", "has_one", "then"),
    [
        ("요구하고 없음", True, False, 302),
        ("요구하고 있음", True, True, 200),
        ("요구하지 않음", False, False, 200),
    ],
)
def test_with_a_second_factor_staff_come_in(
    world: World, settings: Any, _case: str, demanded: bool, has_one: bool, then: int
) -> None:
    settings.STAFF_SECOND_FACTOR = demanded
    if has_one:
        Authenticator.objects.create(user=world.people["officer"], type="totp", data={"secret": "x"})
    assert visit(world.client("officer"), "get", "/admin/").status_code == then
