"""Registered certificates under watch: revoked, resting, ending; members told in time and once (NPKI §6.5)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from certificates import tasks
from certificates.actions.rechecking import recheck_certificates
from certificates.actions.refreshing import finish_parked, refresh_partitions
from certificates.actions.watching import ending_authorities, expire_ended, warn_ending
from certificates.minting.faults import sound_spec
from certificates.minting.leaves import Leaf, mint_leaf
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import (
    Authority,
    BankCertificate,
    Replacement,
    ReplacementState,
    SignatureEvidence,
    Status,
    Warned,
)
from certificates.rules.ending import due_warning
from certificates.rules.replacing import PARKED_FOR
from portal.audit.models import AuditEvent
from portal.members.models import Member
from sms.models import Message
from tests.directory_simulator import directory_process
from tests.factories import at as seoul
from tests.factories import make_member
from tests.flows.certificate_world import DAY, HOUR, SYSTEM, crl, outcomes, registered, serial, take, trust_minted
from tests.rules.certificates.world import AT, HOLDER, world

pytestmark = pytest.mark.django_db
LAST_DAY = "2026-12-23"  # Wednesday


@pytest.fixture(autouse=True)
def _trusted() -> None:
    trust_minted()


@pytest.fixture(scope="module")
def ending_leaf() -> Leaf:
    """Its last second is 2026-12-23 23:59:59 in Korea."""
    spec = sound_spec(HOLDER, today=seoul(f"{LAST_DAY} 00:00").date() - 265 * DAY)
    return mint_leaf(world().hierarchy.old_issuer, spec, key=rsa.generate_private_key(65537, 2048))


def reached_member(**fields: object) -> Member:
    """With a contact who is another person than the representative."""
    return make_member(
        contact_name="박다솜", contact_mobile="01000009999", contact_email="contact@example.kr", **fields
    )


def keys() -> list[str]:
    """What each message was about, without the certificate's number."""
    return sorted(key.split(":", 2)[2] for key in Message.everything.values_list("key", flat=True))


def actions() -> list[str]:
    return list(AuditEvent.everything.order_by("pk").values_list("action", flat=True))


def both(what: str) -> list[str]:
    return [
        f"{what}:contact:email",
        f"{what}:contact:sms",
        f"{what}:representative:email",
        f"{what}:representative:sms",
    ]


# ── Revoked and resting ──


def test_a_revoked_certificate_ends_and_is_told_once() -> None:
    certificate = registered(reached_member(sms_name="미르누리"), world().good)
    take(crl(Revocation(serial(world().good), AT - 3 * DAY)))
    assert recheck_certificates(by=SYSTEM, at=AT).revoked == 1
    assert recheck_certificates(by=SYSTEM, at=AT + HOUR).revoked == 0
    certificate.refresh_from_db()
    assert (certificate.status, certificate.ended_at, certificate.ended_because) == (
        Status.REVOKED, AT, "은행에서 폐지(2026.11.20)",
    )  # fmt: skip
    assert keys() == both("revoked")
    assert set(Message.everything.filter(channel="sms").values_list("body", flat=True)) == {
        "[설비공제]미르누리 인증서 26.11.20 폐지됨. 사이버영업창구>인증서갱신"
    }
    assert actions() == ["bank_certificate.revoked"]


def test_one_who_is_both_is_told_once() -> None:
    member = make_member()
    Member.everything.filter(pk=member.pk).update(
        contact_mobile=member.representative_mobile, contact_email=member.representative_email
    )
    registered(member, world().good)
    take(crl(Revocation(serial(world().good), AT - DAY)))
    recheck_certificates(by=SYSTEM, at=AT)
    assert keys() == ["revoked:representative:email", "revoked:representative:sms"]


def test_one_who_left_is_not_written_to() -> None:
    registered(reached_member(status="withdrawn"), world().good)
    take(crl(Revocation(serial(world().good), AT - DAY)))
    assert recheck_certificates(by=SYSTEM, at=AT).revoked == 1
    assert keys() == []


def test_resting_and_lifted() -> None:
    certificate = registered(reached_member(), world().good)
    take(crl(Revocation(serial(world().good), AT - DAY, HOLD)))
    first, again = (recheck_certificates(by=SYSTEM, at=when) for when in (AT, AT + HOUR))
    assert (first.suspended, again.suspended) == (1, 0)
    certificate.refresh_from_db()
    assert (certificate.status, certificate.is_suspended) == (Status.ACTIVE, True)
    take(crl(number=101, issued_at=AT + HOUR), at=AT + 2 * HOUR)
    assert recheck_certificates(by=SYSTEM, at=AT + 2 * HOUR).lifted == 1
    certificate.refresh_from_db()
    assert (certificate.status, certificate.is_suspended, certificate.checked_at) == (
        Status.ACTIVE, False, AT + 2 * HOUR,
    )  # fmt: skip
    assert keys() == both("suspended:2026-11-23")
    assert actions() == ["bank_certificate.suspended", "bank_certificate.lifted"]


