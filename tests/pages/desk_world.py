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
from guarantees.models import (
    AmountRule,
    BulkRelease,
    Capital,
    Claim,
    Delivery,
    DocumentCheck,
    Endorsement,
    ExpiryNotice,
    ExpiryRun,
    FeeAdjustment,
    Guarantee,
    GuaranteeDocument,
    GuaranteeImport,
    LimitPolicy,
    Payment,
    PaymentEvent,
    ProductTerms,
    Refund,
    ReleaseRequest,
    ScreeningPolicy,
    SealCertificate,
    SubLimit,
    SupplementItem,
)
from portal.access import Actor
from portal.audit import trail
from portal.businessdays.models import CalendarYear, Holiday
from portal.gate.models import Gate, InvariantRun, Recovery
from portal.health.models import Heartbeat
from portal.members.models import Branch, Member, User
from portal.members.roles import Role
from sms.models import (
    Adjustment,
    Batch,
    Channel,
    Entry,
    EntryKind,
    GatewayAlarm,
    GatewayState,
    LedgerCheck,
    Lot,
    Message,
    MileageAnomaly,
    MileagePolicy,
    Purpose,
    Receipt,
    ReceptionChange,
    SenderNumber,
    SendRequest,
    ServiceSwitch,
    Spend,
    Suppression,
)  # fmt: skip
from tests.factories import (
    at,
    make_application,
    make_branch,
    make_guarantee,
    make_member,
    make_recipient,
    make_user,
)
from tests.flows.mileage_world import suspension_of
from tests.pages.helpdesk_rows import make_helpdesk

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
    shared |= _helpdesk(make_user(Role.WEBMASTER))
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


def _helpdesk(asker: User) -> dict[str, models.Model]:
    made = make_helpdesk(asker, NOW)
    rows = (made.download, made.category, made.version.entry, made.notice, made.question)
    return {row._meta.label_lower: row for row in rows}


