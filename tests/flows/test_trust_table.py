"""The trust table under four eyes: proposed by one, trusted when another has typed the SHA-256 (NPKI pins)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from certificates.actions import authorities
from certificates.authority_file import AuthorityEnded, NotAnAuthority
from certificates.minting.authorities import Authority as Minted
from certificates.models import Authority, AuthorityRole
from certificates.queries import trust_table
from certificates.refusals import Code, Refused
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import make_user
from tests.pages.actors import BACKEND
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.django_db
ROOT, ISSUER = AuthorityRole.ROOT, AuthorityRole.ISSUER


@pytest.fixture
def first() -> User:
    return make_user(Role.IT_SUPPORT)


@pytest.fixture
def second() -> User:
    return make_user(Role.IT_SUPPORT)


def minted(name: str) -> Minted:
    found: Minted = getattr(world().hierarchy, name)
    return found


def propose(who: User, name: str = "old_root", role: AuthorityRole = ROOT, **given: Any) -> Authority:
    values = {
        "role": role, "data": minted(name).der, "name": "", "crl_endpoint": "", "ocsp_endpoint": "",
        "note": "누리집에서 내려받음", "by": Actor.user(who), "at": AT,
    }  # fmt: skip
    return authorities.propose(**values | given)


def approve(who: User, row: Authority, typed: str | None = None, **given: Any) -> Authority:
    values = {"typed_sha256": row.sha256 if typed is None else typed, "channel": "담당자와 통화", "at": AT}
    return authorities.approve(authority_id=row.pk, by=Actor.user(who), **values | given)


def trusted() -> tuple[int, int]:
    table = trust_table()
    return len(table.roots), len(table.issuers)


def rows() -> list[Any]:
    """Everything a refused step must leave as it was."""
    return [*Authority.objects.order_by("pk").values_list(), AuditEvent.everything.count()]


def test_trusted_only_after_the_second_person(first, second) -> None:
    row = propose(first)
    assert (row.name, row.sha256) == (minted("old_root").name, minted("old_root").pinned().sha256)
    assert trusted() == (0, 0)
    approve(second, row)
    assert trusted() == (1, 0)
    approve(second, propose(first, "old_issuer", ISSUER))
    assert trusted() == (1, 1)
    trail = [(event.action, event.actor_name) for event in AuditEvent.everything.order_by("pk")]
    assert trail == [
        ("authority.propose", str(first)), ("authority.approve", str(second)),
        ("authority.propose", str(first)), ("authority.approve", str(second)),
    ]  # fmt: skip


def test_whoever_proposed_cannot_approve(first) -> None:
    row = propose(first)
    before = rows()
    with pytest.raises(Refused) as refused:
        approve(first, row)
    assert refused.value.code is Code.STAFF_SAME_PERSON
    assert rows() == before
    with pytest.raises(IntegrityError, match="authority_by_two_people"), transaction.atomic():
        Authority.objects.filter(pk=row.pk).update(approved_by=first, approved_at=AT)


@pytest.mark.parametrize(
    ("_case", "typed"),
    [
        ("그대로", str),
        ("큰 글자", str.upper),
        ("콜론", lambda s: ":".join(s[i : i + 2] for i in range(0, 64, 2))),
        ("8자씩 띄어서", lambda s: " ".join(s[i : i + 8] for i in range(0, 64, 8))),
        ("줄을 바꿔서", lambda s: f"{s[:32]}\r\n{s[32:]}\n"),
    ],
)
def test_the_digest_in_any_grouping(first, second, _case, typed) -> None:
    row = propose(first)
    assert approve(second, row, typed(row.sha256)).approved_at == AT


@pytest.mark.parametrize(
    ("_case", "typed"),
    [
        ("빈 값", lambda s: ""),
        ("한 자리 다름", lambda s: ("1" if s[0] == "0" else "0") + s[1:]),
        ("한 자리 모자람", lambda s: s[:-1]),
        ("앞 절반", lambda s: s[:32]),
        ("한글", lambda s: "지문이 맞습니다"),
        ("다른 기관의 것", lambda s: minted("new_root").pinned().sha256),
    ],
)
def test_another_digest_is_refused(first, second, _case, typed) -> None:
    row = propose(first)
    before = rows()
    with pytest.raises(authorities.DigestDiffers):
        approve(second, row, typed(row.sha256))
    assert rows() == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.IT_SUPPORT])
def test_other_roles_neither_propose_nor_approve(first, role) -> None:
    person, row = make_user(role), propose(first)
    before = rows()
    with pytest.raises(authorities.NotTheirTable):
        propose(person, "new_root")
    with pytest.raises(authorities.NotTheirTable):
        approve(person, row)
    assert rows() == before


# ── What is proposed ──


def test_pem_is_as_good_as_der(first) -> None:
    pem = minted("old_root").certificate.public_bytes(Encoding.PEM)
    assert bytes(propose(first, data=pem).der) == minted("old_root").der


def test_a_private_key_is_turned_away_and_not_kept(first) -> None:
    key = minted("old_root").key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = minted("old_root").certificate.public_bytes(Encoding.PEM)
    for data in (key, pem + key, key + pem):
        with pytest.raises(Refused) as refused:
            propose(first, data=data)
        assert refused.value.code is Code.PRIVATE_KEY_UPLOADED
    assert rows() == [0]


@pytest.mark.parametrize(
    ("_case", "data", "code"),
    [
        ("빈 파일", b"", Code.CERT_MALFORMED),
        ("글", "인증서".encode(), Code.CERT_MALFORMED),
        ("잘린 PEM", b"-----BEGIN CERTIFICATE-----\nMIIB", Code.CERT_MALFORMED),
        ("너무 큼", b"0" * 20_000, Code.UPLOAD_TOO_LARGE),
    ],
)
def test_what_is_no_certificate_is_refused(first, _case, data, code) -> None:
    with pytest.raises(Refused) as refused:
        propose(first, data=data)
    assert refused.value.code is code
    assert rows() == [0]


def test_a_members_certificate_is_no_authority(first) -> None:
    with pytest.raises(NotAnAuthority, match="조합원이 쓰는 인증서"):
        propose(first, role=ISSUER, data=world().good.der)


def test_an_issuer_needs_its_approved_root(first, second) -> None:
    with pytest.raises(NotAnAuthority, match="최상위기관부터"):
        propose(first, "old_issuer", ISSUER)
    row = propose(first)
    with pytest.raises(NotAnAuthority):  # proposed is not approved
        propose(first, "old_issuer", ISSUER)
    approve(second, row)
    propose(first, "old_issuer", ISSUER)
    with pytest.raises(NotAnAuthority):  # the other generation's
        propose(first, "new_issuer", ISSUER)


def test_an_issuer_is_no_root(first) -> None:
    with pytest.raises(NotAnAuthority, match="스스로 서명한"):
        propose(first, "old_issuer", ROOT)


def test_a_responder_must_be_one(first) -> None:
    row = propose(first, "old_responder", AuthorityRole.RESPONDER)
    assert row.role == "responder"
    with pytest.raises(NotAnAuthority, match="OCSP"):
        propose(first, "new_root", AuthorityRole.RESPONDER)


def test_an_ended_authority_is_refused(first, second) -> None:
    end = minted("old_root").certificate.not_valid_after_utc
    with pytest.raises(AuthorityEnded):
        propose(first, at=end)
    row = propose(first, at=end - timedelta(seconds=1))
    with pytest.raises(AuthorityEnded):
        approve(second, row, at=end)


def test_the_same_certificate_stands_once_in_the_table(first, second) -> None:
    row = propose(first)
    with pytest.raises(authorities.AlreadyProposed):
        propose(second)
    authorities.take_back(authority_id=row.pk, reason="파일을 잘못 받음", by=Actor.user(first), at=AT)
    assert propose(second).pk != row.pk


@pytest.mark.parametrize(
    ("_case", "crl", "ocsp", "then"),
    [
        ("LDAP 호스트와 포트", "ldap://ds.example.kr:389", "", True),
        ("포트 없이", "ldap://ds.example.kr", "", True),
        ("OCSP", "", "http://ocsp.example.kr:4612", True),
        ("다른 방식", "http://ds.example.kr", "", False),
        ("이름까지 적음", "ldap://ds.example.kr/ou=dp1", "", False),
        ("파일", "file:///etc/passwd", "", False),
        ("OCSP 자리에 LDAP", "", "ldap://ds.example.kr", False),
        ("사용자 이름이 든 주소", "", "http://a@ocsp.example.kr", False),
    ],
)
def test_where_an_authority_may_be_asked(first, _case, crl, ocsp, then) -> None:
    if then:
        assert propose(first, crl_endpoint=crl, ocsp_endpoint=ocsp).crl_endpoint == crl
    else:
        with pytest.raises(authorities.EndpointForm):
            propose(first, crl_endpoint=crl, ocsp_endpoint=ocsp)
        assert rows() == [0]


# ── Giving up ──


def test_giving_up_takes_two_people_too(first, second) -> None:
    row = approve(second, propose(first))
    ask = {"authority_id": row.pk, "at": AT}
    authorities.ask_retirement(reason="2030년에 끝남", by=Actor.user(first), **ask)
    assert trusted() == (1, 0)
    before = rows()
    with pytest.raises(Refused) as refused:
        authorities.retire(by=Actor.user(first), **ask)
    assert refused.value.code is Code.STAFF_SAME_PERSON
    assert rows() == before
    with pytest.raises(IntegrityError, match="authority_retired_by_two_people"), transaction.atomic():
        Authority.objects.filter(pk=row.pk).update(retired_by=first, retired_at=AT)
    authorities.retire(by=Actor.user(second), **ask)
    assert trusted() == (0, 0)
    for step in (authorities.retire, authorities.ask_retirement, authorities.keep, approve_again):
        with pytest.raises(authorities.AuthoritySettled):
            step(**ask, by=Actor.user(first), **({} if step is authorities.retire else {"reason": "x"}))


def approve_again(*, reason: str, **given: Any) -> Authority:
    return authorities.approve(typed_sha256="0" * 64, channel=reason, **given)


def test_a_request_to_give_up_may_be_declined(first, second) -> None:
    row = approve(second, propose(first))
    ask = {"authority_id": row.pk, "reason": "착오", "at": AT}
    authorities.ask_retirement(by=Actor.user(first), **ask)
    authorities.keep(by=Actor.user(second), **ask)
    with pytest.raises(authorities.AuthoritySettled):
        authorities.retire(authority_id=row.pk, by=Actor.user(second), at=AT)
    assert trusted() == (1, 0)


# ── On the desk ──


def desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_the_whole_way_on_the_desk(first, second) -> None:
    with time_machine.travel(AT, tick=False):
        digest = minted("old_root").pinned().sha256
        upload = SimpleUploadedFile("root.der", minted("old_root").der)
        answer = desk(first).post(
            reverse("admin:certificates_authority_add"),
            {"role": "root", "file": upload, "note": "누리집", "crl_endpoint": "ldap://ds.example.kr:389"},
            follow=True,
        )
        row = Authority.objects.get()
        assert answer.redirect_chain[-1][0] == reverse("admin:certificates_authority_change", args=[row.pk])
        ask = reverse("admin:certificates_authority_do", args=[row.pk, "approve"])
        for page in (answer.request["PATH_INFO"], ask):
            body = desk(second).get(page).content.decode().replace(" ", "")
            assert digest[:8] not in body, "the approver must have it from elsewhere"
        wrong = desk(second).post(ask, {"typed_sha256": "0" * 64, "channel": "통화"})
        assert (wrong.status_code, "SHA-256이 등록 요청된 인증서와 다릅니다" in wrong.content.decode()) == (
            409,
            True,
        )
        desk(second).post(ask, {"typed_sha256": digest.upper(), "channel": "통화"})
        row.refresh_from_db()
        assert (row.proposed_by, row.approved_by, row.approved_at) == (first, second, AT)
        assert trusted() == (1, 0)


def test_a_file_or_a_text_not_both(first) -> None:
    pem = minted("old_root").certificate.public_bytes(Encoding.PEM).decode()
    url = reverse("admin:certificates_authority_add")
    with time_machine.travel(AT, tick=False):
        both = desk(first).post(
            url, {"role": "root", "note": "x", "pem": pem, "file": SimpleUploadedFile("a.der", b"0")}
        )
        none = desk(first).post(url, {"role": "root", "note": "x"})
        assert ["하나만" in answer.content.decode() for answer in (both, none)] == [True, True]
        desk(first).post(url, {"role": "root", "note": "x", "pem": pem})
    assert bytes(Authority.objects.get().der) == minted("old_root").der


@pytest.mark.parametrize(
    ("_case", "days", "then"),
    [("181일 남음", 181, 0), ("180일 남음", 180, 1), ("끝난 뒤", -1, 1)],
)
def test_an_end_is_told_180_days_before(first, second, _case, days, then) -> None:
    row = approve(second, propose(first))
    with time_machine.travel(row.valid_until_at - timedelta(days=days), tick=False):
        works = {work.label: work.count for work in desk(first).get(reverse("admin:index")).context["works"]}
    assert works["180일 안에 끝나는 신뢰 기관"] == then


def test_what_x509_says_of_the_minted_ones_is_what_these_tests_think() -> None:
    """Otherwise the refusals above would be about something else."""
    issuer = minted("old_issuer").certificate
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert issuer.issuer == minted("old_root").certificate.subject
