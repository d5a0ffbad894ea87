"""One row of every kind around a guarantee, closed, so that it stands in no other row's way."""

from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile

from guarantees import models
from guarantees.documents import store
from guarantees.models import Application, Guarantee
from portal.gate.models import InvariantRun, Recovery
from portal.members.models import User


@dataclass(frozen=True)
class BusinessRows:
    """What can be addressed by a public id."""

    document: models.GuaranteeDocument
    delivery: models.Delivery
    endorsement: models.Endorsement
    payment: models.Payment
    release_request: models.ReleaseRequest
    paper: models.ReleasePaper
    claim: models.Claim
    bulk: models.BulkRelease


def make_business(guarantee: Guarantee, application: Application, user: User, now: datetime) -> BusinessRows:
    """Rows of `guarantee` and `application`, as if everything had happened to them once and was over."""
    member, day, tag = guarantee.member, now.date(), f"{guarantee.pk:064x}"
    models.Contract.everything.create(member=member, name="누리청사", beneficiary_name="가상시청", created_at=now)
    models.Capital.objects.get_or_create(effective_from=day, defaults={"amount": 1_000_000_000_000})
    models.SubLimit.everything.create(member=member, product_id="A1", amount=1_000_000_000)
    models.LimitChange.everything.create(member=member, reason="정기 평가", at=now, by=user)
    models.FeeAdjustment.everything.create(member=member, effective_from=day, disc_bp=0, reason="우수 조합원")
    models.GuaranteeImport.objects.create(file_name="이관.csv", sha256=tag, lines=1, added=1, unchanged=0, at=now)
    models.AutoScreening.everything.create(application=application, at=now, passed=True, findings=[])
    endorsement = models.Endorsement.everything.create(
        guarantee=guarantee, state="rejected", reason="기간 연장", old_amount=guarantee.amount,
        old_starts_on=guarantee.starts_on, old_ends_on=guarantee.ends_on, new_amount=guarantee.amount,
        new_starts_on=guarantee.starts_on, new_ends_on=guarantee.ends_on, requested_at=now, requested_by=user,
        decided_at=now,
    )  # fmt: skip
    payment = models.Payment.everything.create(
        member=member, application=application, method="virtual_account", state="cancelled", amount=100_000,
        provider="simulator", order_id=f"order-{guarantee.pk}", asked_at=now, closed_at=now,
    )  # fmt: skip
    models.PaymentEvent.everything.create(
        provider="simulator", key=tag, payment=payment, kind="deposit", amount=100_000, outcome="late", at=now
    )
    models.Refund.everything.create(
        payment=payment, key=tag, ground="late", amount=100_000, state="done", asked_at=now, done_at=now
    )
    seal, _made = models.SealCertificate.objects.get_or_create(
        fingerprint="0" * 64, defaults={"chain": "", "first_used_at": now}
    )
    kept = store().write(f"%PDF-1.7 {tag}".encode())
    document = models.GuaranteeDocument.everything.create(
        guarantee=guarantee, sha256=kept, sealed_sha256=kept, size=73, code_hash=tag, seal=seal, issued_on=day,
        sealed_at=now,
    )  # fmt: skip
    models.CalendarFeed.everything.create(user=user, changed_at=now)
    models.DocumentCheck.objects.create(at=now, files=1)
    InvariantRun.objects.create(at=now, seconds=1, checks=1)
    Recovery.objects.get_or_create(reason="시험", defaults={"asked_by": user, "asked_at": now})
    delivery = models.Delivery.everything.create(
        guarantee=guarantee, document=document, channel="email", state="failed", to_email="to@example.kr",
        queued_at=now,
    )  # fmt: skip
    models.DeliveryEvent.everything.create(delivery=delivery, kind="opened", at=now)
    request = models.ReleaseRequest.everything.create(
        guarantee=guarantee, party="member", ground="confirmed", state="withdrawn", asked_at=now, asked_by=user,
        closed_at=now, closed_by=user,
    )  # fmt: skip
    paper = models.ReleasePaper.everything.create(
        request=request, filename="확인서.pdf", file=ContentFile(b"%PDF-1.4", tag), media_type="application/pdf",
        size=8, sha256=tag, uploaded_at=now,
    )  # fmt: skip
    models.GuaranteeRelease.everything.create(
        guarantee=guarantee, request=request, ground="confirmed", amount=0,
        outstanding_after=guarantee.outstanding, at=now, by=user,
    )  # fmt: skip
    bulk = models.BulkRelease.objects.create(
        ground="confirmed", note="-", asked_at=now, asked_by=user, finished_at=now
    )
    models.BulkReleaseRow.everything.create(bulk=bulk, guarantee=guarantee, state="refused", message="-")
    claim = models.Claim.everything.create(
        guarantee=guarantee, state="withdrawn", claimant="가상시청", amount=1_000_000, received_on=day, facts="-",
        entered_at=now, entered_by=user, closed_at=now,
    )  # fmt: skip
    return BusinessRows(document, delivery, endorsement, payment, request, paper, claim, bulk)
