"""One verification with what this portal holds: its trust table, sealing keys, lists and allowed policies.

Not for use inside a transaction: where no list judges a proven certificate, its responder is asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from certificates.keys import sealing_keys
from certificates.models import Challenge
from certificates.queries import trust_table
from certificates.refusals import PARKABLE, Refused
from certificates.revocation.lookup import data_about
from certificates.revocation.responders import Responders, fingerprint
from certificates.x509.purposes import DEFAULT_ALLOWED, PERSONAL_BANK, PERSONAL_GENERAL
from certificates.x509.receipt import Receipt
from certificates.x509.revocation import RevocationData
from certificates.x509.submission import BusinessClaim, Claim, ResidentClaim, Submission, VerificationPolicy
from certificates.x509.trust import TrustTable
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
    """The verifier's receipt. Raises Refused.

    The responder is asked only about a certificate that passed every check before revocation, so that nobody
    without its key makes us ask.
    """
    trust = trust_table()
    trial = _Trial(submission, challenge, claim, trust, grace, park, at)
    listed = data_about(submission.certificate, trust)
    try:
        receipt = trial.by(listed)
    except Refused as refused:
        said = trial.answer() if refused.code in PARKABLE else None
        if said is None:
            raise
        return Judgement(trial.by(said), is_stale=False)
    if receipt.pending and (said := trial.answer()) is not None:
        return Judgement(trial.by(said), is_stale=False)
    return Judgement(receipt, is_stale=listed is not None and at > listed.header.next_update_at)


@dataclass(frozen=True)
class _Trial:
    """What is judged, whatever the revocation data."""

    submission: Submission
    challenge: Challenge
    claim: Claim
    trust: TrustTable
    grace: timedelta
    park: bool
    at: datetime

    def by(self, revocation: RevocationData) -> Receipt:
        return verify(
            submission=self.submission,
            challenge=self.challenge.text.encode("utf-8"),
            claim=self.claim,
            trust=self.trust,
            policy=VerificationPolicy(
                allowed_policies=allowed_policies(by_resident_number=self.challenge.by_resident_number),
                grace=self.grace,
                park=self.park,
            ),
            sealing_keys=sealing_keys(),
            revocation=revocation,
            at=self.at,
        )

    def answer(self) -> RevocationData:
        """What the issuer's responder says, if it has one."""
        data = self.submission.certificate
        return Responders().ask_about([data], self.trust, at=self.at).get(fingerprint(data))
