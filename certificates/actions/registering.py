"""The registered certificate itself: what is known of it, who may not take its place, and the exchange."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from certificates.models import BankCertificate, Method, Replacement, Status
from certificates.queries import trust_table
from certificates.refusals import PARKABLE, Code, Refused
from certificates.revocation.lookup import data_about
from certificates.revocation.responders import NO_ANSWERS, Answers, fingerprint
from certificates.rules.replacing import REVIEW_REFUSED, OldStanding, may_come_back, needs_ticket
from certificates.x509.facts import CertificateFacts
from certificates.x509.revocation import Standing, recheck

_ENDED = {
    OldStanding.REVOKED: "폐지가 확인되어 교체",
    OldStanding.SUSPENDED: "효력정지 중 교체",
    OldStanding.EXPIRED: "유효기간이 끝나 교체",
}
_BY_CODE = {Code.REVOKED: OldStanding.REVOKED, Code.SUSPENDED: OldStanding.SUSPENDED}


def locked_active(member_id: int) -> BankCertificate | None:
    """The member's active certificate, locked until the transaction ends."""
    rows = BankCertificate.everything.filter(member_id=member_id, status=Status.ACTIVE)
    return rows.select_for_update(of=("self",)).first()


def standing_now(certificate_der: bytes, at: datetime, answers: Answers = NO_ANSWERS) -> Standing:
    """Neither revoked nor suspended by a current list or, where none judges, by a given answer. Raises Refused."""
    trust, now = trust_table(), timedelta(0)
    try:
        return recheck(certificate_der, trust, data_about(certificate_der, trust), at=at, grace=now)
    except Refused as refused:
        answer = answers.get(fingerprint(certificate_der))
        if refused.code not in PARKABLE or answer is None:
            raise
        return recheck(certificate_der, trust, answer, at=at, grace=now)


def standing_of(old: BankCertificate | None, at: datetime, answers: Answers = NO_ANSWERS) -> OldStanding:
    """What is known of the old certificate now; the term counts before the list."""
    if old is None:
        return OldStanding.NONE
    if at > old.valid_until_at:
        return OldStanding.EXPIRED
    try:
        standing_now(bytes(old.der), at, answers)
    except Refused as refused:
        if refused.code in PARKABLE:
            return OldStanding.SUSPENDED if old.is_suspended else OldStanding.UNKNOWN
        return _BY_CODE.get(refused.code, OldStanding.UNTRUSTED)
    return OldStanding.GOOD


def refuse_unusable(
    member_id: int, new: CertificateFacts, old: BankCertificate | None, *, has_ticket: bool
) -> None:
    """Whoever was stopped must not come back by himself.

    Raises Refused: SAME_CERT; CERT_OF_ANOTHER_MEMBER for a key that was stopped on suspicion or a certificate
    that a reviewer refused; TICKET_NEEDED after such a stop for any without a ticket.
    """
    if old is not None and old.cert_sha256 == new.cert_sha256:
        raise Refused(Code.SAME_CERT, "already active")
    mine = BankCertificate.everything.filter(member_id=member_id)
    stops = mine.filter(spki_sha256=new.spki_sha256).values_list("stopped_for", flat=True)
    if not all(may_come_back(stopped_for) for stopped_for in stops):
        raise Refused(Code.CERT_OF_ANOTHER_MEMBER, "stopped before")
    refused = Replacement.everything.filter(member_id=member_id, code=REVIEW_REFUSED)
    if refused.filter(evidence__cert_sha256=new.cert_sha256).exists():
        raise Refused(Code.CERT_OF_ANOTHER_MEMBER, "refused by a reviewer")
    newest = mine.order_by("-pk").values_list("stopped_for", flat=True).first()
    if old is None and newest and needs_ticket(newest) and not has_ticket:
        raise Refused(Code.TICKET_NEEDED, f"stopped: {newest}")


def register(
    *,
    member_id: int,
    new: CertificateFacts,
    old: BankCertificate | None,
    method: Method,
    user_id: int | None,
    at: datetime,
    because: OldStanding = OldStanding.NONE,
) -> BankCertificate:
    """Old to REPLACED, then new to ACTIVE, in the caller's transaction; the unique constraints decide races.

    `because`: what was known of the old one when the rule let it go.

    Raises Refused(CERT_OF_ANOTHER_MEMBER) when the key is active at another member.
    """
    if old is not None:
        old.status, old.ended_at = Status.REPLACED, at
        old.ended_because = _ENDED.get(because, "새 인증서로 교체")
        old.save(update_fields=["status", "ended_at", "ended_because"])
    try:
        with transaction.atomic():
            return _create(member_id, new, method, user_id, at)
    except IntegrityError as error:
        if "certificate_one_active_a_key" not in str(error):
            raise
        raise Refused(Code.CERT_OF_ANOTHER_MEMBER, "key active at another member") from None


def _create(
    member_id: int, new: CertificateFacts, method: Method, user_id: int | None, at: datetime
) -> BankCertificate:
    return BankCertificate.everything.create(
        member_id=member_id,
        status=Status.ACTIVE,
        der=new.der,
        cert_sha256=new.cert_sha256,
        spki_sha256=new.spki_sha256,
        issuer_der=new.issuer_der,
        issuer_name=new.issuer_dn[:200],
        serial_hex=new.serial_hex,
        subject_name=new.subject_dn[:300],
        bank_code=new.bank_code,
        bank_name=new.bank_name,
        policy_oid=new.policy_oid,
        purpose_name=new.purpose_name[:80],
        valid_from_at=new.valid_from_at,
        valid_until_at=new.valid_until_at,
        crl_point=(new.crl_points[0] if new.crl_points else "")[:300],
        registered_at=at,
        registered_by_id=user_id,
        method=method,
        checked_at=at,
    )
