"""Signing in: who may, how often one may be wrong, and what a password must not be (S49)."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.members.models import Member, MemberStatus, User
from portal.members.roles import Role
from tests.factories import PASSWORD, at, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
MORNING = at("2026-11-20 09:00")  # Friday


@pytest.fixture
def member_user() -> User:
    return make_user(Role.MEMBER_REP, member=make_member(), username="mirae.kim")


def sign_in(username: str, password: str = PASSWORD, browser: Client | None = None) -> HttpResponse:
    return (browser or Client()).post(LOGIN, {"login": username, "password": password})


def is_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"] != LOGIN


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
    response = Client().post("/admin/login/", {"username": "jeonsan", "password": PASSWORD})
    assert (response.status_code, response["Location"].split("?")[0]) == (302, LOGIN)


def test_an_unknown_account_is_answered_like_a_wrong_password(member_user: User) -> None:
    known, unknown = sign_in("mirae.kim", "wrong-Password-1"), sign_in("nobody.here", "wrong-Password-1")
    pages = [page.content.decode().replace(name, "") for page, name in ((known, "mirae.kim"), (unknown, "nobody.here"))]
    assert pages[0] == pages[1]


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
    assert is_in(sign_in("mirae.kim")) is then


@pytest.mark.parametrize("how", ["withdrawn", "switched off"])
def test_a_session_ends_with_the_standing(member_user: User, how: str) -> None:
    browser = Client()
    sign_in("mirae.kim", browser=browser)
    assert browser.get("/mypage/").status_code == 200
    if how == "withdrawn":
        Member.everything.filter(pk=member_user.member_id).update(status=MemberStatus.WITHDRAWN)
    else:
        User.objects.filter(pk=member_user.pk).update(is_active=False)
    assert browser.get("/mypage/")["Location"] == f"{LOGIN}?next=/mypage/"


def test_a_password_changed_elsewhere_ends_other_sessions(member_user: User) -> None:
    here, there = Client(), Client()
    sign_in("mirae.kim", browser=here)
    sign_in("mirae.kim", browser=there)
    changed = here.post("/accounts/password/change/", {
        "oldpassword": PASSWORD, "password1": "Nuri-Portal-77", "password2": "Nuri-Portal-77",
    })  # fmt: skip
    assert changed.status_code == 302
    assert (here.get("/mypage/").status_code, there.get("/mypage/").status_code) == (200, 302)


def test_the_session_id_changes_at_login_and_the_old_one_is_worth_nothing(member_user: User) -> None:
    browser = Client()
    session = browser.session  # as if somebody had put this cookie into the browser
    session["planted"] = True
    session.save()
    planted = browser.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in("mirae.kim", browser=browser)
    thief = Client()
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
    response = Client().post(LOGIN, {"login": "mirae.kim", "password": PASSWORD, "next": wanted})
    assert response["Location"] == then


def test_logging_out_takes_a_post(member_user: User) -> None:
    browser = Client()
    sign_in("mirae.kim", browser=browser)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.get("/accounts/logout/")
    assert browser.get("/mypage/").status_code == 200
    browser.post("/accounts/logout/")
    assert browser.get("/mypage/").status_code == 302
    assert not Session.objects.filter(session_key=cookie).exists()


def test_nobody_signs_up_by_himself() -> None:
    new = {"username": "stranger", "password1": "Nuri-Portal-77", "password2": "Nuri-Portal-77", "email": "s@example.kr"}
    Client().post("/accounts/signup/", new)
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
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].split("?")[0] == LOGIN


@pytest.mark.parametrize(("_case", "demanded", "then"), [("요구함", True, True), ("요구하지 않음", False, False)])
def test_staff_without_a_second_factor_are_led_to_set_one_up(
    settings: object, _case: str, demanded: bool, then: bool
) -> None:
    settings.STAFF_SECOND_FACTOR = demanded  # type: ignore[attr-defined]
    browser = Client()
    browser.force_login(make_user(Role.BRANCH_OFFICER, branch=make_branch()), "portal.members.login.MemberBackend")
    response = browser.get("/admin/")
    assert (response.status_code == 302 and response["Location"] == reverse("mfa_activate_totp")) is then
