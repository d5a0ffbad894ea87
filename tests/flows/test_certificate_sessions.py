"""A session begun with a certificate ends at its next request once the certificate is stopped; others stay."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates.actions import stopping, tickets
from certificates.actions.rechecking import recheck_certificates
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import BankCertificate, CallBackTo, StopReason
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.models import Message
from tests.factories import PASSWORD, make_user
from tests.flows.certificate_visits import (
    LOGIN,
    NEW,
    OLD,
    actions,
    asked,
    make_holder,
    make_trust,
    registered,
    replaced_by,
    sent,
    signed,
    take_list,
)
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT

pytestmark = pytest.mark.django_db
HOME = "/"
DAY_AGO = AT - timedelta(days=1)
TASK = Actor.system("시험")


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture
def person(db: None) -> User:
    """The representative of a member whose certificate is OLD."""
    make_trust()
    take_list()
    member = make_holder()
    registered(member, OLD)
    return make_user(Role.MEMBER_REP, member=member)


def by_certificate(leaf: object = OLD) -> Client:
    browser = new_browser()
    answer = sent(browser, signed(asked(browser, at=LOGIN), leaf), LOGIN)  # type: ignore[arg-type]
    assert answer.json() == {"next": HOME}
    return browser


def by_password(person: User) -> Client:
    browser = new_browser()
    browser.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return bool(browser.get(reverse("guarantees:guarantees")).status_code == 200)


def freeze(member: Member) -> None:
    letter = Message.everything.filter(member=member, to="rep@example.kr").latest("pk").body
    token = letter.split("/cyber/certificate/freeze/")[1].split("/")[0]
    assert new_browser().post(f"/cyber/certificate/freeze/{token}/").status_code == 200


def disable(member: Member) -> None:
    row = BankCertificate.everything.get(member=member, status="active")
    clerk = Actor.user(make_user(Role.IT_SUPPORT))
    stopping.disable(certificate_id=row.pk, why=StopReason.ASKED, reason="요청", by=clerk, at=AT)


def revoke(_member: Member) -> None:
    take_list(Revocation(OLD.certificate.serial_number, DAY_AGO), age=timedelta(hours=1), number=2)
    assert recheck_certificates(by=TASK, at=AT).revoked == 1


def suspend(_member: Member) -> None:
    take_list(Revocation(OLD.certificate.serial_number, DAY_AGO, HOLD), age=timedelta(hours=1), number=2)
    assert recheck_certificates(by=TASK, at=AT).suspended == 1


def by_telephone(member: Member) -> None:
    taker, checker = Actor.user(make_user(Role.IT_SUPPORT)), Actor.user(make_user(Role.IT_SUPPORT))
    ticket = tickets.open_ticket(
        member_id=member.pk,
        caller="김대표",
        call_back_to=CallBackTo.REPRESENTATIVE,
        reason="분실",
        by=taker,
        at=AT,
    )
    tickets.approve_ticket(ticket_id=ticket.pk, called_back=True, by=checker, at=AT)


@pytest.mark.parametrize("stop", [disable, revoke, suspend, by_telephone])
def test_it_ends_and_the_password_session_stays(person: User, stop: Callable[[Member], None]) -> None:
    first, second, other = by_certificate(), by_certificate(), by_password(person)
    assert [is_in(browser) for browser in (first, second, other)] == [True, True, True]
    stop(person.member)
    assert [is_in(browser) for browser in (first, second, other)] == [False, False, True]
    assert "인증서가 중지되어 로그아웃했습니다" in first.get(reverse("account_login")).content.decode()
    ended = AuditEvent.everything.filter(action="bank_certificate.end_session")
    assert [(event.actor_id, event.member_id) for event in ended] == [(person.pk, person.member_id)] * 2
    assert first.get("/api/v1/guarantees/").status_code == 403


def test_the_representatives_freeze(person: User) -> None:
    """The session of the certificate that was stopped, not that of the one it took the place of."""
    before = by_certificate(OLD)
    assert replaced_by(NEW, old=OLD).status_code == 200
    after, password = by_certificate(NEW), by_password(person)
    freeze(person.member)
    assert [is_in(browser) for browser in (before, after, password)] == [True, False, True]


def test_a_new_session_key_does_not_lose_it(person: User) -> None:
    """Whoever came in with a stolen certificate and changes the password does not stay in by that."""
    browser = by_certificate()
    page = browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "ohneGrund-4711-x", "password2": "ohneGrund-4711-x"},
    )
    assert page.status_code == 302
    assert is_in(browser)
    disable(person.member)
    assert not is_in(browser)


def test_between_the_proof_and_the_choice_of_the_person(person: User) -> None:
    second = make_user(Role.MEMBER_REP, member=person.member)
    browser = new_browser()
    url = sent(browser, signed(asked(browser, at=LOGIN), OLD), LOGIN).json()["next"]
    disable(person.member)
    assert browser.post(url, {"person": second.pk})["Location"] == LOGIN
    assert not is_in(browser)


def test_an_own_replacement_ends_nothing(person: User) -> None:
    """He is shown his receipt in the session he came in with the old one."""
    browser = by_certificate()
    assert replaced_by(NEW, old=OLD, browser=browser).status_code == 200
    assert is_in(browser)
    assert "bank_certificate.end_session" not in actions()
