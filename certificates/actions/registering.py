"""The registered certificate itself: what is known of it, who may not take its place, and the exchange."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from certificates.models import BankCertificate, Method, Replacement, ReplacementState, Status
from certificates.queries import trust_table
from certificates.refusals import PARKABLE, Code, Refused
from certificates.revocation.lookup import data_about
from certificates.rules.replacing import OldStanding
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


def standing_now(certificate_der: bytes, at: datetime) -> Standing:
    """Neither revoked nor suspended by a current list. Raises Refused."""
    trust = trust_table()
    data = data_about(certificate_der, trust)
    return recheck(certificate_der, trust, data, at=at, grace=timedelta(0))


def standing_of(old: BankCertificate | None, at: datetime) -> OldStanding:
    """What is known of the old certificate now; the term counts before the list."""
    if old is None:
        return OldStanding.NONE
    if at > old.valid_until_at:
        return OldStanding.EXPIRED
    try:
        standing_now(bytes(old.der), at)
    except Refused as refused:
        if refused.code in PARKABLE:
            return OldStanding.SUSPENDED if old.is_suspended else OldStanding.UNKNOWN
        return _BY_CODE.get(refused.code, OldStanding.UNTRUSTED)
    return OldStanding.GOOD


def refuse_unusable(
    member_id: int, new: CertificateFacts, old: BankCertificate | None, *, has_ticket: bool
) -> None:
    """Raises Refused: SAME_CERT; CERT_OF_ANOTHER_MEMBER for one that was frozen, or, after a freeze, for any
    without a ticket: whoever was stopped must not come back by himself."""
    if old is not None and old.cert_sha256 == new.cert_sha256:
        raise Refused(Code.SAME_CERT, "already active")
    mine = Replacement.everything.filter(member_id=member_id)
    if mine.filter(state=ReplacementState.FROZEN, new__cert_sha256=new.cert_sha256).exists():
        raise Refused(Code.CERT_OF_ANOTHER_MEMBER, "frozen before")
    settled = mine.filter(state__in=[ReplacementState.DONE, ReplacementState.FROZEN]).order_by("-pk").first()
    if settled is not None and settled.state == ReplacementState.FROZEN and not has_ticket:
        raise Refused(Code.CERT_OF_ANOTHER_MEMBER, "frozen; needs a ticket")


def register(
    *,
    member_id: int,
    new: CertificateFacts,
    old: BankCertificate | None,
    method: Method,
    user_id: int | None,
    at: datetime,
) -> BankCertificate:
    """Old to REPLACED, then new to ACTIVE, in the caller's transaction; the unique constraints decide races.

    Raises Refused(CERT_OF_ANOTHER_MEMBER) when the key is active at another member.
    """
    if old is not None:
        old.status, old.ended_at = Status.REPLACED, at
        old.ended_because = _ENDED.get(standing_of(old, at), "새 인증서로 교체")
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
