"""인증서갱신 through the pages: every row of the replacement rule, and everything that must not pass (S33-S40)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from certificates.actions.waiting import finish_parked
from certificates.minting.leaves import Leaf, mint_leaf, reissued
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import (
    BankCertificate,
    Challenge,
    Replacement,
    ReplacementTicket,
    SignatureEvidence,
)
from certificates.ticket_code import digest
from portal.access import Actor
from portal.members.models import MemberStatus
from portal.members.roles import Role
from sms.actions import recipients
from sms.models import Message, ReceptionChange, Recipient
from tests.factories import business_number, make_member, make_user
from tests.flows.certificate_visits import (
    JSON,
    LOGIN,
    NEW,
    OLD,
    REPLACE,
    THIRD,
    actions,
    asked,
    b64,
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
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, NUMBER, RESIDENT, world

pytestmark = pytest.mark.django_db
TASK = Actor.system("시험")
THEIRS = business_number(8000)
FOUR = [
    ("email", "contact@example.kr"),
    ("email", "rep@example.kr"),
    ("sms", "01000000001"),
    ("sms", "01000000002"),
]


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture
def trust(db: None) -> None:
    make_trust()


def revoked(leaf: Leaf) -> Revocation:
    return Revocation(leaf.certificate.serial_number, AT - timedelta(days=1))


def on_hold(leaf: Leaf) -> Revocation:
    return Revocation(leaf.certificate.serial_number, AT - timedelta(days=1), HOLD)


def stopped(why: str) -> dict[str, Any]:
    return {"status": "disabled", "ended_at": AT, "stopped_for": why}


def with_ticket(browser: Client, member: Any) -> dict[str, Any]:
    """Begins by a telephone ticket's link."""
    it, other = make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    code = "7K2MX9QA04TB"
    ReplacementTicket.everything.create(
        member=member, caller="김대표", call_back_number="01000000001", reason="분실", opened_by=it, opened_at=AT,
        approved_by=other, approved_at=AT, link_hash=digest(code), link_until_at=AT + timedelta(hours=24),
    )  # fmt: skip
    assert browser.get(f"{REPLACE}ticket/{code}/").status_code == 200
    assert browser.post(f"{REPLACE}ticket/{code}/").status_code == 302
    return browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON).json()["challenge"]


# ── The rule ──

RULES = [
    ("없음", None, {}, (), "strict", None, "done"),
    ("기간 끝남", OLD, {"valid_until_at": AT - timedelta(seconds=1)}, (), "strict", None, "done"),
    ("끝나는 순간까지는 유효", OLD, {"valid_until_at": AT}, (), "strict", None, "OLD_CERT_STILL_VALID"),
    ("폐지됨", OLD, {}, (revoked(OLD),), "strict", None, "done"),
    ("조합원 요청으로 중지됨", OLD, stopped("asked"), (), "strict", None, "done"),
    ("잘못 등록되어 중지됨", OLD, stopped("mistaken"), (), "strict", None, "done"),
    ("도용 의심으로 중지됨", OLD, stopped("compromised"), (), "strict", None, "TICKET_NEEDED"),
    ("모르는 등록이라 중지됨", OLD, stopped("unwanted"), (), "strict", None, "TICKET_NEEDED"),
    ("전화 접수로 중지됨, 코드 없이", OLD, stopped("ticket"), (), "strict", None, "TICKET_NEEDED"),
    ("직원 확인에서 거절됨", OLD, stopped("review"), (), "lenient", None, "TICKET_NEEDED"),
    ("효력정지", OLD, {}, (on_hold(OLD),), "strict", None, "review"),
    ("유효, 새것만 서명", OLD, {}, (), "strict", None, "OLD_CERT_STILL_VALID"),
    ("유효, 둘 다 서명", OLD, {}, (), "strict", OLD, "done"),
    ("유효, 딴 인증서로 서명", OLD, {}, (), "strict", THIRD, "OLD_CERT_STILL_VALID"),
    ("유효, 느슨한 규칙", OLD, {}, (), "lenient", None, "hold"),
    ("유효, 느슨한 규칙, 둘 다 서명", OLD, {}, (), "lenient", OLD, "done"),
]


