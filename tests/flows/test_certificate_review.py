"""The second pair of eyes: what was proven by resident number waits for it, what was replaced with a doubt is
looked at afterwards (NPKI §6.1, §6.4)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from certificates.actions import reviewing
from certificates.actions.waiting import finish_parked
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import BankCertificate, Replacement
from certificates.refusals import Refused
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.models import Message
from tests.factories import make_branch, make_user
from tests.flows.certificate_visits import (
    LOGIN,
    NEW,
    OLD,
    THIRD,
    actions,
    asked,
    make_holder,
    make_trust,
    messages_of,
    registered,
    replaced_by,
    sent,
    serial,
    signed,
    states,
    take_list,
    traces,
)
from tests.pages.actors import BACKEND, new_browser
from tests.rules.certificates.world import AT, RESIDENT, world

pytestmark = pytest.mark.django_db
OWN = world().faults["representative"].leaf
LATER = AT + timedelta(hours=1)
NOTE = "등기사항증명서의 대표자와 같음"
FOUR = [
    ("email", "contact@example.kr"),
    ("email", "rep@example.kr"),
    ("sms", "01000000001"),
    ("sms", "01000000002"),
]


@pytest.fixture(autouse=True)
def monday(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.CERTIFICATE_RESIDENT_NUMBER_BASIS = "시험법 제1조"
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture
def member(db: None) -> Member:
    make_trust()
    return make_holder()


@pytest.fixture
def reviewer(db: None) -> User:
    return make_user(Role.IT_SUPPORT)


def by_resident_number(browser: Client | None = None) -> tuple[Client, HttpResponse]:
    browser = browser or new_browser()
    return browser, sent(browser, signed(asked(browser, by_resident_number="on"), OWN, resident=RESIDENT))


def waiting(browser: Client | None = None) -> Replacement:
    """A request by resident number, all of whose checks were passed."""
    take_list()
    assert by_resident_number(browser)[1].status_code == 200
    return Replacement.everything.get(state="review")


def done_with_doubt(member: Member) -> Replacement:
    """The old one is suspended: replaced at once, and to be looked at."""
    take_list(Revocation(OLD.certificate.serial_number, AT - timedelta(days=1), HOLD))
    registered(member, OLD)
    assert replaced_by(NEW).status_code == 200
    return Replacement.everything.get(state="done", needs_review=True)


def confirm(row: Replacement, by: User, note: str = NOTE) -> Replacement:
    return reviewing.confirm(replacement_id=row.pk, note=note, by=Actor.user(by), at=LATER)


def refuse(row: Replacement, by: User, note: str = NOTE) -> Replacement:
    return reviewing.refuse(replacement_id=row.pk, note=note, by=Actor.user(by), at=LATER)


# ── Held beforehand ──


def test_until_the_review_the_new_certificate_is_good_for_nothing(member: Member) -> None:
    take_list()
    make_user(Role.MEMBER_REP, member=member)
    registered(member, OLD, valid_until_at=AT - timedelta(days=1))
    browser, response = by_resident_number()
    assert states(member) == [(serial(OLD), "active")]
    assert messages_of(member) == []
    page = browser.get(response.json()["next"]).content.decode()
    assert "담당 직원이 확인한 뒤에 처리합니다" in page
    assert "기존 인증서는 그대로입니다" in page
    other = new_browser()
    assert sent(other, signed(asked(other, at=LOGIN), OWN), LOGIN).status_code == 422
    assert not other.get("/").wsgi_request.user.is_authenticated
    assert actions()[-2:] == ["bank_certificate.await_review", "bank_certificate.refuse_login"]


def test_confirmed(member: Member, reviewer: User) -> None:
    registered(member, OLD, valid_until_at=AT - timedelta(days=1))
    browser = new_browser()
    row = waiting(browser)
    found = confirm(row, reviewer)
    assert (found.state, found.needs_review, found.finished_at) == ("done", False, LATER)
    assert (found.reviewed_by, found.reviewed_at, found.review_note) == (reviewer, LATER, NOTE)
    assert states(member) == [(serial(OLD), "replaced"), (serial(OWN), "active")]
    assert messages_of(member) == FOUR
    trail = AuditEvent.everything.get(action="bank_certificate.confirm")
    assert (trail.actor_id, trail.detail["note"]) == (reviewer.pk, NOTE)
    receipt = browser.get(f"/cyber/certificate/receipt/{row.challenge_id}/").content.decode()
    assert "인증서를 교체했습니다" in receipt


def test_refused(member: Member, reviewer: User) -> None:
    registered(member, OLD, valid_until_at=AT - timedelta(days=1))
    browser = new_browser()
    row = waiting(browser)
    found = refuse(row, reviewer)
    assert (found.state, found.code, found.needs_review) == ("refused", "REVIEW_REFUSED", False)
    assert states(member) == [(serial(OLD), "active")]
    assert messages_of(member) == FOUR
    assert "등록된 대표자의 신청인지 확인하지 못해" in Message.everything.get(to="rep@example.kr").body
    assert actions()[-1] == "bank_certificate.refuse_review"
    receipt = browser.get(f"/cyber/certificate/receipt/{row.challenge_id}/").content.decode()
    assert "등록된 대표자의 신청인지 확인하지 못해" in receipt
    # neither the same certificate again, nor a second decision
    assert by_resident_number()[1].json()["code"] == "CERT_OF_ANOTHER_MEMBER"
    for decide in (confirm, refuse):
        with pytest.raises(reviewing.NothingToReview):
            decide(row, reviewer)


def test_what_has_changed_meanwhile_is_seen_at_the_review(member: Member, reviewer: User) -> None:
    row = waiting()
    take_list(Revocation(OWN.certificate.serial_number, AT), at=LATER, number=2)
    found = confirm(row, reviewer)
    assert (found.state, found.code, found.reviewed_by) == ("refused", "REVOKED", reviewer)
    assert states(member) == []
    assert messages_of(member) == FOUR


@pytest.mark.parametrize(
    ("_case", "changes", "code"),
    [
        ("대표자가 바뀜", {"representative_name": "이대표"}, "HOLDER_MISMATCH"),
        ("사업자등록번호가 바뀜", {"business_number": "9230000005"}, "VID_MISMATCH"),
        ("탈퇴", {"status": "withdrawn"}, "MEMBER_INACTIVE"),
    ],
)
def test_the_registry_has_changed_meanwhile(
    member: Member, reviewer: User, _case: str, changes: dict[str, str], code: str
) -> None:
    row = waiting()
    Member.everything.filter(pk=member.pk).update(**changes)
    found = confirm(row, reviewer)
    assert (found.state, found.code, states(member)) == ("refused", code, [])


def test_without_revocation_data_the_review_waits_too(
    member: Member, reviewer: User, monday: time_machine.Traveller
) -> None:
    row = waiting()
    before = traces()
    with pytest.raises(reviewing.StatusUnknownNow):
        reviewing.confirm(replacement_id=row.pk, note=NOTE, by=Actor.user(reviewer), at=AT + timedelta(days=2))
    assert traces() == before
    row.refresh_from_db()
    assert (row.state, row.reviewed_at) == ("review", None)


def test_a_good_old_certificate_still_needs_its_own_key(member: Member, reviewer: User) -> None:
    registered(member, OLD)
    take_list()
    assert by_resident_number()[1].json()["code"] == "OLD_CERT_STILL_VALID"
    assert Replacement.everything.count() == 0


def test_parked_first_then_reviewed(member: Member, reviewer: User) -> None:
    """Waiting for revocation data is no way round the second person."""
    assert by_resident_number()[1].status_code == 200
    row = Replacement.everything.get(state="parked")
    with pytest.raises(reviewing.NothingToReview):
        confirm(row, reviewer)
    take_list(at=LATER)
    found = finish_parked(replacement_id=row.pk, by=Actor.system("시험"), at=LATER)
    assert (found.state, states(member)) == ("review", [])
    assert confirm(row, reviewer).state == "done"
    assert states(member) == [(serial(OWN), "active")]


def test_a_newer_request_takes_the_place_of_one_under_review(member: Member, reviewer: User) -> None:
    row = waiting()
    assert replaced_by(NEW).status_code == 200
    row.refresh_from_db()
    assert (row.state, row.code) == ("refused", "NEWER_REQUEST")
    with pytest.raises(reviewing.NothingToReview):
        confirm(row, reviewer)
    assert "bank_certificate.give_way" in actions()


# ── Looked at afterwards ──


def test_a_doubtful_replacement_is_confirmed(member: Member, reviewer: User) -> None:
    row = done_with_doubt(member)
    found = confirm(row, reviewer)
    assert (found.state, found.needs_review, found.review_note) == ("done", False, NOTE)
    assert states(member) == [(serial(OLD), "replaced"), (serial(NEW), "active")]


def test_a_doubtful_replacement_is_undone(member: Member, reviewer: User) -> None:
    row = done_with_doubt(member)
    told = Message.everything.count()
    found = refuse(row, reviewer)
    assert (found.state, found.needs_review) == ("frozen", False)
    assert states(member) == [(serial(OLD), "replaced"), (serial(NEW), "disabled")]
    assert BankCertificate.everything.get(status="disabled").stopped_for == "review"
    assert Message.everything.count() == told + 4
    assert replaced_by(NEW).json()["code"] == "CERT_OF_ANOTHER_MEMBER"
    assert replaced_by(THIRD).json()["code"] == "TICKET_NEEDED"


def test_what_has_been_replaced_again_is_left_in_use(member: Member, reviewer: User) -> None:
    row = done_with_doubt(member)
    assert replaced_by(THIRD, old=NEW).status_code == 200
    told = Message.everything.count()
    refuse(row, reviewer)
    assert states(member)[-1] == (serial(THIRD), "active")
    assert Message.everything.count() == told


# ── Who ──


@pytest.mark.parametrize("make", [waiting, done_with_doubt], ids=["held", "done"])
@pytest.mark.parametrize("decide", [confirm, refuse])
def test_whoever_asked_does_not_confirm(member: Member, decide: Callable[..., Any], make: Callable) -> None:
    clerk = make_user(Role.IT_SUPPORT)
    if make is waiting:
        browser = new_browser()
        browser.force_login(clerk, BACKEND)
        row = waiting(browser)
    else:
        row = done_with_doubt(member)
        Replacement.everything.filter(pk=row.pk).update(requested_by=clerk)
    before = traces()
    with pytest.raises(Refused) as refused:
        decide(row, clerk)
    assert refused.value.code == "STAFF_SAME_PERSON"
    assert traces() == before
    with pytest.raises(IntegrityError, match="replacement_reviewed_by_another"), transaction.atomic():
        Replacement.everything.filter(pk=row.pk).update(reviewed_by=clerk, reviewed_at=LATER, review_note="x")
    decide(row, make_user(Role.IT_SUPPORT))


@pytest.mark.parametrize("decide", [confirm, refuse])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.IT_SUPPORT])
def test_only_the_it_department_decides(member: Member, role: Role, decide: Callable[..., Any]) -> None:
    row = waiting()
    is_members = role in (Role.MEMBER_REP, Role.MEMBER_USER)
    with pytest.raises(reviewing.NotTheirReview):
        decide(row, make_user(role, member=member) if is_members else make_user(role))


@pytest.mark.parametrize("decide", [confirm, refuse])
def test_no_decision_without_its_grounds(member: Member, reviewer: User, decide: Callable[..., Any]) -> None:
    row = waiting()
    with pytest.raises(reviewing.EvidenceMissing):
        decide(row, reviewer, note=" ")
    row.refresh_from_db()
    assert (row.state, row.reviewed_at) == ("review", None)


def test_a_decision_is_whole_in_the_database(member: Member, reviewer: User) -> None:
    row = waiting()
    with pytest.raises(IntegrityError, match="replacement_review_whole"), transaction.atomic():
        Replacement.everything.filter(pk=row.pk).update(reviewed_by=reviewer, reviewed_at=LATER)


# ── On the desk ──


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_the_way_on_the_desk(member: Member, reviewer: User) -> None:
    row = waiting()
    desk = desk_of(reviewer)
    front = desk.get(reverse("admin:index")).content.decode()
    assert front.count("직원 확인을 기다리는 인증서갱신") == 1
    link = reverse("admin:certificates_replacement_changelist") + "?state__exact=review"
    assert link in front
    assert member.name in desk.get(link).content.decode()
    ask = reverse("admin:certificates_replacement_do", args=[row.pk, "confirm"])
    page = desk.get(ask).content.decode()
    assert (member.representative_name in page, "로그인하지 않은 방문자" in page) == (True, True)
    assert desk.post(ask, {"note": ""}).status_code == 200
    assert states(member) == []
    done = desk.post(ask, {"note": NOTE}, follow=True).content.decode()
    assert ("인증서갱신을 확인했습니다" in done, NOTE in done) == (True, True)
    assert states(member) == [(serial(OWN), "active")]


def test_the_branch_sees_and_decides_nothing(member: Member) -> None:
    row = waiting()
    officer = desk_of(make_user(Role.BRANCH_HEAD, branch=member.branch))
    page = reverse("admin:certificates_replacement_change", args=[row.pk])
    assert "do/confirm/" not in officer.get(page).content.decode()
    for button in ("confirm", "refuse"):
        url = reverse("admin:certificates_replacement_do", args=[row.pk, button])
        assert officer.post(url, {"note": NOTE}).status_code == 404
    far = desk_of(make_user(Role.BRANCH_HEAD, branch=make_branch()))
    assert far.get(page).status_code == 404
    assert states(member) == []
