"""The agreement signed with the certificate: exactly what was shown, by the representative, kept for years."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.test import Client
from django.urls import reverse

from certificates.minting.leaves import Leaf
from certificates.minting.revocation import Revocation
from certificates.models import Challenge, SignatureEvidence
from guarantees.actions import issuing
from guarantees.models import Application
from portal.audit.models import AuditEvent
from portal.members.models import MemberStatus
from portal.members.roles import Role
from portal.refusals import Refusal
from tests.factories import make_user
from tests.flows.certificate_visits import JSON, NEW, OLD, make_trust, registered, sent, signed, take_list
from tests.pages.actors import BACKEND, new_browser
from tests.rules.certificates.world import AT, NUMBER, REPRESENTATIVE
from tests.stories import Cast, admin, approved, make_cast, submitted, traces

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture
def cast(db: None) -> Cast:
    make_trust()
    cast = make_cast(business_number=NUMBER, representative_name=REPRESENTATIVE, sms_name="한빛설비")
    registered(cast.member, OLD)
    return cast


@pytest.fixture
def application(cast: Cast) -> Application:
    return approved(cast)


@pytest.fixture
def browser(cast: Cast) -> Client:
    """The representative's."""
    return browser_of(cast, Role.MEMBER_REP)


def browser_of(cast: Cast, role: Role) -> Client:
    made = new_browser()
    made.force_login(make_user(role, member=cast.member), backend=BACKEND)
    return made


def url(application: Application) -> str:
    return reverse("guarantees:sign", args=[application.public_id])


def shown_hash(browser: Client, application: Application) -> str:
    return browser.get(url(application)).context["document_sha256"]


def ask(browser: Client, application: Application, shown: str | None = None) -> Any:
    shown = shown_hash(browser, application) if shown is None else shown
    return browser.post(f"{url(application)}challenge/", {"document": shown}, content_type=JSON)


def sign(browser: Client, application: Application, leaf: Leaf = OLD) -> Any:
    body = signed(ask(browser, application).json()["challenge"], leaf)
    return sent(browser, body, url(application))


def test_sign(application: Application, browser: Client) -> None:
    take_list()
    page = browser.get(url(application))
    document = page.context["document"]
    shown = page.content.decode()
    digest = page.context["document_sha256"]
    for word in ("30,000,000원", "금 삼천만원정", "누리교육지원청", application.number, digest):
        assert word in shown
    response = sign(browser, application)
    assert response.json() == {"next": f"/guarantees/applications/{application.public_id}/"}
    application.refresh_from_db()
    assert (application.state, application.signed_at) == ("signed", AT)
    kept = SignatureEvidence.everything.get()
    assert (kept.document, kept.reference) == (document, f"application:{application.public_id}")
    assert kept.document_sha256 == hashlib.sha256(document.encode()).hexdigest() == page.context["document_sha256"]
    assert AuditEvent.everything.order_by("-pk")[0].action == "application.sign"
    assert "공동인증서로 약정에 서명했습니다" in browser.get(response.json()["next"]).content.decode()


def test_the_evidence_convinces_by_itself(application: Application, browser: Client) -> None:
    """Years later, from the row alone: certificate, text, signature, and the document the text names."""
    take_list()
    sign(browser, application)
    kept = SignatureEvidence.everything.get()
    key = x509.load_der_x509_certificate(bytes(kept.certificate_der)).public_key()
    key.verify(bytes(kept.signature), kept.text.encode(), padding.PKCS1v15(), hashes.SHA256())
    content = json.loads(kept.text.split("\n", 1)[1])
    assert content["purpose"] == "보증신청"
    assert content["document_sha256"] == hashlib.sha256(kept.document.encode()).hexdigest()
    assert content["약정 보증금액"] == "30,000,000원 (금 삼천만원정)"
    revocation = next(check for check in kept.receipt["checks"] if check["name"] == "revocation")
    assert {"label": "확인 자료", "value": "폐지목록(CRL) 1호"} in revocation["evidence"]


def test_issue_asks_for_no_paper(cast: Cast, application: Application, browser: Client) -> None:
    take_list()
    sign(browser, application)
    made = issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=False, fee_confirmed=True
    )
    application.refresh_from_db()
    assert (made.state, application.state, application.signed_at) == ("active", "issued", AT)
    detail = AuditEvent.everything.get(action="application.issue").detail
    assert detail["agreement"] == "공동인증서로 서명"


