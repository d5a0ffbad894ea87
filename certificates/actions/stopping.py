"""Stopping a registered certificate: by one person of the IT department, at once, and told to both.

Sessions begun with it end at their next request (`certificates.sessions`). What a reason means for the next
registration stands in `rules.replacing`.
"""

from datetime import datetime

from django.db import transaction

from certificates import ticket_notices
from certificates.models import BankCertificate, Status, StopReason
from portal.access import Actor
from portal.audit import trail
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.outbox import queue

# What a clerk may choose; the other reasons are given by what happened.
BY_STAFF = (StopReason.COMPROMISED, StopReason.UNWANTED, StopReason.MISTAKEN, StopReason.ASKED)


class NotTheirCertificate(Refusal):
    """Somebody outside the IT department."""

    message = "인증서 사용 중지는 정보시스템부에서 처리합니다. 정보시스템부에 바로 연락해 주세요."


class ReasonMissing(Refusal):
    """A stop without a reason."""

    message = "중지하는 구분을 고르고 사유를 적어 주세요. 조합원에게 알리고 이력에 남깁니다."


class NotInUse(Refusal):
    """A certificate that has ended before."""

    message = "이미 사용이 끝난 인증서입니다. 조합원의 현재 인증서를 다시 확인해 주세요."


@transaction.atomic
def disable(*, certificate_id: int, why: StopReason, reason: str, by: Actor, at: datetime) -> BankCertificate:
    """No login, signature or replacement counts on the certificate any more. It cannot be undone.

    Raises NotTheirCertificate, ReasonMissing, NotInUse, BankCertificate.DoesNotExist (out of sight).
    """
    if Role.IT_SUPPORT not in by.roles:
        raise NotTheirCertificate
    if why not in BY_STAFF or not reason.strip():
        raise ReasonMissing
    rows = BankCertificate.everything.within(by.scope)
    member_id = rows.values_list("member_id", flat=True).get(pk=certificate_id)
    Member.everything.select_for_update(no_key=True).get(pk=member_id)  # before the certificate, as replacing does
    certificate = rows.select_for_update(of=("self",)).select_related("member__branch").get(pk=certificate_id)
    if certificate.status != Status.ACTIVE:
        raise NotInUse
    stop(certificate, why, because=reason.strip(), at=at)
    detail = {"why": why.value, "reason": reason.strip()}
    trail.record(action="bank_certificate.disable", by=by, at=at, subject=certificate, detail=detail)
    queue(ticket_notices.stopped(certificate, reason=reason.strip(), at=at), at=at)
    return certificate


def stop(certificate: BankCertificate, why: StopReason, *, because: str, at: datetime) -> None:
    """End a certificate in use, in the caller's transaction, its row locked. `because` is shown to the member."""
    certificate.status, certificate.ended_at = Status.DISABLED, at
    certificate.stopped_for, certificate.ended_because = why, because[:100]
    certificate.save(update_fields=["status", "ended_at", "stopped_for", "ended_because"])
