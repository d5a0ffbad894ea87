"""Login with the registered certificate: whose key, which account, how old the revocation data may be."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as portal_settings
from django.test import Client

from certificates.minting.leaves import Leaf
from certificates.minting.revocation import Revocation
from certificates.models import Challenge, SignatureEvidence
from portal.members.models import Member, MemberStatus, User
from portal.members.roles import Role
from tests.factories import make_member, make_user
from tests.flows.certificate_visits import (
    LOGIN,
    NEW,
    OLD,
    actions,
    asked,
    make_holder,
    make_trust,
    registered,
    sent,
    signed,
    take_list,
)
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture
def member(db: None) -> Member:
    """With a registered certificate and one representative."""
    make_trust()
    member = make_holder()
    registered(member, OLD)
    make_user(Role.MEMBER_REP, member=member, full_name="김대표")
    return member


def who(browser: Client) -> str:
    """The name in the page's head, or "" for a visitor."""
    page = browser.get("/")
    return str(page.wsgi_request.user) if page.wsgi_request.user.is_authenticated else ""


def signed_in_by(leaf: Leaf, browser: Client) -> Any:
    return sent(browser, signed(asked(browser, at=LOGIN), leaf), LOGIN)


def test_login(member: Member) -> None:
    take_list()
    make_user(Role.MEMBER_USER, member=member)
    browser = new_browser()
    body = signed(asked(browser, at=LOGIN), OLD)
    before = browser.cookies[portal_settings.SESSION_COOKIE_NAME].value
    assert sent(browser, body, LOGIN).json() == {"next": "/"}
    assert browser.cookies[portal_settings.SESSION_COOKIE_NAME].value != before
    assert who(browser) == "김대표"
    assert "하루" not in browser.get("/").content.decode()
    assert AccessAttempt.objects.count() == 0
    assert SignatureEvidence.everything.get().purpose == "login"
    assert actions() == ["bank_certificate.prove_login", "login.begin"]
    assert new_browser().get("/accounts/login/").content.decode().count("/accounts/certificate/") == 1


@pytest.mark.parametrize(
    ("_case", "age", "status", "banner"),
    [
        ("새 자료", 23, 200, False),
        ("조금 지난 자료", 25, 200, True),
        ("24시간 지난 자료", 48, 200, True),
        ("그보다 지난 자료", 48.1, 422, False),
        ("자료 없음", None, 422, False),
    ],
)
def test_age_of_the_list(member: Member, _case: str, age: float | None, status: int, banner: bool) -> None:
    if age is not None:
        take_list(age=timedelta(hours=age))
    browser = new_browser()
    response = signed_in_by(OLD, browser)
    assert response.status_code == status
    if status == 422:
        assert "아이디와 비밀번호로 로그인해 주세요" in response.json()["message"]
        assert who(browser) == ""
        assert "인증서로 로그인하지 못했습니다" in browser.get(response.json()["next"]).content.decode()
    else:
        assert ("최신 폐지목록을 받지 못해" in browser.get("/").content.decode()) is banner
        assert who(browser) == "김대표"


def refused(browser: Client, leaf: Leaf) -> str:
    response = signed_in_by(leaf, browser)
    assert response.status_code == 422
    assert who(browser) == ""
    return response.json()["code"]


def test_a_certificate_of_the_company_that_is_not_registered(member: Member) -> None:
    take_list()
    assert refused(new_browser(), NEW) == "NOT_REGISTERED"


def test_a_revoked_certificate(member: Member) -> None:
    take_list(Revocation(OLD.certificate.serial_number, AT - timedelta(days=1)))
    assert refused(new_browser(), OLD) == "REVOKED"


def test_a_disabled_certificate(member: Member) -> None:
    take_list()
    member.bank_certificates.update(status="disabled", ended_at=AT, stopped_for="asked")
    assert refused(new_browser(), OLD) == "NOT_REGISTERED"


def test_another_companys_certificate(member: Member) -> None:
    take_list()
    assert refused(new_browser(), world().faults["other-number"].leaf) == "VID_MISMATCH"


@pytest.mark.parametrize("status", [MemberStatus.WITHDRAWN, MemberStatus.SUSPENDED])
def test_a_member_that_trades_no_more(member: Member, status: str) -> None:
    take_list()
    Member.everything.filter(pk=member.pk).update(status=status)
    assert refused(new_browser(), OLD) == "MEMBER_NOT_FOUND"


def test_an_unknown_number() -> None:
    make_trust()
    take_list()
    assert refused(new_browser(), OLD) == "MEMBER_NOT_FOUND"


@pytest.mark.parametrize("changes", [{"is_active": False}, {"groups": []}])
def test_nobody_to_sign_in(member: Member, changes: dict[str, Any]) -> None:
    take_list()
    person = User.objects.get(member=member)
    if "groups" in changes:
        person.groups.clear()
    else:
        User.objects.filter(pk=person.pk).update(**changes)
    assert refused(new_browser(), OLD) == "NO_REPRESENTATIVE"


def test_several_representatives_are_chosen_after_the_proof(member: Member) -> None:
    take_list()
    second = make_user(Role.MEMBER_REP, member=member, full_name="이공동")
    stranger = make_user(Role.MEMBER_REP, member=make_member())
    browser = new_browser()
    url = signed_in_by(OLD, browser).json()["next"]
    assert url == "/accounts/certificate/choose/"
    assert who(browser) == ""
    page = browser.get(url).content.decode()
    assert "김대표" in page
    assert "이공동" in page
    browser.post(url, {"person": stranger.pk})
    assert who(browser) == ""
    browser.post(url, {"person": second.pk})
    assert who(browser) == "이공동"


def test_the_choice_is_open_for_three_minutes(member: Member, monday: time_machine.Traveller) -> None:
    take_list()
    second = make_user(Role.MEMBER_REP, member=member, full_name="이공동")
    browser = new_browser()
    url = signed_in_by(OLD, browser).json()["next"]
    monday.move_to(AT + timedelta(minutes=3, seconds=1))
    assert browser.post(url, {"person": second.pk})["Location"] == LOGIN
    assert who(browser) == ""


def test_nobody_chooses_without_a_proof(member: Member) -> None:
    person = User.objects.get(member=member)
    browser = new_browser()
    assert browser.post("/accounts/certificate/choose/", {"person": person.pk})["Location"] == LOGIN
    assert who(browser) == ""


def test_replay(member: Member) -> None:
    take_list()
    browser = new_browser()
    body = signed(asked(browser, at=LOGIN), OLD)
    assert sent(browser, body, LOGIN).status_code == 200
    browser.logout()
    assert sent(browser, body, LOGIN).json()["code"] == "CHALLENGE_UNKNOWN"  # the session it belonged to is gone
    assert Challenge.objects.count() == 1