def _shared(run: ExpiryRun, batch: Batch) -> dict[str, models.Model]:
    rows: list[models.Model] = [
        run,
        batch,
        Receipt.objects.create(gateway="local", provider_ref="r1", state="delivered", received_at=NOW),
        GatewayState.objects.get_or_create(name="local")[0],
        GatewayAlarm.objects.create(kind="strangers", gateway="local", first_at=NOW, last_at=NOW),
        Holiday.objects.create(on=date(2031, 1, 2), name="임시공휴일"),
        CalendarYear.objects.create(year=2031, loaded_at=NOW, source="시험"),
        Capital.objects.create(effective_from=date(2026, 1, 1), amount=1_000_000_000_000),
        LimitPolicy.objects.get(),
        ScreeningPolicy.objects.get(),
        AmountRule.objects.filter(product_id="C2").get(),
        GuaranteeImport.objects.create(
            file_name="이관.csv", sha256="0" * 64, lines=1, added=1, unchanged=0, at=NOW
        ),
        ProductTerms.objects.filter(product_id="C1").get(),
        ProductTerms.objects.filter(product_id="C1").get().product,
        MileagePolicy.objects.order_by("effective_from")[0],
        suspension_of("2031-05-01", "2031-05-03"),
        LedgerCheck.objects.create(at=NOW, lots=0, entries=0, calls=0, differences=0),
        ServiceSwitch.objects.create(is_on=True, reason="시험", at=NOW),
        SenderNumber.objects.first() or SenderNumber.objects.create(number="020000000", owner="조합"),
        SealCertificate.objects.get_or_create(fingerprint="0" * 64, defaults={"chain": "", "first_used_at": NOW})[
            0
        ],
        DocumentCheck.objects.create(at=NOW, files=0),
        Gate.objects.get(),
        InvariantRun.objects.create(at=NOW, seconds=1, checks=1),
        Recovery.objects.create(reason="시험", asked_by=make_user(Role.IT_SUPPORT), asked_at=NOW),
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
    payment = Payment.everything.create(
        member=member, application=application, method="virtual_account", state="cancelled", amount=100_000,
        provider="simulator", order_id=f"order-{member.pk}", asked_at=NOW, closed_at=NOW,
    )  # fmt: skip
    rows: list[models.Model] = [
        branch,
        payment,
        PaymentEvent.everything.create(
            provider="simulator",
            key=f"event-{member.pk}",
            payment=payment,
            order_id=payment.order_id,
            kind="deposit",
            amount=100_000,
            outcome="late",
            at=NOW,
        ),
        Refund.everything.create(
            payment=payment, key=f"refund-{member.pk}", ground="late", amount=100_000, asked_at=NOW
        ),
        member,
        user,
        application,
        guarantee,
        member.limit,
        SubLimit.everything.create(member=member, product_id="A1", amount=1_000_000_000),
        FeeAdjustment.everything.create(
            member=member, effective_from=date(2026, 1, 1), disc_bp=500, reason=f"{name} 우수"
        ),
        notice,
        delivery := make_delivery(guarantee),
        delivery.document,
        Endorsement.everything.create(
            guarantee=guarantee,
            reason=f"{name} 연장",
            requested_at=NOW,
            **{f"{side}_amount": 50_000_000 for side in ("old", "new")},
            **{f"{side}_{end}": guarantee.ends_on for side in ("old", "new") for end in ("starts_on", "ends_on")},
        ),
        Claim.everything.create(
            guarantee=guarantee,
            claimant=f"{name} 현장",
            amount=1_000_000,
            received_on=NOW.date(),
            facts="-",
            entered_at=NOW,
            entered_by=user,
        ),
        ReleaseRequest.everything.create(
            guarantee=guarantee, party="member", ground="confirmed", note=f"{name} 준공", asked_at=NOW
        ),
        BulkRelease.objects.create(
            ground="confirmed",
            note=f"{name} 준공",
            asked_at=NOW,
            finished_at=NOW,
            asked_by=make_user(Role.BRANCH_OFFICER, branch=branch),
        ),
        lot,
        SendRequest.everything.create(
            member=member,
            spend=Spend.everything.create(member=member, key=f"desk-{member.pk}", calls=1, at=NOW),
            category="information",
            channel="sms",
            text=f"{name} 안내",
            recipients=1,
            by=user,
            at=NOW,
        ),
        Entry.everything.create(member=member, lot=lot, kind=EntryKind.EARN, calls=1, at=NOW),
        Adjustment.everything.create(
            member=member,
            calls=20,
            reason="event",
            note=f"{name} 행사",
            state="waiting",
            asked_by=user,
            asked_at=NOW,
        ),
        MileageAnomaly.everything.create(
            kind="delivered_after_refund",
            member=member,
            subject=f"free:{name}:{member.pk}",
            text=f"{name} 문자",
            at=NOW,
        ),
        make_message(member, batch, mobile, reference=f"guarantee:{guarantee.public_id}:{guarantee.ends_on}"),
        make_recipient(member, f"{mobile[:-1]}5", f"{name} 수신자"),
        Suppression.everything.create(
            member=member, mobile=f"0100{member.pk % 10**7:07d}", reason="refused", since=NOW
        ),
        ReceptionChange.everything.create(
            member=member, what="opted_out", way="phone", caller=f"{name} 대표", at=NOW, by=None
        ),
        trail.record(action="member.change", by=Actor.system("시험"), at=NOW, subject=member),
        *make_certificate_rows(member, user, mobile),
    ]
    return {row._meta.label_lower: row for row in rows}


def make_delivery(guarantee: Guarantee) -> Delivery:
    """One that came back, of a document that is only a row."""
    tag = f"{guarantee.pk:064x}"
    seal, _made = SealCertificate.objects.get_or_create(
        fingerprint="0" * 64, defaults={"chain": "", "first_used_at": NOW}
    )
    document, _made = GuaranteeDocument.everything.get_or_create(
        guarantee=guarantee, version=0, defaults={
            "sha256": tag, "sealed_sha256": tag, "size": 1, "code_hash": tag, "seal": seal,
            "issued_on": guarantee.issued_on, "sealed_at": NOW,
        },
    )  # fmt: skip
    return Delivery.everything.create(
        guarantee=guarantee, document=document, channel="email", state="returned", to_email="to@example.kr",
        return_reason="부서가 다릅니다.", queued_at=NOW, answered_at=NOW,
    )  # fmt: skip


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