@pytest.mark.parametrize(("_case", "old", "fields", "lines", "mode", "second", "then"), RULES)
def test_rule(
    trust: None, settings: Any, _case: str, old: Leaf | None, fields: dict[str, Any],
    lines: tuple[Revocation, ...], mode: str, second: Leaf | None, then: str,
) -> None:  # fmt: skip
    settings.CERTIFICATE_REPLACE_MODE = mode
    take_list(*lines)
    member = make_holder()
    if old is not None:
        registered(member, old, **fields)
    before = traces()
    response = replaced_by(NEW, old=second)
    if then.isupper():
        assert (response.status_code, response.json()["code"]) == (422, then)
        assert traces() == before
        return
    assert response.status_code == 200, response.json()
    row = Replacement.everything.get()
    ended = "disabled" if fields.get("status") else "replaced"
    assert states(member) == ([(serial(old), ended)] if old else []) + [(serial(NEW), "active")]
    assert (row.state, row.needs_review) == ("done", then == "review")
    assert row.hold_until_at == (AT + timedelta(hours=24) if then == "hold" else None)
    assert row.old_key_signed is (second is not None)
    assert SignatureEvidence.everything.count() == (2 if second else 1)
    assert messages_of(member) == FOUR
    assert actions()[-1] == "bank_certificate.replace"


@pytest.mark.parametrize(
    ("_case", "hours", "then"), [("24시간 직전", 23, "연락처와 수신자를"), ("24시간", 24, "")]
)
def test_the_hold(
    trust: None, settings: Any, monday: time_machine.Traveller, _case: str, hours: int, then: str
) -> None:
    """Whoever replaced without the old key silences nobody for a day; the branch still may, by telephone."""
    settings.CERTIFICATE_REPLACE_MODE = "lenient"
    take_list()
    member = make_holder()
    registered(member, OLD)
    assert replaced_by(NEW).status_code == 200
    monday.move_to(AT + timedelta(hours=hours))
    browser = new_browser()
    browser.force_login(make_user(Role.MEMBER_REP, member=member), "portal.members.login.MemberBackend")
    person = {"do": "add", "name": "가", "role": "부장", "mobile": "010-0000-0101", "kinds": "expiry"}
    person |= {"consented": "on"}
    page = browser.post("/mypage/recipients/", person, follow=True).content.decode()
    assert (then in page) is True
    assert Recipient.everything.filter(member=member).count() == (0 if then else 1)
    if then:
        officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=member.branch))
        recipients.add_recipient(
            member_id=member.pk, name="가", role="부장", mobile="01000000101", consented=True, by=officer, at=AT,
            way=ReceptionChange.Way.PHONE, caller="김대표",
        )  # fmt: skip


def test_unknown_standing_of_the_old_one_waits(trust: None) -> None:
    """The new one's issuer has a list, the old one's has none."""
    from_new_issuer = mint_leaf(world().hierarchy.new_issuer, world().newest.spec)
    member = make_holder()
    registered(member, from_new_issuer)
    take_list()
    assert replaced_by(NEW).status_code == 200
    assert Replacement.everything.get().state == "parked"
    assert states(member) == [(serial(from_new_issuer), "active")]


def test_an_authority_no_longer_accepted(trust: None) -> None:
    member = make_holder()
    registered(member, mint_leaf(world().hierarchy.stranger, world().good.spec))
    take_list()
    assert replaced_by(NEW).status_code == 200
    assert Replacement.everything.get().needs_review