def test_the_desk_asks_for_the_fee_alone(cast: Cast, application: Application, browser: Client) -> None:
    take_list()
    sign(browser, application)
    desk = new_browser()
    desk.force_login(cast.officer, backend=BACKEND)
    change = reverse("admin:guarantees_application_change", args=[application.pk])
    base = change.removesuffix("change/")
    form = desk.get(f"{base}do/issue_signed/").content.decode()
    assert "fee_confirmed" in form
    assert "agreement_confirmed" not in form
    assert desk.post(f"{base}do/issue_signed/", {"method": "counter", "fee_confirmed": "on"}).status_code == 302
    application.refresh_from_db()
    assert application.state == "issued"


def test_without_the_fee_nothing_is_issued(cast: Cast, application: Application, browser: Client) -> None:
    take_list()
    sign(browser, application)
    before = traces()
    with pytest.raises(Refusal):
        issuing.issue(
            application_id=application.pk, by=admin(cast.officer), at=AT,
            agreement_confirmed=True, fee_confirmed=False,
        )  # fmt: skip
    assert traces() == before


# ── Refused ──


def changed(application: Application) -> None:
    Application.everything.filter(pk=application.pk).update(special_terms="바뀐 특약")


def test_changed_before_the_challenge(application: Application, browser: Client) -> None:
    take_list()
    shown = shown_hash(browser, application)
    changed(application)
    response = ask(browser, application, shown)
    assert (response.status_code, Challenge.objects.count()) == (409, 0)
    assert "내용이 바뀌었습니다" in response.json()["message"]


def test_changed_after_the_challenge(application: Application, browser: Client) -> None:
    take_list()
    body = signed(ask(browser, application).json()["challenge"], OLD)
    changed(application)
    before = traces()
    response = sent(browser, body, url(application))
    assert response.status_code == 409
    assert traces() == before
    assert SignatureEvidence.everything.count() == 0


def test_another_applications_challenge(cast: Cast, application: Application, browser: Client) -> None:
    take_list()
    other = approved(cast, contract_number="2026-0002")
    body = signed(ask(browser, other).json()["challenge"], OLD)
    response = sent(browser, body, url(application))
    assert response.json()["code"] == "CHALLENGE_UNKNOWN"
    assert SignatureEvidence.everything.count() == 0


@pytest.mark.parametrize(
    ("_case", "leaf", "lines", "code"),
    [
        ("등록되지 않은 인증서", NEW, (), "NOT_REGISTERED"),
        ("폐지된 인증서", OLD, (Revocation(OLD.certificate.serial_number, AT - timedelta(days=1)),), "REVOKED"),
    ],
)
def test_refused_certificates(
    application: Application, browser: Client, _case: str, leaf: Leaf, lines: tuple[Revocation, ...], code: str
) -> None:
    take_list(*lines)
    response = sign(browser, application, leaf)
    assert (response.status_code, response.json()["code"]) == (422, code)
    application.refresh_from_db()
    assert (application.state, application.signed_at) == ("approved", None)
    assert SignatureEvidence.everything.count() == 0


@pytest.mark.parametrize("age", [None, 25])
def test_without_current_data(application: Application, browser: Client, age: int | None) -> None:
    if age:
        take_list(age=timedelta(hours=age))
    response = sign(browser, application)
    assert "서명을 받지 않았습니다" in response.json()["message"]
    application.refresh_from_db()
    assert application.state == "approved"


def test_only_the_representative_signs(cast: Cast, application: Application, browser: Client) -> None:
    clerk = browser_of(cast, Role.MEMBER_USER)
    assert clerk.get(url(application)).status_code == 302
    assert ask(clerk, application, shown_hash(browser, application)).status_code == 409
    assert Challenge.objects.count() == 0


def test_not_before_the_approval(cast: Cast, browser: Client) -> None:
    waiting = submitted(cast)
    assert browser.get(url(waiting)).status_code == 302
    assert ask(browser, waiting, "x").status_code == 409


def test_nobody_signs_twice(application: Application, browser: Client) -> None:
    take_list()
    first = signed(ask(browser, application).json()["challenge"], OLD)
    second = signed(ask(browser, application).json()["challenge"], OLD)
    assert sent(browser, first, url(application)).status_code == 200
    assert sent(browser, second, url(application)).status_code == 409
    assert sent(browser, first, url(application)).status_code == 409
    assert SignatureEvidence.everything.count() == 1


def test_without_a_certificate(cast: Cast, application: Application, browser: Client) -> None:
    cast.member.bank_certificates.update(status="disabled", ended_at=AT, stopped_for="asked")
    assert "등록된 인증서가 없습니다" in browser.get(url(application)).content.decode()
    assert ask(browser, application).status_code == 409


def test_a_member_that_trades_no_more(cast: Cast, application: Application, browser: Client) -> None:
    """It is turned away at the door: its people are signed in no more."""
    shown = shown_hash(browser, application)
    type(cast.member).everything.filter(pk=cast.member.pk).update(status=MemberStatus.SUSPENDED)
    assert ask(browser, application, shown).status_code == 302
