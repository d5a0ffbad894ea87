"""The failure catalogue (NPKI §5): one row for every code, provoked on the portal's pages, with status and words.

Codes of the signer arise in the page before anything is sent; of those the wording is handed to it and its source
names them. How they come about is shown in tests/browser.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates.minting.leaves import Leaf, reissued
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import Authority, BankCertificate, ReplacementTicket, RevocationList
from certificates.refusals import PARKABLE, Code, sentence
from certificates.signer_page import build
from certificates.ticket_code import digest
from portal.members.models import MemberStatus
from portal.members.roles import Role
from tests.factories import make_member, make_user
from tests.flows.certificate_visits import (
    JSON,
    LOGIN,
    NEW,
    OLD,
    REPLACE,
    asked,
    b64,
    make_holder,
    make_trust,
    registered,
    sent,
    signed,
    take_list,
)
from tests.flows.ocsp_responder import responder, switch_on
from tests.pages.actors import BACKEND, new_browser
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.django_db
OWN = world().faults["representative"].leaf


@pytest.fixture(autouse=True)
def _monday(settings: Any) -> Iterator[None]:
    settings.CERTIFICATE_RESIDENT_NUMBER_BASIS = "시험법 제1조"
    with time_machine.travel(AT, tick=False):  # Monday 2026-11-23
        yield


@dataclass
class Told:
    """What came of it: an answer of the page, or what the receipt of an accepted request says."""

    status: int
    code: str
    message: str


def told(response: Any, browser: Client) -> Told:
    body = response.json()
    if "code" in body:
        return Told(response.status_code, body["code"], body["message"])
    page = browser.get(body["next"]).content.decode()
    return Told(response.status_code, next((code for code in Code if f"· {code}" in page), ""), page)


def answered(leaf: Leaf, *, at: str = REPLACE, changed: Any = None, resident: str = "", **given: Any) -> Told:
    """The holder's visit, answering with `leaf`; `changed` alters what is sent."""
    browser = new_browser()
    body = signed(asked(browser, at=at, **given), leaf, resident=resident)
    return told(sent(browser, {**body, **(changed or {})}, at), browser)


# ── How each comes about ──


def fault(label: str) -> Callable[[], Told]:
    def provoked() -> Told:
        leaf = world().faults[label].leaf
        number = leaf.certificate.serial_number
        lines = {"revoked": [Revocation(number, AT - timedelta(days=3))],
                 "suspended": [Revocation(number, AT - timedelta(days=1), HOLD)]}  # fmt: skip
        take_list(*lines.get(label, []))
        make_holder()
        return answered(leaf)

    return provoked


def altered(**changed: str) -> Callable[[], Told]:
    def provoked() -> Told:
        take_list()
        make_holder()
        return answered(NEW, changed=changed)

    return provoked


def path_broken() -> Told:
    take_list()
    make_holder()
    Authority.objects.filter(role="root").update(retired_at=AT)
    return answered(NEW)


def not_the_holder() -> Told:
    take_list()
    make_holder()
    return answered(OWN, by_resident_number="on", resident="9901011000001")


def no_number() -> Told:
    take_list()
    make_holder()
    return answered(OWN, by_resident_number="on")


def late_list() -> Told:
    take_list(age=timedelta(hours=30))
    make_holder()
    return answered(NEW)


def wrong_list() -> Told:
    take_list()
    row = RevocationList.objects.get()
    RevocationList.objects.update(header={**row.header, "partitions": ["ldap://elsewhere/ou=dp9p9,o=yessign"]})
    make_holder()
    return answered(NEW)


def no_list() -> Told:
    make_holder()
    return answered(NEW)


def said_by_responder(path: str) -> Callable[[], Told]:
    def provoked() -> Told:
        make_holder()
        with responder() as (address, _questions):
            switch_on(address + path)
            return answered(NEW)

    return provoked


def replayed() -> Told:
    take_list()
    make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    assert sent(browser, body).status_code == 200
    return told(sent(browser, body), browser)


def expired() -> Told:
    make_holder()
    browser = new_browser()
    body = signed(asked(browser), NEW)
    with time_machine.travel(AT + timedelta(minutes=3), tick=False):
        return told(sent(browser, body), browser)


def of_another_session() -> Told:
    make_holder()
    mine, theirs = new_browser(), new_browser()
    body = signed(asked(mine), NEW)
    asked(theirs)
    return told(sent(theirs, body), theirs)


def anothers() -> Told:
    take_list()
    registered(make_member(business_number="9230000005"), reissued(NEW, number="9230000005"))
    make_holder()
    return answered(NEW)


def same() -> Told:
    take_list()
    registered(make_holder(), OLD)
    return answered(OLD)


def still_valid() -> Told:
    take_list()
    registered(make_holder(), OLD)
    return answered(NEW)


def nobody() -> Told:
    take_list()
    return answered(NEW)


