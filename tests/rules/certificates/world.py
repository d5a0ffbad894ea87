"""The minted world the tests of this folder share, and one way to have something judged in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_faults, mint_sound, revocations
from certificates.minting.leaves import Leaf
from certificates.minting.page import answer
from certificates.minting.revocation import mint_list, scope
from certificates.x509.facts import KST
from certificates.x509.receipt import Receipt
from certificates.x509.revocation import ListBytes, RevocationData
from certificates.x509.submission import BusinessClaim, Claim, Submission, VerificationPolicy
from certificates.x509.trust import TrustTable
from certificates.x509.verification import verify

AT = datetime(2026, 11, 23, 10, 0, tzinfo=KST)  # Monday
NUMBER = "9018112019"
REPRESENTATIVE = "김대표"
RESIDENT = "9901011000000"
HOLDER = Holder("한빛설비(주)", NUMBER, representative=REPRESENTATIVE, resident_number=RESIDENT)
CHALLENGE = b"SEOLBI-CERT-AUTH-V1\n{}"
LIST_NUMBER = 41


@dataclass(frozen=True)
class World:
    """Everything minted once per run; making keys is what takes the time."""

    hierarchy: Hierarchy
    sealing_key: RSAPrivateKey
    sound: tuple[Specimen, ...]
    faults: dict[str, Specimen]
    trust: TrustTable
    old_list: bytes
    new_list: bytes

    @property
    def good(self) -> Leaf:
        return self.sound[0].leaf

    @property
    def newest(self) -> Leaf:
        """Of the newer generation."""
        return self.sound[-1].leaf

    def submission(self, leaf: Leaf, challenge: bytes = CHALLENGE, *, resident_number: str = "") -> Submission:
        key = self.sealing_key.public_key()
        return answer(leaf, challenge, key, resident_number=resident_number)


@cache
def world() -> World:
    hierarchy = mint_hierarchy(at=AT)
    faults = mint_faults(hierarchy, HOLDER, today=AT.date())
    return World(
        hierarchy=hierarchy,
        sealing_key=rsa.generate_private_key(65537, 3072),
        sound=tuple(mint_sound(hierarchy, HOLDER, today=AT.date())),
        faults={specimen.label: specimen for specimen in faults},
        trust=hierarchy.trust(),
        old_list=mint_list(
            hierarchy.old_issuer,
            revocations(faults, at=AT),
            point=scope("dp1p1"),
            number=LIST_NUMBER,
            this_update_at=AT - timedelta(hours=2),
            next_update_at=AT + timedelta(hours=22),
        ),
        new_list=mint_list(
            hierarchy.new_issuer,
            point=scope("dp1p1"),
            number=LIST_NUMBER,
            this_update_at=AT - timedelta(hours=2),
            next_update_at=AT + timedelta(hours=22),
        ),
    )


def judged(
    submission: Submission | Leaf,
    *,
    revocation: RevocationData | str = "current",
    claim: Claim | None = None,
    policy: VerificationPolicy | None = None,
    trust: TrustTable | None = None,
    challenge: bytes = CHALLENGE,
    at: datetime = AT,
) -> Receipt:
    """The verdict in a world where everything else is in order; by default nothing is parked."""
    here = world()
    if isinstance(submission, Leaf):
        submission = here.submission(submission, challenge)
    if isinstance(revocation, str):
        new = here.hierarchy.new_issuer.certificate.subject.public_bytes() in submission.certificate
        revocation = ListBytes(here.new_list if new else here.old_list)
    return verify(
        submission=submission,
        challenge=challenge,
        claim=claim or BusinessClaim(NUMBER),
        trust=trust or here.trust,
        policy=policy or VerificationPolicy(park=False),
        sealing_keys=[here.sealing_key],
        revocation=revocation,
        at=at,
    )
