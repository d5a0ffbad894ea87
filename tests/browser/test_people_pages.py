"""마이페이지's people in Chromium: a passkey from its making to its end, the end of a login, axe on every page."""

from typing import Any

import pytest
from django.urls import reverse

from portal import clock
from portal.audit.models import AuditEvent
from portal.members.models import LoginSession, Member, User
from portal.members.roles import Role
from sms.models import Contact
from tests.browser.chromium import in_its_thread
from tests.browser.driver import until
from tests.browser.test_guarantee_pages import DESK, PHONE, Person, cookie_of, driver, person
from tests.factories import PASSWORD, make_member, make_user

__all__ = ["driver", "person"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
FINGER = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def member(transactional_db: None) -> Member:
    return make_member()


@pytest.fixture
def user(member: Member) -> User:
    return make_user(Role.MEMBER_REP, member=member, username="mirnuri")


@pytest.fixture
def base(live_server: Any) -> str:
    """By its name: an address is no party a passkey can be made for."""
    return str(live_server.url).replace("127.0.0.1", "localhost")


@in_its_thread
def lay_finger_ready(person: Person) -> None:
    """A fingerprint reader of the machine that always agrees."""
    devtools = person.tab.context.new_cdp_session(person.tab)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})


def press(person: Person, words: str) -> None:
    person.chrome.page.click(f"main button:has-text('{words}'), main a:has-text('{words}')")


def test_a_passkey_is_made_signs_in_and_is_removed(person: Person, base: str, user: User) -> None:
    page, chrome = person.chrome.page, person.chrome
    person.sits_down(base, width=DESK)
    lay_finger_ready(person)
    chrome.open(f"{base}/accounts/login/")
    page.type("[name=login]", "mirnuri")
    page.type("[name=password]", PASSWORD)
    page.press_enter("[name=password]")
    page.wait_text("h1", "업무 현황")
    chrome.open(f"{base}{reverse('mfa_add_webauthn')}")
    prove_again(person)
    page.type("[name=name]", "사무실 PC")
    press(person, "이 기기에 패스키 만들기")
    page.wait_text("h1", "복구 코드")
    chrome.open(f"{base}{reverse('mfa_list_webauthn')}")
    page.wait_text("table tbody", "사무실 PC")
    page.click(".session form:last-of-type button")
    wait_until_out(person)

    chrome.open(f"{base}/accounts/login/")
    press(person, "패스키로 로그인")
    page.wait_text("h1", "업무 현황")
    event = AuditEvent.everything.filter(action="login.begin").latest("id")
    assert (event.actor, event.detail["how"]) == (user, ["webauthn"])

    chrome.open(f"{base}{reverse('mfa_list_webauthn')}")
    press(person, "삭제")
    prove_again(person)
    page.wait_text("h1", "삭제하시겠습니까")
    press(person, "삭제")
    page.wait_text("main", "등록한 패스키가 없습니다")
    actions = (
        AuditEvent.everything.filter(action__startswith="user.").order_by("id").values_list("action", flat=True)
    )
    assert [action for action in actions if "passkey" in action] == ["user.add_passkey", "user.remove_passkey"]
    assert chrome.complaints() == []


def prove_again(person: Person) -> None:
    """Before a passkey is made or removed."""
    person.chrome.page.wait_text("h1", "본인 확인")
    person.chrome.page.type("[name=password]", PASSWORD)
    person.chrome.page.press_enter("[name=password]")


def wait_until_out(person: Person) -> None:
    """Until the way out is done."""
    until(lambda: not LoginSession.objects.filter(user__isnull=False).exists())


def test_a_passkey_serves_as_the_second_step_too(person: Person, base: str, user: User) -> None:
    page, chrome = person.chrome.page, person.chrome
    person.sits_down(base, width=PHONE)
    lay_finger_ready(person)
    for is_first in (True, False):
        chrome.open(f"{base}/accounts/login/")
        page.type("[name=login]", "mirnuri")
        page.type("[name=password]", PASSWORD)
        page.press_enter("[name=password]")
        if is_first:
            page.wait_text("h1", "업무 현황")
            chrome.open(f"{base}{reverse('mfa_add_webauthn')}")
            prove_again(person)
            press(person, "이 기기에 패스키 만들기")
            page.wait_text("h1", "복구 코드")
            page.click(".session form:last-of-type button")
            wait_until_out(person)
    page.wait_text("h1", "2단계 인증")
    assert person.axe() == []
    press(person, "패스키로 확인")
    page.wait_text("h1", "업무 현황")
    assert AuditEvent.everything.filter(action="login.begin").latest("id").detail["how"] == [
        "password",
        "webauthn",
    ]


# ── The end of a login ──


def test_the_dialog_comes_before_the_end_and_extends(person: Person, base: str, user: User, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 185  # five seconds more than the dialog comes before the end
    page, chrome = person.chrome.page, person.chrome
    person.sits_down(base, width=PHONE, user=user, cookie=cookie_of(user))
    chrome.open(f"{base}/mypage/")
    assert page.text("[data-session-left]").startswith("3:0")
    assert not page.shows("dialog")
    page.wait_for("dialog [data-session-soon]")
    assert person.axe() == []
    before = LoginSession.objects.get(user=user).expire_date
    page.click("dialog [data-session-extend] button")
    until(lambda: not page.shows("dialog"))
    assert LoginSession.objects.get(user=user).expire_date > before
    assert chrome.complaints() == []


def test_what_was_typed_is_back_after_the_end(person: Person, base: str, user: User, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 4
    page, chrome = person.chrome.page, person.chrome
    person.sits_down(base, width=DESK, user=user, cookie=cookie_of(user))
    chrome.open(f"{base}/mypage/recipients/")
    page.wait_for("dialog [data-session-over]")
    # The page counts whole seconds and is never later than the server.
    until(lambda: LoginSession.objects.get(user=user).expire_date < clock.now())
    page.click("dialog [data-session-over] button")
    page.type("[name=name]", "최누리")
    page.type("[name=mobile]", "01000007777")
    page.click("[name=consented]")
    settings.SESSION_COOKIE_AGE = 3600
    page.click("button[value=add]")
    page.wait_text("h1", "로그인")
    page.type("[name=login]", "mirnuri")
    page.type("[name=password]", PASSWORD)
    page.press_enter("[name=password]")
    page.wait_text("main .notice .title", "보내지 못한 내용이 있습니다")
    until(lambda: page.run("() => document.querySelector('[name=consented]').checked"))  # a script puts it back
    assert (page.value("[name=name]"), page.value("[name=mobile]")) == ("최누리", "010-0000-7777")
    assert not Contact.everything.exists()
    assert person.axe() == []


# ── axe ──

PAGES = (
    "people:users", "people:invite", "people:sessions", "people:visits", "mfa_index", "mfa_list_webauthn",
    "account_change_password",
)  # fmt: skip


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
    person: Person, base: str, user: User, width: int
) -> None:
    person.sits_down(base, width=width, user=user, cookie=cookie_of(user))
    colleague = make_user(Role.MEMBER_USER, member=user.member, full_name="최라온")
    wrong = {}
    addresses = [reverse(name) for name in PAGES]
    for url in [*addresses, reverse("people:user", args=[colleague.pk]), "/join/unknown/"]:
        person.chrome.open(base + url)
        found = person.axe()
        if found or person.overflows():
            wrong[url] = found or "wider than the screen"
    assert wrong == {}