def withdrawn() -> Told:
    """Told as an unknown number."""
    take_list()
    make_holder(status=MemberStatus.WITHDRAWN)
    return answered(NEW)


def too_often() -> Told:
    browser = new_browser()
    for _ in range(10):
        asked(browser)
    return told(browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON), browser)


def not_registered() -> Told:
    take_list()
    registered(make_holder(), OLD)
    return answered(NEW, at=LOGIN)


def nobody_to_sign_in() -> Told:
    take_list()
    registered(make_holder(), OLD)
    return answered(OLD, at=LOGIN)


def after_a_stop() -> Told:
    take_list()
    registered(make_holder(), OLD, status="disabled", ended_at=AT, stopped_for="compromised")
    return answered(NEW)


def wrong_code() -> Told:
    response = new_browser().post(reverse("certificates:ticket", args=["7K2MX9QA04TB"]))
    page = response.content.decode()
    return Told(response.status_code, Code.TICKET_EXPIRED if sentence(Code.TICKET_EXPIRED) in page else "", page)


def code_ended_meanwhile() -> Told:
    """Between opening the page and signing."""
    member, it, other = make_holder(), make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    ReplacementTicket.everything.create(
        member=member, caller="김대표", call_back_number="01000000001", reason="분실", opened_by=it, opened_at=AT,
        approved_by=other, approved_at=AT, link_hash=digest("7K2MX9QA04TB"),
        link_until_at=AT + timedelta(minutes=30),
    )  # fmt: skip
    browser = new_browser()
    assert browser.post(reverse("certificates:ticket", args=["7K2MX9QA04TB"])).status_code == 302
    with time_machine.travel(AT + timedelta(minutes=30), tick=False):
        return told(browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON), browser)


def by_the_same_clerk() -> Told:
    clerk = make_user(Role.IT_SUPPORT)
    ticket = ReplacementTicket.everything.create(
        member=make_holder(), caller="김대표", call_back_number="01000000001", reason="분실", opened_by=clerk,
        opened_at=AT,
    )  # fmt: skip
    desk = Client()
    desk.force_login(clerk, backend=BACKEND)
    url = reverse("admin:certificates_replacementticket_do", args=[ticket.pk, "approve"])
    response = desk.post(url, {"called_back": "on"})
    page = response.content.decode()
    return Told(
        response.status_code, "STAFF_SAME_PERSON" if sentence(Code.STAFF_SAME_PERSON) in page else "", page
    )


