"""What a verification is given: the page's answer, whom it must belong to, and how strict to be."""

from dataclasses import dataclass, field
from datetime import timedelta

from certificates.x509.purposes import DEFAULT_ALLOWED


@dataclass(frozen=True)
class Submission:
    """What the page sent: certificate DER, raw signature over the challenge, sealed R."""

    certificate: bytes
    signature: bytes
    sealed_random: bytes = field(repr=False)


@dataclass(frozen=True)
class BusinessClaim:
    """The member must hold a certificate of this business number: 10 digits, from the member's row."""

    business_number: str


@dataclass(frozen=True)
class ResidentClaim:
    """The certificate must be the registered representative's, whose resident number was sealed with R.

    Only where a legal basis is stated; the member itself was chosen by business number.
    """

    real_name: str


Claim = BusinessClaim | ResidentClaim


@dataclass(frozen=True)
class VerificationPolicy:
    """`allowed_policies`: OIDs accepted. `grace`: how long after its end revocation data still serves.

    `park`: missing revocation data leaves a pending receipt instead of refusing.
    """

    allowed_policies: frozenset[str] = DEFAULT_ALLOWED
    grace: timedelta = timedelta(0)
    park: bool = True