def test_ticket(trust: None) -> None:
    take_list()
    member = make_holder()
    registered(member, OLD)
    browser = new_browser()
    challenge = with_ticket(browser, member)
    assert sent(browser, signed(challenge, NEW)).status_code == 200
    assert states(member) == [(serial(OLD), "replaced"), (serial(NEW), "active")]
    assert BankCertificate.everything.get(status="active").method == "ticket"
    assert ReplacementTicket.everything.get().used_at == AT
    # the code is spent
    assert new_browser().post(f"{REPLACE}ticket/7K2MX9QA04TB/").status_code == 410


def test_a_ticket_of_a_refused_answer_stays_usable(trust: None) -> None:
    take_list(revoked(NEW))
    member = make_holder()
    browser = new_browser()
    challenge = with_ticket(browser, member)
    assert sent(browser, signed(challenge, NEW)).json()["code"] == "REVOKED"
    assert ReplacementTicket.everything.get().used_at is None


def test_the_same_certificate(trust: None) -> None:
    take_list()
    registered(make_holder(), OLD)
    before = traces()
    response = replaced_by(OLD, old=OLD)
    assert (response.status_code, response.json()["code"]) == (422, "SAME_CERT")
    assert traces() == before


def test_a_key_active_at_another_member(trust: None) -> None:
    """The same key certified for two numbers: the constraint decides."""
    take_list()
    other = make_member(business_number="9230000005")
    registered(other, reissued(NEW, number="9230000005"))
    make_holder()
    before = traces()
    assert replaced_by(NEW).json()["code"] == "CERT_OF_ANOTHER_MEMBER"
    assert traces() == before
    assert actions()[-1] == "bank_certificate.refuse_replace"


@pytest.mark.parametrize("label", ["revoked", "suspended", "expired", "stranger", "km-cert", "e-tax", "personal",
                                   "other-number", "vid-missing", "r-missing", "sha1", "weak-key"])  # fmt: skip
def test_faulty_certificates_leave_nothing(trust: None, label: str) -> None:
    specimen = world().faults[label]
    lines = {"revoked": (revoked(specimen.leaf),), "suspended": (on_hold(specimen.leaf),)}
    take_list(*lines.get(label, ()))
    make_holder()
    before = traces()
    browser = new_browser()
    response = sent(browser, signed(asked(browser), specimen.leaf))
    assert response.json()["code"] == specimen.expected
    assert traces() == before
    page = browser.get(response.json()["next"]).content.decode()
    assert response.json()["message"].split(".")[0] in page


# ── The challenge ──


def test_replay(trust: None) -> None:
    take_list()
    make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    assert sent(browser, body).status_code == 200
    after = traces()
    again = sent(browser, body)
    assert (again.status_code, again.json()["code"]) == (409, "CHALLENGE_REPLAYED")
    assert traces() == after


def test_a_refused_answer_spends_the_challenge(trust: None) -> None:
    take_list()
    registered(make_holder(), OLD)
    browser = new_browser()
    challenge = asked(browser)
    assert sent(browser, signed(challenge, NEW)).json()["code"] == "OLD_CERT_STILL_VALID"
    assert sent(browser, signed(challenge, NEW, old=OLD)).json()["code"] == "CHALLENGE_REPLAYED"


def test_another_session(trust: None) -> None:
    take_list()
    make_holder()
    mine, theirs = new_browser(), new_browser()
    body = signed(asked(mine), NEW)
    asked(theirs)
    response = sent(theirs, body)
    assert (response.status_code, response.json()["code"]) == (400, "CHALLENGE_UNKNOWN")
    assert Challenge.objects.get(pk=body["id"]).used_at is None
    assert sent(mine, body).status_code == 200


def test_another_purpose(trust: None) -> None:
    take_list()
    member = make_holder()
    registered(member, NEW)
    make_user(Role.MEMBER_REP, member=member)
    browser = new_browser()
    for_replacing = signed(asked(browser), NEW)
    assert sent(browser, for_replacing, LOGIN).json()["code"] == "CHALLENGE_UNKNOWN"
    for_login = signed(asked(browser, at=LOGIN), NEW)
    assert sent(browser, for_login).json()["code"] == "CHALLENGE_UNKNOWN"
    assert Replacement.everything.count() == 0


