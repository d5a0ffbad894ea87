"""The bank certificate on the desk: state for the branch, evidence for a dispute, and no field for a key."""

import io
import json
import re
import zipfile

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_der_x509_certificate
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from certificates.models import Replacement, SignatureEvidence
from portal.audit.models import AuditEvent
from portal.members.models import Member, User
from portal.members.roles import Role
from tests.factories import at, make_branch, make_member, make_user
from tests.flows.test_tickets import register
from tests.pages.actors import BACKEND
from tests.rules.certificates.world import world

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 10:00")
TEXT = 'SEOLBI-CERT-AUTH-V1\n{"purpose":"보증신청"}'


@pytest.fixture(autouse=True)
def _friday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member() -> Member:
    return make_member(make_branch(name="서울중앙지점"))


@pytest.fixture
def evidence(member: Member) -> SignatureEvidence:
    leaf = world().good
    return SignatureEvidence.everything.create(
        member=member, purpose="apply", reference="application:1", text=TEXT, document="신청서 요약",
        signature=leaf.key.sign(TEXT.encode(), padding.PKCS1v15(), hashes.SHA256()), certificate_der=leaf.der,
        cert_sha256="0" * 64, document_sha256="1" * 64, verified_at=NOW,
        receipt={"checks": [
            {"title": "유효기간", "passed": True, "evidence": [{"label": "끝나는 날", "value": "2027.02.28"}]},
        ]},
    )  # fmt: skip


def desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def body(user: User, page: str, *args: object) -> str:
    response = desk(user).get(reverse(f"admin:certificates_{page}", args=args))
    assert response.status_code == 200
    return response.content.decode()


# ── Evidence ──


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.HQ_UNDERWRITER])
def test_evidence_is_handed_out_whole_and_stands_without_us(evidence, role) -> None:
    person = make_user(role)
    response = desk(person).post(reverse("admin:certificates_signatureevidence_download", args=[evidence.pk]))
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert set(parts) == {
        "README.txt", "text.txt", "signature.bin", "certificate.der", "receipt.json", "document.txt",
    }  # fmt: skip
    key = load_der_x509_certificate(parts["certificate.der"]).public_key()
    key.verify(parts["signature.bin"], parts["text.txt"], padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]
    assert json.loads(parts["receipt.json"]) == evidence.receipt
    trail = AuditEvent.everything.get(action="signature_evidence.download")
    assert (trail.actor_id, trail.subject_id) == (person.pk, str(evidence.pk))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AUDITOR, Role.HQ_UNDERWRITER)])
def test_others_do_not_take_evidence_away(member, evidence, role) -> None:
    if role in (Role.BRANCH_OFFICER, Role.BRANCH_HEAD):
        person = make_user(role, branch=member.branch)
    elif role in (Role.MEMBER_REP, Role.MEMBER_USER):
        person = make_user(role, member=member)
    else:
        person = make_user(role)
    response = desk(person).post(reverse("admin:certificates_signatureevidence_download", args=[evidence.pk]))
    assert response.status_code in (302, 404)
    assert not AuditEvent.everything.filter(action="signature_evidence.download").exists()


def test_looking_at_the_address_takes_nothing(evidence) -> None:
    url = reverse("admin:certificates_signatureevidence_download", args=[evidence.pk])
    assert desk(make_user(Role.AUDITOR)).get(url).status_code == 405
    assert not AuditEvent.everything.filter(action="signature_evidence.download").exists()


def test_the_branch_reads_the_evidence_with_its_checks(member, evidence) -> None:
    page = body(make_user(Role.BRANCH_OFFICER, branch=member.branch), "signatureevidence_change", evidence.pk)
    assert ("유효기간" in page, "끝나는 날: 2027.02.28" in page, "내려받기" in page) == (True, True, False)


# ── State ──


@pytest.mark.parametrize(
    ("_case", "fields", "then"),
    [
        ("사용 중", {}, "사용 중"),
        ("효력정지", {"is_suspended": True}, "효력정지"),
        ("끝났으나 아직 정리되지 않음", {"valid_until_at": at("2026-11-20 09:59")}, "기간 만료"),
        ("폐지", {"status": "revoked", "ended_at": NOW, "ended_because": "은행에서 폐지"}, "폐지됨"),
    ],
)
def test_the_branch_sees_the_state_and_may_not_stop(member, _case, fields, then) -> None:
    row = register(member, **fields)
    officer = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    page = body(officer, "bankcertificate_change", row.pk)
    assert re.findall(r'<span class="badge[^"]*">([^<]+)</span>', page) == [then]
    assert "do/disable/" not in page
    assert desk(officer).post(
        reverse("admin:certificates_bankcertificate_do", args=[row.pk, "disable"]), {"why": "asked", "reason": "x"}
    ).status_code == 404  # fmt: skip


def test_it_stops_one_on_the_desk(member) -> None:
    row = register(member)
    url = reverse("admin:certificates_bankcertificate_do", args=[row.pk, "disable"])
    person = make_user(Role.IT_SUPPORT)
    assert desk(person).post(url, {"reason": "도용 신고"}).status_code == 200
    assert desk(person).post(url, {"why": "frozen", "reason": "도용 신고"}).status_code == 200
    row.refresh_from_db()
    assert row.status == "active"
    done = desk(person).post(url, {"why": "compromised", "reason": "도용 신고"}, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.status, "도용 신고" in done, "인증서 사용 중지" in done) == ("disabled", True, True)


def test_a_replacement_shows_its_receipt(member, evidence) -> None:
    row = Replacement.everything.create(
        member=member, state="refused", code="REVOKED", evidence=evidence, requested_at=NOW, finished_at=NOW
    )
    page = body(make_user(Role.BRANCH_HEAD, branch=member.branch), "replacement_change", row.pk)
    assert ("폐지된 인증서입니다" in page, "끝나는 날: 2027.02.28" in page) == (True, True)


# ── Nothing to type a certificate into ──


def test_no_page_about_members_certificates_can_be_added_or_typed() -> None:
    labels = ("bankcertificate", "replacement", "signatureevidence", "revocationlist", "revocationfetch")
    pages = {m._meta.model_name: p for m, p in admin.site._registry.items() if m._meta.app_label == "certificates"}
    assert [name for name in labels if pages[name].add_roles or pages[name].edit_roles] == []
    assert "challenge" not in pages


def test_the_calls_page_has_no_field_for_a_file_or_a_number(member) -> None:
    page = body(make_user(Role.IT_SUPPORT), "replacementticket_add")
    form = page[page.index("<form") :]
    names = set(re.findall(r'name="([a-z_]+)"', form)) - {"csrfmiddlewaretoken"}
    assert names >= {"business_number", "caller", "call_back_to", "reason"}
    assert [name for name in names if "file" in name or "der" in name or name == "call_back_number"] == []
