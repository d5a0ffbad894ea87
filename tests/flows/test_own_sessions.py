"""One's own logins: how long they last, where they are, what was tried, what an ended one does not lose (S49)."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.members.models import LoginSession, Member, User
from portal.members.roles import Role
from portal.members.tasks import clear_sessions
from sms.models import Contact
from tests.factories import PASSWORD, at, make_branch, make_member, make_user
from tests.pages.actors import new_browser

pytestmark = pytest.mark.django_db
MORNING = at("2026-11-23 09:00")  # 월
LOGIN = "/accounts/login/"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"
FORM = {"do": "add", "name": "최누리", "mobile": "010-0000-7", "password": "secret", "consented": "on"}


@pytest.fixture
def company() -> Member:
    return make_member()


@pytest.fixture
def raon(company: Member) -> User:
    return make_user(Role.MEMBER_USER, member=company, username="raon")


def sign_in(browser: Client, password: str = PASSWORD, **more: Any) -> HttpResponse:
    typed = {"login": "raon", "password": password, **more.pop("typed", {})}
    return browser.post(LOGIN, typed, REMOTE_ADDR="121.135.10.20", **more)


def words(browser: Client, page: str = "people:visits") -> str:
    text = re.sub(r"<[^>]+>", " ", browser.get(reverse(page)).content.decode())
    return re.sub(r"\s+", " ", unescape(text))


# ── How long ──


@pytest.mark.parametrize(("_case", "pause", "then"), [("59분 59초", 3599, 200), ("60분", 3600, 302)])
def test_a_login_ends_after_an_hour_without_a_visit(raon: User, _case: str, pause: int, then: int) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(minutes=40))
        browser.get("/mypage/")
        clock.shift(timedelta(seconds=pause))
        assert browser.get("/mypage/").status_code == then


def test_extending_is_a_visit_and_leads_back(raon: User) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(minutes=59))
        back = browser.post(reverse("people:extend"), HTTP_REFERER="http://testserver/sms/contacts/")
        assert back["Location"] == "http://testserver/sms/contacts/"
        clock.shift(timedelta(minutes=59))
        assert browser.post(reverse("people:extend"), HTTP_ACCEPT="application/json").json() == {"seconds": 3600}
        assert browser.post(reverse("people:extend"), HTTP_REFERER="https://evil.example/")["Location"] == "/"


def test_every_page_says_how_much_is_left_and_offers_to_extend(raon: User) -> None:
    browser = new_browser()
    assert "남은 시간" not in browser.get("/").content.decode()
    sign_in(browser)
    assert "남은 시간 60:00 로그인 연장" in words(browser, "home")


def test_ended_sessions_are_cleared_away_a_day_later_and_visitors_at_once(raon: User) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        send_after_the_end(new_browser(), clock)  # the visitor's holds what was typed
        assert LoginSession.objects.count() == 2
        clock.shift(timedelta(minutes=59))
        assert clear_sessions() == 0
        clock.shift(timedelta(minutes=2))
        assert clear_sessions() == 1
        assert LoginSession.objects.get().user == raon
        clock.shift(timedelta(hours=23))
        assert clear_sessions() == 1


# ── Where ──


def test_the_page_shows_every_device_and_ends_the_others(raon: User) -> None:
    here, there = new_browser(), new_browser()
    with time_machine.travel(MORNING, tick=False):
        sign_in(there, headers={"User-Agent": IPHONE})
        sign_in(here, headers={"User-Agent": CHROME})
        shown = words(here, "people:sessions")
        assert "2대에서 로그인 중" in shown
        assert "Windows · Chrome 지금 이 기기 121.135.*.*" in shown
        assert "iPhone · Safari 121.135.*.* 2026. 11. 23.(월) 09:00" in shown
        assert "121.135.10.20" not in shown
        here.post(reverse("people:sessions"))
        assert (here.get("/mypage/").status_code, there.get("/mypage/").status_code) == (200, 302)
    assert LoginSession.objects.filter(user=raon).count() == 1
    assert AuditEvent.everything.get(action="login.end_others").detail["sessions"] == 1


def test_nobody_else_is_signed_out_with_them(raon: User, company: Member) -> None:
    make_user(Role.MEMBER_USER, member=company, username="nari")
    here, colleague = new_browser(), new_browser()
    sign_in(here)
    colleague.post(LOGIN, {"login": "nari", "password": PASSWORD})
    here.post(reverse("people:sessions"))
    assert colleague.get("/mypage/").status_code == 200


def test_the_login_before_is_told_and_what_failed_since(raon: User) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        browser = new_browser()
        sign_in(browser, headers={"User-Agent": CHROME})
        assert "지난 로그인" not in words(browser, "home")
        clock.shift(timedelta(days=1))
        second = new_browser()
        sign_in(second)
        assert "지난 로그인: 2026. 11. 23.(월) 09:00, Windows · Chrome, 121.135.*.*" in words(second, "home")
        assert "지난 로그인" not in words(second, "home")
        for _ in range(2):
            sign_in(new_browser(), "wrong-Password-1")
        third = new_browser()
        sign_in(third)
        assert "그 뒤 로그인이 2번 실패했습니다" in words(third, "home")


# ── 접속 기록 ──


def test_what_was_tried_is_on_the_page_with_its_end(raon: User) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        sign_in(browser, "wrong-Password-1", headers={"User-Agent": IPHONE})
        clock.shift(timedelta(minutes=1))
        sign_in(browser, headers={"User-Agent": CHROME})
        browser.post("/accounts/logout/", REMOTE_ADDR="121.135.10.20", headers={"User-Agent": CHROME})
        clock.shift(timedelta(minutes=1))
        sign_in(browser, headers={"User-Agent": CHROME})
        shown = words(browser)
    told = re.findall(r"2026\. 11\. 23\.\(월\) (\d\d:\d\d) (.*?) (성공|실패)", shown)
    assert told == [
        ("09:02", "로그인 (비밀번호) Windows · Chrome 121.135.*.*", "성공"),
        ("09:01", "로그아웃 Windows · Chrome 121.135.*.*", "성공"),
        ("09:01", "로그인 (비밀번호) Windows · Chrome 121.135.*.*", "성공"),
        ("09:00", "로그인 (비밀번호) iPhone · Safari 121.135.*.*", "실패"),
    ]


def test_a_wrong_second_factor_and_a_recovery_code_are_in_it(raon: User) -> None:
    TOTP.activate(raon, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(raon).get_unused_codes()[0]
    browser = new_browser()
    assert sign_in(browser)["Location"] == reverse("mfa_authenticate")
    wrong = browser.post(reverse("mfa_authenticate"), {"code": "not-one"})
    assert "확인하지 못했습니다" in wrong.content.decode()
    browser.post(reverse("mfa_authenticate"), {"code": code})
    shown = words(browser)
    assert "로그인 (인증 앱)" in shown
    assert "로그인 (비밀번호 + 복구 코드)" in shown
    events = AuditEvent.everything.filter(subject_id=str(raon.pk), subject_type="members.user")
    assert list(events.order_by("id").values_list("action", flat=True)) == ["login.fail", "login.begin"]


def test_a_changed_password_is_in_it(raon: User) -> None:
    browser = new_browser()
    sign_in(browser)
    browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "Nuri-Portal-77", "password2": "Nuri-Portal-77"},
    )
    assert "비밀번호 변경" in words(browser).split("결과")[1]


def test_it_reaches_back_twelve_months_in_pages_of_twenty(raon: User) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING - timedelta(days=366), tick=False):
        sign_in(new_browser())
    with time_machine.travel(MORNING, tick=False):
        for _ in range(24):
            browser = new_browser()
            sign_in(browser)
        assert "모두 24건" in words(browser)
        assert browser.get(reverse("people:visits"), {"page": "2"}).content.decode().count("성공") == 4


def test_a_colleague_s_visits_are_not_shown(raon: User, company: Member) -> None:
    make_user(Role.MEMBER_USER, member=company, username="nari")
    sign_in(new_browser(), "wrong-Password-1")
    colleague = new_browser()
    colleague.post(LOGIN, {"login": "nari", "password": PASSWORD})
    assert "모두 1건" in words(colleague)


def test_a_name_nobody_bears_leaves_no_trace(raon: User) -> None:
    new_browser().post(LOGIN, {"login": "nobody.here", "password": PASSWORD})
    assert not AuditEvent.everything.filter(action="login.fail").exists()


def test_staff_are_in_the_trail_too_for_the_auditor() -> None:
    officer = make_user(Role.BRANCH_OFFICER, branch=make_branch(), username="seoul")
    new_browser().post(LOGIN, {"login": "seoul", "password": PASSWORD})
    event = AuditEvent.everything.get(action="login.begin")
    assert (event.subject_id, event.actor, event.detail["how"]) == (str(officer.pk), officer, ["password"])


# ── What was typed when the login had ended ──

CONTACTS = "/sms/contacts/"


def send_after_the_end(browser: Client, clock: Any, **form: str) -> HttpResponse:
    """Signed in, a form typed for more than an hour, and sent."""
    sign_in(browser)
    clock.shift(timedelta(minutes=61))
    typed = {**FORM, **form}
    return browser.post(CONTACTS, typed, HTTP_REFERER=f"http://testserver{CONTACTS}?q=1")


def test_the_same_person_comes_back_to_the_page_with_what_was_typed(raon: User) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        sent = send_after_the_end(browser, clock)
        assert (sent.status_code, sent["Location"]) == (302, f"{LOGIN}?next=/sms/contacts/%3Fq%3D1")
        assert not Contact.everything.exists()
        back = sign_in(browser, typed={"next": f"{CONTACTS}?q=1"}, follow=True)
        page = back.content.decode()
        assert "로그인이 끝나 보내지 못한 내용이 있습니다" in page
        kept = re.search(r'<script id="unsent" type="application/json">(.*?)</script>', page)
        assert kept is not None
        assert kept[1].encode().decode("unicode_escape") == (
            '[["do", "add"], ["name", "최누리"], ["mobile", "010-0000-7"], ["consented", "on"]]'
        )
        assert "unsent" not in browser.get(f"{CONTACTS}?q=1").content.decode()  # shown once


def test_another_person_at_the_same_browser_sees_nothing_of_it(raon: User, company: Member) -> None:
    make_user(Role.MEMBER_USER, member=company, username="nari")
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        send_after_the_end(browser, clock)
        browser.post(LOGIN, {"login": "nari", "password": PASSWORD})
        assert "최누리" not in browser.get(f"{CONTACTS}?q=1").content.decode()
        browser.post("/accounts/logout/")
        sign_in(browser)
        assert "최누리" not in browser.get(f"{CONTACTS}?q=1").content.decode()


@pytest.mark.parametrize("case", ["nobody's session", "ended on purpose", "too long"])
def test_what_is_not_kept(raon: User, case: str) -> None:
    browser, form = new_browser(), {}
    with time_machine.travel(MORNING, tick=False) as clock:
        if case == "nobody's session":
            browser.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
            browser.post(CONTACTS, FORM)
        elif case == "ended on purpose":
            sign_in(browser)
            LoginSession.objects.all().delete()
            browser.post(CONTACTS, FORM)
        else:
            form = {"note": "가" * 60_001}
            send_after_the_end(browser, clock, **form)
        sign_in(browser)
        assert "로그인이 끝나 보내지" not in browser.get(CONTACTS).content.decode()


def test_a_form_whose_address_opens_no_page_leads_to_the_page_it_stood_on(raon: User) -> None:
    browser = new_browser()
    with time_machine.travel(MORNING, tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(minutes=61))
        referer = {"HTTP_REFERER": "http://testserver/sms/messages/"}
        sent = browser.post(CONTACTS, {"do": "x"}, **referer)  # type: ignore[arg-type]
        assert sent["Location"] == f"{LOGIN}?next=/sms/messages/"
        sent = browser.post(CONTACTS, {"do": "x"}, HTTP_REFERER="https://evil.example/sms/")
        assert sent["Location"] == f"{LOGIN}?next={CONTACTS}"