def test_another_text(trust: None) -> None:
    """A signature over a challenge of another member does not serve this one."""
    take_list()
    make_holder()
    make_member(business_number=THEIRS)
    browser = new_browser()
    theirs = asked(browser, THEIRS)
    mine = asked(browser)
    body = signed({**theirs, "id": mine["id"]}, NEW)
    assert sent(browser, body).json()["code"] == "SIGNATURE_INVALID"


def test_another_members_challenge(trust: None) -> None:
    """The right key over another number's challenge: VID says whose it is."""
    take_list()
    make_holder()
    make_member(business_number=THEIRS)
    browser = new_browser()
    assert sent(browser, signed(asked(browser, THEIRS), NEW)).json()["code"] == "VID_MISMATCH"


def test_another_site(trust: None) -> None:
    take_list()
    make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    response = browser.post(f"{REPLACE}answer/", body, content_type=JSON, headers={"Host": "localhost"})
    assert response.json()["code"] == "CHALLENGE_UNKNOWN"


@pytest.mark.parametrize(("_case", "after", "status"), [("3분 직전", 179, 200), ("3분", 180, 410)])
def test_expiry(trust: None, monday: time_machine.Traveller, _case: str, after: int, status: int) -> None:
    take_list()
    make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    monday.move_to(AT + timedelta(seconds=after))
    assert sent(browser, body).status_code == status


def test_the_eleventh_in_ten_minutes(trust: None, monday: time_machine.Traveller) -> None:
    make_holder()
    for n in range(10):
        browser = new_browser()
        browser.defaults["REMOTE_ADDR"] = f"192.0.2.{n}"
        asked(browser)
    browser = new_browser()
    browser.defaults["REMOTE_ADDR"] = "192.0.2.99"
    browser.post(REPLACE, {"business_number": NUMBER})
    refused = browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert "10분" in refused.json()["message"]
    monday.move_to(AT + timedelta(minutes=10))
    assert browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON).status_code == 200


def test_the_eleventh_from_one_address(trust: None) -> None:
    for n in range(10):
        asked(new_browser(), business_number(9000 + n))
    browser = new_browser()
    browser.post(REPLACE, {"business_number": business_number(9010)})
    assert browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON).status_code == 429


# ── Nobody learns who is a member ──


def bodies(number: str) -> list[str]:
    """What a visitor of `number` sees up to the signature, the parts that differ for everybody left out."""
    browser = new_browser()
    page = browser.post(REPLACE, {"business_number": number}, follow=True).content.decode()
    challenge = browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON).json()
    text = challenge["challenge"]["text"].split("nonce")[0]
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    shown = f"{number[:3]}-{number[3:5]}-{number[5:]}"
    return [part.replace(token, "").replace(shown, "") for part in (page, text, str(challenge["allowedPolicies"]))]


def test_known_unknown_and_withdrawn_numbers_look_the_same(trust: None) -> None:
    make_holder()
    gone = make_member(status=MemberStatus.WITHDRAWN)
    assert bodies(NUMBER) == bodies(business_number(9123)) == bodies(gone.business_number)


@pytest.mark.parametrize("status", [None, MemberStatus.WITHDRAWN, MemberStatus.SUSPENDED])
def test_only_the_holder_of_the_number_learns_that_it_is_no_member(trust: None, status: str | None) -> None:
    take_list()
    if status:
        make_holder(status=status)
    before = traces()
    response = replaced_by(NEW)
    assert response.status_code == 422
    assert response.json()["code"] == "MEMBER_NOT_FOUND"
    assert response.json()["message"].startswith("입력하신 번호로 진행할 수 없습니다.")
    assert traces() == before


# ── What is sent ──


def body_of(browser: Client) -> dict[str, Any]:
    return signed(asked(browser), NEW)