@pytest.mark.parametrize(
    ("_case", "lines", "at", "status", "unknown"),
    [
        ("목록 없음", None, AT, Status.ACTIVE, 1),
        ("목록에 없음, 아직 유효한 목록", (), AT, Status.ACTIVE, 0),
        ("목록에 없음, 기한 1초 지난 목록", (), AT + 23 * HOUR + timedelta(seconds=1), Status.ACTIVE, 1),
        ("폐지는 옛 목록으로도 폐지", ("revoked",), AT + 30 * DAY, Status.REVOKED, 0),
        ("효력정지는 옛 목록으로 알 수 없음", ("hold",), AT + 30 * DAY, Status.ACTIVE, 1),
    ],
)
def test_what_a_list_proves(
    _case: str, lines: tuple[str, ...] | None, at: datetime, status: Status, unknown: int
) -> None:
    certificate = registered(make_member(), world().good)
    if lines is not None:
        number = serial(world().good)
        given = [Revocation(number, AT - DAY, HOLD) if line == "hold" else Revocation(number, AT - DAY)
                 for line in lines]  # fmt: skip
        take(crl(*given))
    assert recheck_certificates(by=SYSTEM, at=at).unknown == unknown
    certificate.refresh_from_db()
    assert (certificate.status, certificate.is_suspended) == (status, False)


# ── Ending ──


@pytest.mark.parametrize(
    ("_case", "today", "then"),
    [
        ("31일 전 일요일", "2026-11-22", None),
        ("30일 전 월요일", "2026-11-23", 30),
        ("16일 전 월요일", "2026-12-07", 30),
        ("15일 전 화요일", "2026-12-08", 15),
        ("8일 전 화요일", "2026-12-15", 15),
        ("7일 전 수요일", "2026-12-16", 7),
        ("2일 전 월요일", "2026-12-21", 7),
        ("1일 전 화요일", "2026-12-22", 1),
        ("마지막 날 수요일", "2026-12-23", 1),
        ("지난 뒤 목요일", "2026-12-24", None),
    ],
)
def test_due_warning(_case: str, today: str, then: int | None) -> None:
    assert due_warning(datetime.fromisoformat(LAST_DAY).date(), datetime.fromisoformat(today).date()) == then


@pytest.mark.parametrize(
    ("_case", "when", "then"),
    [
        ("31일 전 일요일 마지막 분", "2026-11-22 23:59", []),
        ("30일 전 월요일 첫 분(UTC로는 전날)", "2026-11-23 00:00", ["ends_in_30"]),
        ("15일 전 화요일", "2026-12-08 00:00", ["ends_in_15"]),
        ("1일 전 화요일", "2026-12-22 09:35", ["ends_in_1"]),
        ("마지막 날 수요일 마지막 분", "2026-12-23 23:59", ["ends_in_1"]),
        ("끝난 목요일", "2026-12-24 00:00", []),
    ],
)
def test_the_day_is_korean(ending_leaf: Leaf, _case: str, when: str, then: list[str]) -> None:
    registered(make_member(), ending_leaf)
    assert warn_ending(at=seoul(when)) == len(then)
    assert list(Warned.objects.values_list("what", flat=True)) == then


def test_four_warnings_once_each(ending_leaf: Leaf) -> None:
    registered(reached_member(sms_name="미르누리"), ending_leaf)
    days = [seoul("2026-11-20 09:35") + n * DAY for n in range(40)]
    told = [day for day in days for _ in range(warn_ending(at=day) + warn_ending(at=day + 4 * HOUR))]
    assert [f"{day:%m-%d}" for day in told] == ["11-23", "12-08", "12-16", "12-22"]
    assert keys() == sorted(both("ends_in_30") + both("ends_in_15") + both("ends_in_7") + both("ends_in_1"))
    assert set(Message.everything.filter(channel="sms").values_list("body", flat=True)) == {
        "[설비공제]미르누리 인증서 26.12.23 만료. 사이버영업창구>인증서갱신"
    }