KEY_FILE = b64(b"-----BEGIN PRIVATE KEY-----\n")
CATALOGUE: list[tuple[Code, int, str, Callable[[], Told]]] = [
    (Code.EXPIRED, 422, "2026.11.22에 유효기간이 끝났습니다", fault("expired")),
    (Code.NOT_YET_VALID, 422, "2026.11.24부터 사용할 수 있습니다", fault("not-yet-valid")),
    (Code.REVOKED, 422, "폐지된 인증서입니다(2026.11.20 폐지)", fault("revoked")),
    (Code.SUSPENDED, 422, "효력이 정지된 인증서입니다", fault("suspended")),
    (Code.UNKNOWN_CA, 422, "사용할 수 없는 기관의 인증서입니다", fault("stranger")),
    (Code.CHAIN_INVALID, 422, "발급기관 확인에 실패했습니다", path_broken),
    (Code.CERT_MALFORMED, 422, "인증서 파일을 읽을 수 없습니다", altered(certificate=b64(b"\x30\x00"))),
    (Code.UPLOAD_TOO_LARGE, 413, "너무 큽니다", altered(certificate=b64(bytes(8193)))),
    (Code.PRIVATE_KEY_UPLOADED, 422, "개인키가 든 파일은", altered(certificate=KEY_FILE)),
    (Code.WEAK_KEY, 422, "보안 기준에 맞지 않는", fault("weak-key")),
    (Code.WEAK_SIGNATURE_HASH, 422, "보안 기준에 맞지 않는", fault("sha1")),
    (Code.KEY_USAGE, 422, "암호화용 인증서(kmCert)입니다", fault("km-cert")),
    (Code.POLICY_NOT_ALLOWED, 422, "전자세금계산서 전용 용도의 인증서는", fault("e-tax")),
    (Code.PERSONAL_WHERE_CORPORATE, 422, "개인 인증서입니다", fault("personal")),
    (Code.VID_MISMATCH, 422, "등록된 번호와 다릅니다", fault("other-number")),
    (Code.HOLDER_MISMATCH, 422, "등록된 대표자로 확인되지 않습니다", not_the_holder),
    (Code.VID_MISSING, 422, "본인확인 정보가 없습니다", fault("vid-missing")),
    (Code.VID_MALFORMED, 422, "본인확인 정보가 없습니다", fault("vid-malformed")),
    (Code.R_MISSING, 422, "본인확인 값이 없습니다", fault("r-missing")),
    (Code.SIGNATURE_INVALID, 422, "전자서명이 맞지 않습니다", altered(signature=b64(b"0" * 256))),
    (Code.SEALED_R_INVALID, 400, "전송 정보가 맞지 않습니다", altered(sealedRandom=b64(b"0" * 384))),
    (Code.CRL_STALE, 200, "접수만 해 두었습니다", late_list),
    (Code.CRL_INVALID, 200, "접수만 해 두었습니다", wrong_list),
    (Code.OCSP_STALE, 200, "접수만 해 두었습니다", said_by_responder("/stale")),
    (Code.OCSP_INVALID, 200, "접수만 해 두었습니다", said_by_responder("/garbage")),
    (Code.REVOCATION_UNAVAILABLE, 200, "접수만 해 두었습니다", no_list),
    (Code.CHALLENGE_REPLAYED, 409, "이미 처리된 요청입니다", replayed),
    (Code.CHALLENGE_EXPIRED, 410, "시간이 초과되었습니다", expired),
    (Code.CHALLENGE_UNKNOWN, 400, "요청을 확인할 수 없습니다", of_another_session),
    (Code.CERT_OF_ANOTHER_MEMBER, 422, "이 인증서는 등록할 수 없습니다", anothers),
    (Code.SAME_CERT, 422, "이미 등록되어 있는 인증서입니다", same),
    (Code.OLD_CERT_STILL_VALID, 422, "인증서가 아직 유효합니다", still_valid),
    (Code.MEMBER_NOT_FOUND, 422, "입력하신 번호로 진행할 수 없습니다", nobody),
    (Code.MEMBER_INACTIVE, 422, "입력하신 번호로 진행할 수 없습니다", withdrawn),
    (Code.IDENTITY_NUMBER_FORMAT, 400, "번호 형식이 맞지 않습니다", no_number),
    (Code.RATE_LIMITED, 429, "10분 뒤에 다시 해 주세요", too_often),
    (Code.NOT_REGISTERED, 422, "조합에 등록된 인증서가 아닙니다", not_registered),
    (Code.NO_REPRESENTATIVE, 422, "로그인할 대표 계정이 없습니다", nobody_to_sign_in),
    (Code.STAFF_SAME_PERSON, 409, "요청자와 승인자는 다른 사람이어야", by_the_same_clerk),
    (Code.TICKET_EXPIRED, 410, "이 접수코드는 쓸 수 없습니다", wrong_code),
    (Code.TICKET_NEEDED, 422, "전화로 확인한 뒤에만", after_a_stop),
]
OF_THE_SIGNER: list[tuple[Code, str]] = [
    (Code.KEY_MISMATCH, "서로 다른 인증서의 것입니다"),
    (Code.WRONG_PASSWORD, "인증서 비밀번호가 맞지 않습니다"),
    (Code.KEY_FILE_UNSUPPORTED, "지원하지 않는 형식의 개인키입니다"),
    (Code.KEY_FILE_MALFORMED, "개인키 파일을 읽을 수 없습니다"),
    (Code.PFX_NOT_YET, "PFX 파일은 아직 지원하지 않습니다"),
]
# What a visitor is shown in place of a code that would tell him who is a member.
SHOWN_AS = {Code.MEMBER_INACTIVE: Code.MEMBER_NOT_FOUND}


def test_every_code_has_one_row() -> None:
    rows = [row[0] for row in CATALOGUE] + [row[0] for row in OF_THE_SIGNER]
    assert sorted(rows) == sorted(Code)


@pytest.mark.parametrize(("code", "status", "said", "provoked"), CATALOGUE, ids=[row[0] for row in CATALOGUE])
def test_code(code: Code, status: int, said: str, provoked: Callable[[], Told]) -> None:
    """fault-92: of revocation, each silence, age and lie has its row; nothing is registered."""
    make_trust()
    found = provoked()
    assert (found.status, found.code) == (status, SHOWN_AS.get(code, code))
    assert said in found.message
    assert (status == 200) is (code in PARKABLE)
    # Nothing was registered, except by the first of two equal answers.
    registered_now = BankCertificate.everything.filter(registered_at=AT).count()
    assert registered_now == (1 if code is Code.CHALLENGE_REPLAYED else 0)


def test_a_code_that_ends_between_the_page_and_the_signature() -> None:
    make_trust()
    found = code_ended_meanwhile()
    assert (found.status, found.code) == (410, "TICKET_EXPIRED")


@pytest.mark.parametrize(("code", "said"), OF_THE_SIGNER, ids=[row[0] for row in OF_THE_SIGNER])
def test_code_of_the_signer(code: Code, said: str) -> None:
    assert said in sentence(code)
    page = build(b"").html
    assert f'"{code}":"' in page.replace("&quot;", '"')  # the wording handed to it
    assert f"'{code}'" in page  # and where it arises
