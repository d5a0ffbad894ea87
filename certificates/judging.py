"""One verification with what this portal holds: its trust table, sealing keys, lists and allowed policies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from certificates.keys import sealing_keys
from certificates.models import Challenge
from certificates.queries import trust_table
from certificates.revocation.lookup import data_about
from certificates.x509.purposes import DEFAULT_ALLOWED, PERSONAL_BANK, PERSONAL_GENERAL
from certificates.x509.receipt import Receipt
from certificates.x509.submission import BusinessClaim, Claim, ResidentClaim, Submission, VerificationPolicy
from certificates.x509.verification import verify
from portal.members.models import Member

STALE_FOR_LOGIN = timedelta(hours=24)
_PERSONAL = frozenset({PERSONAL_GENERAL, PERSONAL_BANK})


@dataclass(frozen=True)
class Judgement:
    """An accepted certificate. `is_stale`: judged by a list whose successor is late."""

    receipt: Receipt
    is_stale: bool


def allowed_policies(*, by_resident_number: bool = False) -> frozenset[str]:
    """OIDs accepted here; a person's own only where he proves his resident number."""
    allowed = frozenset(settings.CERTIFICATE_ALLOWED_POLICIES) or DEFAULT_ALLOWED
    return allowed | _PERSONAL if by_resident_number else allowed


def claim_of(challenge: Challenge, member: Member | None) -> Claim:
    """Whom the certificate must belong to. For an unknown number the typed one, so that the work is the same."""
    if challenge.by_resident_number:
        return ResidentClaim(member.representative_name if member else "")
    return BusinessClaim(member.business_number if member else challenge.reference)


def judge(
    *,
    submission: Submission,
    challenge: Challenge,
    claim: Claim,
    at: datetime,
    grace: timedelta = timedelta(0),
    park: bool = False,
) -> Judgement:
    """The verifier's receipt. Raises Refused."""
    trust = trust_table()
    data = data_about(submission.certificate, trust)
    receipt = verify(
        submission=submission,
        challenge=challenge.text.encode("utf-8"),
        claim=claim,
        trust=trust,
        policy=VerificationPolicy(
            allowed_policies=allowed_policies(by_resident_number=challenge.by_resident_number),
            grace=grace,
            park=park,
        ),
        sealing_keys=sealing_keys(),
        revocation=data,
        at=at,
    )
    return Judgement(receipt, is_stale=data is not None and at > data.header.next_update_at)