SENDINGS = [
    ("JSON 아님", lambda body: b"{", JSON, 400, "CHALLENGE_UNKNOWN"),
    ("객체 아님", lambda body: b"[]", JSON, 400, "CHALLENGE_UNKNOWN"),
    ("모르는 항목", lambda body: {**body, "key": ""}, JSON, 400, "CHALLENGE_UNKNOWN"),
    ("번호 없음", lambda body: {**body, "id": None}, JSON, 400, "CHALLENGE_UNKNOWN"),
    ("base64 아님", lambda body: {**body, "signature": "@"}, JSON, 400, "CHALLENGE_UNKNOWN"),
    ("문자열 아님", lambda body: {**body, "certificate": 1}, JSON, 400, "CHALLENGE_UNKNOWN"),
    ("기존 서명 모양", lambda body: {**body, "old": {"certificate": ""}}, JSON, 400, "CHALLENGE_UNKNOWN"),
    ("너무 큼", lambda body: {**body, "certificate": "A" * 16384}, JSON, 413, "UPLOAD_TOO_LARGE"),
    ("다른 형식", lambda body: b"a=1", "application/x-www-form-urlencoded", 400, "CHALLENGE_UNKNOWN"),
    ("개인키 PEM", lambda body: {**body, "certificate": b64(b"-----BEGIN PRIVATE KEY-----")}, JSON, 422,
     "PRIVATE_KEY_UPLOADED"),
    ("본문이 개인키", lambda body: b"-----BEGIN PRIVATE KEY-----", JSON, 422, "PRIVATE_KEY_UPLOADED"),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "changed", "kind", "status", "code"), SENDINGS)
def test_malformed_answers(trust: None, _case: str, changed: Any, kind: str, status: int, code: str) -> None:
    make_holder()
    browser = new_browser()
    response = browser.post(f"{REPLACE}answer/", changed(body_of(browser)), content_type=kind)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Challenge.objects.get().used_at is None


# ── Parking ──


def parked(member: Any) -> Replacement:
    assert replaced_by(NEW, old=OLD).status_code == 200
    row = Replacement.everything.get(state="parked")
    assert row.deadline_at == AT + timedelta(hours=24)
    assert [status for _serial, status in states(member)].count("active") == 1
    return row


@pytest.mark.parametrize(("_case", "age"), [("자료 없음", None), ("하루 지난 자료", 30)])
def test_without_current_data_it_waits_and_is_finished(trust: None, _case: str, age: int | None) -> None:
    if age:
        take_list(age=timedelta(hours=age))
    member = make_holder()
    registered(member, OLD)
    row = parked(member)
    assert Message.everything.count() == 0
    later = AT + timedelta(hours=3)
    assert finish_parked(replacement_id=row.pk, by=TASK, at=later).state == "parked"
    take_list(at=later, number=9)
    assert finish_parked(replacement_id=row.pk, by=TASK, at=later).state == "done"
    assert finish_parked(replacement_id=row.pk, by=TASK, at=later) is None
    assert states(member) == [(serial(OLD), "replaced"), (serial(NEW), "active")]
    assert messages_of(member) == FOUR
    assert row.challenge is not None
    assert Challenge.objects.get().outcome["state"] == "done"


def test_a_waiting_one_that_turns_out_revoked(trust: None) -> None:
    member = make_holder()
    registered(member, OLD)
    row = parked(member)
    take_list(revoked(NEW), at=AT + timedelta(hours=1))
    found = finish_parked(replacement_id=row.pk, by=TASK, at=AT + timedelta(hours=1))
    assert (found.state, found.code) == ("refused", "REVOKED")
    assert states(member) == [(serial(OLD), "active")]
    assert messages_of(member) == FOUR