def test_a_missed_day_is_made_up_for(ending_leaf: Leaf) -> None:
    registered(make_member(), ending_leaf)
    assert warn_ending(at=seoul("2026-12-10 09:35")) == 1
    assert list(Warned.objects.values_list("what", flat=True)) == ["ends_in_15"]
    body = Message.everything.filter(channel="email").values_list("body", flat=True).first()
    assert body is not None
    assert "13일 남음" in body


def test_texts_wait_for_the_morning(ending_leaf: Leaf) -> None:
    registered(make_member(), ending_leaf)
    warn_ending(at=seoul("2026-11-23 00:00"))
    waits = {row.channel: row.batch.not_before for row in Message.everything.select_related("batch")}
    assert waits == {"sms": seoul("2026-11-23 07:00"), "email": seoul("2026-11-23 00:00")}


@pytest.mark.parametrize(
    ("_case", "when", "status"),
    [("마지막 초", "2026-12-23 23:59:59", Status.ACTIVE), ("다음 날 0시", "2026-12-24 00:00:00", Status.EXPIRED)],
)
def test_expired(ending_leaf: Leaf, _case: str, when: str, status: Status) -> None:
    certificate = registered(make_member(), ending_leaf)
    expire_ended(by=SYSTEM, at=seoul(when))
    certificate.refresh_from_db()
    assert certificate.status == status
    assert certificate.ended_at == (None if status == Status.ACTIVE else seoul("2026-12-23 23:59:59"))
    assert actions() == ([] if status == Status.ACTIVE else ["bank_certificate.expired"])


# ── Lists and authorities ──


def test_an_authority_within_180_days() -> None:
    issuer = Authority.objects.get(name="Demo yessignCA Class 3")
    at = issuer.valid_until_at - 180 * DAY
    assert issuer not in ending_authorities(at - timedelta(seconds=1))
    assert issuer in ending_authorities(at)


# ── Parked ──


def parked(member: Member, leaf: Leaf) -> Replacement:
    """A replacement of which only revocation data is missing."""
    evidence = SignatureEvidence.everything.create(
        member=member, purpose="replace", text="", signature=b"", certificate_der=leaf.der, cert_sha256="",
        receipt={}, verified_at=AT,
    )  # fmt: skip
    return Replacement.everything.create(
        member=member, state=ReplacementState.PARKED, evidence=evidence, requested_at=AT,
        deadline_at=AT + PARKED_FOR, code="REVOCATION_UNAVAILABLE",
    )  # fmt: skip


def test_a_parked_request_is_finished_by_the_list_it_waited_for(tmp_path: Path) -> None:
    member = make_member()
    waiting = parked(member, world().good)
    assert finish_parked(by=SYSTEM, at=AT) == 0
    (tmp_path / "a.crl").write_bytes(crl())
    with directory_process(tmp_path) as address:
        Authority.objects.filter(role="issuer").update(crl_endpoint=address)
        refresh_partitions(by=SYSTEM, at=AT, parked_only=True)
    assert outcomes() == [("ldap", "TAKEN")]
    assert finish_parked(by=SYSTEM, at=AT) == 1
    waiting.refresh_from_db()
    assert waiting.state == ReplacementState.DONE
    assert bytes(BankCertificate.everything.get(member=member, status=Status.ACTIVE).der) == world().good.der


def test_a_parked_request_whose_certificate_is_revoked_is_refused() -> None:
    waiting = parked(make_member(), world().good)
    take(crl(Revocation(serial(world().good), AT - DAY)))
    assert finish_parked(by=SYSTEM, at=AT) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.code) == (ReplacementState.REFUSED, "REVOKED")


def test_the_tasks_do_the_whole_round(tmp_path: Path, ending_leaf: Leaf) -> None:
    """Two members: one revoked, one ending; and one who waits."""
    revoked = registered(make_member(), world().good)
    ending = registered(make_member(), ending_leaf)
    waiting = parked(make_member(), world().sound[1].leaf)
    (tmp_path / "a.crl").write_bytes(crl(Revocation(serial(world().good), AT - DAY)))
    with directory_process(tmp_path) as address, time_machine.travel(AT, tick=False):
        Authority.objects.filter(role="issuer").update(crl_endpoint=address)
        tasks.refresh_revocation()
        tasks.finish_parked()
        tasks.warn_ending_certificates()
        tasks.expire_certificates()
    for row in (revoked, ending, waiting):
        row.refresh_from_db()
    assert (revoked.status, ending.status, waiting.state) == (Status.REVOKED, Status.ACTIVE, ReplacementState.DONE)
    assert ending.checked_at == AT
    assert sorted(Warned.objects.values_list("what", flat=True)) == ["ends_in_30", "revoked"]
