"""Two branches with one row of every kind the desk shows, and everybody who might look at them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from axes.models import AccessAttempt
from django.contrib import admin
from django.db import models

from certificates.models import (
    Authority,
    BankCertificate,
    Replacement,
    ReplacementTicket,
    RevocationFetch,
    RevocationList,
    SignatureEvidence,
)
from guarantees.models import ExpiryNotice, ExpiryRun, ProductTerms, SupplementItem
from portal.access import Actor
from portal.audit import trail
from portal.businessdays.models import CalendarYear, Holiday
from portal.health.models import Heartbeat
from portal.members.models import Branch, Member, User
from portal.members.roles import Role
from sms.models import (
    Batch,
    Channel,
    Entry,
    EntryKind,
    Lot,
    Message,
    MileagePolicy,
    Purpose,
    Receipt,
    ReceptionChange,
    Recipient,
    SenderNumber,
)  # fmt: skip
from tests.factories import at, make_application, make_branch, make_guarantee, make_member, make_user

NOW = at("2026-11-20 10:00")
OWN_BRANCH, OTHER_BRANCH = "서울중앙지점", "부산경남지점"
OWN_NAME, OTHER_NAME = "미르누리설비(주)", "두레배관(주)"


@dataclass
class World:
    """`own` and `other` are rows by model label; shared rows stand in both."""

    people: dict[str, User] = field(default_factory=dict)
    own: dict[str, models.Model] = field(default_factory=dict)
    other: dict[str, models.Model] = field(default_factory=dict)


def make_world() -> World:
    world = World()
    seoul, busan = make_branch(name=OWN_BRANCH), make_branch(name=OTHER_BRANCH)
    run = ExpiryRun.objects.create(
        run_on=date(2026, 11, 20), state="done", first_end=date(2026, 12, 5), last_end=date(2026, 12, 7),
        started_at=NOW,
    )  # fmt: skip
    batch = Batch.objects.create(channel="sms", purpose="expiry_notice", size=2, not_before=NOW, created_at=NOW)
    shared = _shared(run, batch)
    world.own = {**shared, **make_rows(seoul, OWN_NAME, "01000000123", run, batch)}
    world.other = {**shared, **make_rows(busan, OTHER_NAME, "01000000987", run, batch)}
    member = world.own["members.member"]
    assert isinstance(member, Member)
    world.people = {
        "조합원": make_user(Role.MEMBER_REP, member=member),
        "관할 지점 담당": make_user(Role.BRANCH_OFFICER, branch=seoul, full_name="박다솜"),
        "관할 지점장": make_user(Role.BRANCH_HEAD, branch=seoul),
        "다른 지점 담당": make_user(Role.BRANCH_OFFICER, branch=busan),
        "지점 없는 담당": make_user(Role.BRANCH_OFFICER),
        "본부 심사": make_user(Role.HQ_UNDERWRITER),
        "제도 관리": make_user(Role.POLICY_ADMIN),
        "정보시스템부": make_user(Role.IT_SUPPORT),
        "홈페이지 관리": make_user(Role.WEBMASTER),
        "감사": make_user(Role.AUDITOR),
        "관리자": make_user(is_superuser=True),
        "역할 없는 직원": make_user(),
        "퇴사한 직원": make_user(Role.HQ_UNDERWRITER, is_active=False),
    }
    return world


def _shared(run: ExpiryRun, batch: Batch) -> dict[str, models.Model]:
    rows: list[models.Model] = [
        run,
        batch,
        Receipt.objects.create(gateway="local", provider_ref="r1", state="delivered", received_at=NOW),
        Holiday.objects.create(on=date(2031, 1, 2), name="임시공휴일"),
        CalendarYear.objects.create(year=2031, loaded_at=NOW, source="시험"),
        ProductTerms.objects.filter(product_id="C1").get(),
        ProductTerms.objects.filter(product_id="C1").get().product,
        MileagePolicy.objects.order_by("effective_from")[0],
        SenderNumber.objects.first() or SenderNumber.objects.create(number="020000000", owner="조합"),
        Heartbeat.objects.get_or_create(name="deliver", defaults={"at": NOW})[0],
        Authority.objects.create(
            role="root", name="시험 최상위기관", der=b"0", sha256="0" * 64, valid_until_at=NOW, proposed_at=NOW
        ),
        RevocationList.objects.create(
            issuer_sha256="0" * 64,
            point="dp1",
            header={},
            number="1",
            this_update_at=NOW,
            next_update_at=NOW,
            sha256="0" * 64,
            entries=0,
            fetched_at=NOW,
            source="file",
        ),
        RevocationFetch.objects.create(point="dp1", source="file", at=NOW, outcome="taken"),
        AccessAttempt.objects.create(username="x", failures_since_start=1, ip_address="127.0.0.1"),
    ]
    return {row._meta.label_lower: row for row in rows}


def make_rows(branch: Branch, name: str, mobile: str, run: ExpiryRun, batch: Batch) -> dict[str, models.Model]:
    """A member of `branch` and one row of each kind that belongs to it, by model label."""
    member = make_member(branch, name=name, sms_name=name[:-3], representative_mobile=mobile)
    user = make_user(Role.MEMBER_USER, member=member, full_name=f"{name} 담당")
    application = make_application(member, "submitted", contract_name=f"{name} 공사", contact_mobile=mobile)
    SupplementItem.everything.create(application=application, round=1, text="계약서 2쪽")
    guarantee = make_guarantee(member)
    notice = ExpiryNotice.everything.create(
        guarantee=guarantee, ends_on=guarantee.ends_on, run=run, state="planned", at=NOW
    )
    lot = Lot.everything.create(
        member=member, source=f"guarantee:{guarantee.public_id}", label=f"{name} 발급", quantity=1, remaining=1,
        policy=MileagePolicy.objects.order_by("effective_from")[0], earned_on=date(2026, 11, 20), expires_at=NOW,
    )  # fmt: skip
    rows: list[models.Model] = [
        branch,
        member,
        user,
        application,
        guarantee,
        notice,
        lot,
        Entry.everything.create(member=member, lot=lot, kind=EntryKind.EARN, calls=1, at=NOW),
        make_message(member, batch, mobile, reference=f"guarantee:{guarantee.public_id}:{guarantee.ends_on}"),
        Recipient.everything.create(
            member=member, name=f"{name} 수신자", mobile=f"{mobile[:-1]}5", consented=True, added_at=NOW
        ),
        ReceptionChange.everything.create(
            member=member, what="opted_out", way="phone", caller=f"{name} 대표", at=NOW, by=None
        ),
        trail.record(action="member.change", by=Actor.system("시험"), at=NOW, subject=member),
        *make_certificate_rows(member, user, mobile),
    ]
    return {row._meta.label_lower: row for row in rows}


def make_certificate_rows(member: Member, user: User, mobile: str) -> list[models.Model]:
    """A registered certificate with the call, the signature and the replacement that led to it."""
    print_of = f"{member.pk:064x}"
    certificate = BankCertificate.everything.create(
        member=member, der=b"0", cert_sha256=print_of, spki_sha256=print_of, issuer_der=b"0",
        issuer_name="시험기관", serial_hex="0a", subject_name=f"cn={member.name}()", bank_name="국민은행",
        policy_oid="1.2.410.200005.1.1.5", purpose_name="사업자 범용", valid_from_at=NOW,
        valid_until_at=NOW + timedelta(days=365), registered_at=NOW, registered_by=user, method="self",
    )  # fmt: skip
    ticket = ReplacementTicket.everything.create(
        member=member, caller=f"{member.name} 대표", call_back_number=mobile, reason="비밀번호 잊음",
        opened_by=user, opened_at=NOW,
    )  # fmt: skip
    evidence = SignatureEvidence.everything.create(
        member=member, user=user, purpose="replace", text=f"{member.name} 인증서갱신", signature=b"0",
        certificate_der=b"0", cert_sha256=print_of, verified_at=NOW,
        receipt={"checks": [{"title": "유효기간", "passed": True, "evidence": []}]},
    )  # fmt: skip
    replacement = Replacement.everything.create(
        member=member, state="done", new=certificate, evidence=evidence, requested_at=NOW, finished_at=NOW
    )
    return [certificate, ticket, evidence, replacement]


def make_message(member: Member, batch: Batch, to: str, **fields: object) -> Message:
    values: dict[str, object] = {
        "key": str(uuid4()), "gateway_key": uuid4(), "member": member, "batch": batch, "channel": Channel.SMS,
        "purpose": Purpose.EXPIRY_NOTICE, "recipient_name": "김가온", "to": to, "sender": "020000000",
        "body": "[설비공제] 안내", "created_at": NOW,
    }  # fmt: skip
    return Message.everything.create(**{**values, **fields})


def registered() -> list[str]:
    """Labels of every model on the desk."""
    return sorted(model._meta.label_lower for model in admin.site._registry)