@pytest.mark.parametrize(
    ("_case", "hours", "state"), [("24시간 직전", 23.99, "parked"), ("24시간", 24, "refused")]
)
def test_the_deadline(trust: None, _case: str, hours: float, state: str) -> None:
    member = make_holder()
    registered(member, OLD)
    row = parked(member)
    found = finish_parked(replacement_id=row.pk, by=TASK, at=AT + timedelta(hours=hours))
    assert found.state == state
    assert states(member) == [(serial(OLD), "active")]
    assert len(messages_of(member)) == (4 if state == "refused" else 0)


def test_a_waiting_one_still_needs_the_old_key(trust: None) -> None:
    """Waiting is no way around the rule: once the old one is known to be good, its signature is missing."""
    member = make_holder()
    registered(member, OLD)
    assert replaced_by(NEW).status_code == 200
    row = Replacement.everything.get()
    take_list(at=AT + timedelta(hours=1))
    found = finish_parked(replacement_id=row.pk, by=TASK, at=AT + timedelta(hours=1))
    assert (found.state, found.code) == ("refused", "OLD_CERT_STILL_VALID")
    assert states(member) == [(serial(OLD), "active")]


def test_a_newer_request_takes_the_place_of_a_waiting_one(trust: None) -> None:
    member = make_holder()
    registered(member, OLD)
    first = parked(member)
    assert replaced_by(THIRD, old=OLD).status_code == 200
    first.refresh_from_db()
    assert (first.state, first.code) == ("refused", "NEWER_REQUEST")
    assert Replacement.everything.filter(state="parked").count() == 1


# ── Freezing ──


def freeze_link(member: Any) -> str:
    letter = Message.everything.get(member=member, to="rep@example.kr")
    return "/cyber/certificate/freeze/" + letter.body.split("/cyber/certificate/freeze/")[1].split()[0]


def test_freeze(trust: None) -> None:
    make_user(Role.IT_SUPPORT, email="it@example.kr")
    take_list()
    member = make_holder()
    registered(member, OLD)
    replaced_by(NEW, old=OLD)
    link = freeze_link(member)
    assert new_browser().get(link).status_code == 200
    assert Replacement.everything.get().state == "done"  # looking changes nothing
    assert "중지했습니다" in new_browser().post(link).content.decode()
    assert states(member) == [(serial(OLD), "replaced"), (serial(NEW), "disabled")]
    assert Replacement.everything.get().state == "frozen"
    assert Message.everything.filter(to="it@example.kr").count() == 1
    assert actions()[-1] == "bank_certificate.freeze"
    again = traces()
    assert new_browser().post(link).status_code == 410
    assert traces() == again
    # nobody comes back by himself, neither with the frozen one nor with another
    assert replaced_by(NEW).json()["code"] == "CERT_OF_ANOTHER_MEMBER"
    assert replaced_by(THIRD).json()["code"] == "TICKET_NEEDED"
    browser = new_browser()
    assert sent(browser, signed(with_ticket(browser, member), THIRD)).status_code == 200
    assert states(member)[-1] == (serial(THIRD), "active")


@pytest.mark.parametrize(("_case", "days", "status"), [("7일 직전", 6.99, 200), ("7일", 7, 410)])
def test_the_link_lives_a_week(
    trust: None, monday: time_machine.Traveller, _case: str, days: float, status: int
) -> None:
    take_list()
    member = make_holder()
    replaced_by(NEW)
    monday.move_to(AT + timedelta(days=days))
    assert new_browser().get(freeze_link(member)).status_code == status


def test_a_wrong_link(trust: None) -> None:
    assert new_browser().post("/cyber/certificate/freeze/wrong/").status_code == 410


# ── The receipt ──


def test_the_receipt_is_the_visitors_and_the_members(trust: None) -> None:
    take_list()
    member = make_holder()
    browser = new_browser()
    url = sent(browser, signed(asked(browser), NEW)).json()["next"]
    page = browser.get(url).content.decode()
    for title in ("유효기간", "폐지·효력정지 여부", "폐지목록(CRL) 1호", "등록된 사업자와 같은지(본인확인)"):
        assert title in page
    assert new_browser().get(url).status_code == 404
    for person, status in ((make_user(Role.MEMBER_USER, member=member), 200),
                           (make_user(Role.MEMBER_REP, member=make_member()), 404)):  # fmt: skip
        other = new_browser()
        other.force_login(person, "portal.members.login.MemberBackend")
        assert other.get(url).status_code == status


def test_the_receipt_of_a_refusal(trust: None) -> None:
    take_list()
    registered(make_holder(), OLD)
    browser = new_browser()
    url = sent(browser, signed(asked(browser), NEW)).json()["next"]
    page = browser.get(url).content.decode()
    assert "인증서를 교체하지 않았습니다" in page
    assert "최상위기관까지의 인증 경로" in page
    assert "기존에 등록한 인증서로도 서명합니다" in page


# ── The resident number ──


def test_the_resident_number_is_off_without_a_basis(trust: None) -> None:
    take_list()
    make_holder()
    assert "주민등록번호" not in new_browser().get(REPLACE).content.decode()
    leaf = world().faults["representative"].leaf
    browser = new_browser()
    challenge = asked(browser, by_resident_number="on")
    response = sent(browser, signed(challenge, leaf, resident=RESIDENT))
    assert response.json()["code"] == "PERSONAL_WHERE_CORPORATE"


@pytest.mark.parametrize(
    ("_case", "name", "resident", "then"),
    [
        ("대표자 본인", "김대표", RESIDENT, "done"),
        ("다른 대표자", "이대표", RESIDENT, "HOLDER_MISMATCH"),
        ("다른 번호", "김대표", "9901011000001", "HOLDER_MISMATCH"),
        ("번호 없음", "김대표", "", "IDENTITY_NUMBER_FORMAT"),
    ],
)
def test_the_resident_number_with_a_basis(
    trust: None, settings: Any, _case: str, name: str, resident: str, then: str
) -> None:
    settings.CERTIFICATE_RESIDENT_NUMBER_BASIS = "시험법 제1조"
    take_list()
    member = make_holder()
    member.representative_name = name
    member.save()
    assert "시험법 제1조" in new_browser().get(REPLACE).content.decode()
    leaf = world().faults["representative"].leaf
    browser = new_browser()
    response = sent(browser, signed(asked(browser, by_resident_number="on"), leaf, resident=resident))
    if then == "done":
        assert response.status_code == 200
        assert Replacement.everything.get().state == "review"
        assert states(member) == []
    else:
        assert response.json()["code"] == then


# ── Races ──


@pytest.mark.django_db(transaction=True)
def test_two_renewals_at_once() -> None:
    """fault-91. Both proven, both over a certificate that has ended: one after the other, never two active."""
    make_trust()
    take_list()
    member = make_holder()
    registered(member, OLD, valid_until_at=AT - timedelta(days=1))
    bodies = []
    for leaf in (NEW, THIRD):
        browser = new_browser()
        bodies.append((browser, signed(asked(browser), leaf)))
    gate, outcomes = threading.Barrier(2), []

    def run(browser: Client, body: dict[str, Any]) -> None:
        gate.wait()
        response = sent(browser, body)
        outcomes.append(response.json().get("code", "done"))
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # the second meets a good new certificate whose key did not sign
    assert sorted(outcomes) == ["OLD_CERT_STILL_VALID", "done"]
    assert [status for _serial, status in states(member)] == ["replaced", "active"]


@pytest.mark.django_db(transaction=True)
def test_one_answer_sent_twice_at_once() -> None:
    make_trust()
    take_list()
    member = make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    twin = new_browser()
    twin.cookies = browser.cookies
    gate, outcomes = threading.Barrier(2), []

    def run(which: Client) -> None:
        gate.wait()
        outcomes.append(sent(which, body).json().get("code", "done"))
        connection.close()

    threads = [threading.Thread(target=run, args=(which,)) for which in (browser, twin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["CHALLENGE_REPLAYED", "done"]
    assert states(member) == [(serial(NEW), "active")]
