"""The whole judgement of a bank certificate, its checks in one fixed order.

size, form, strength, signature, issuer, validity, path, key usage, policy, revocation, identity.
The signature comes before anything is told about the certificate: only who holds the key learns why
it is refused. Consuming the challenge (before) and looking for duplicates (after) belong to the caller.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certificates.refusals import PARKABLE, Code, Refused
from certificates.x509 import identity, path, proof, sealing, strength, usage
from certificates.x509.facts import CertificateFacts, facts_of, load
from certificates.x509.purposes import KIND_LABELS
from certificates.x509.receipt import Check, CheckName, Evidence, Receipt, shown_time
from certificates.x509.revocation import RevocationData, check_revocation
from certificates.x509.submission import BusinessClaim, Claim, Submission, VerificationPolicy
from certificates.x509.trust import PinnedCertificate, TrustTable

MAX_SIGNATURE = 1024  # bytes, RSA-8192
MAX_SEALED = 1024


def verify(
    *,
    submission: Submission,
    challenge: bytes,
    claim: Claim,
    trust: TrustTable,
    policy: VerificationPolicy,
    sealing_keys: Sequence[RSAPrivateKey],
    revocation: RevocationData,
    at: datetime,
) -> Receipt:
    """The receipt of an accepted certificate. Raises Refused, whatever the bytes are.

    `challenge` is the exact text the member signed, UTF-8; `sealing_keys` the live ones, newest first;
    `at` is aware. A receipt with `pending` set means: everything else passed, identity included, and
    revocation is to be asked again.
    """
    trial = _Trial(submission, challenge, claim, trust, policy, sealing_keys, revocation, at)
    try:
        facts = trial.run()
    except Refused as refused:
        refused.passed = tuple(trial.checks)
        raise
    return Receipt(
        certificate=facts,
        checks=tuple(trial.checks),
        verified_at=at,
        challenge_sha256=hashlib.sha256(challenge).hexdigest(),
        pending=trial.pending,
    )


@dataclass
class _Trial:
    """One verification under way: what was given, and the checks made so far."""

    submission: Submission
    challenge: bytes
    claim: Claim
    trust: TrustTable
    policy: VerificationPolicy
    sealing_keys: Sequence[RSAPrivateKey] = field(repr=False)
    revocation: RevocationData
    at: datetime
    checks: list[Check] = field(default_factory=list)
    pending: Code | None = None

    def run(self) -> CertificateFacts:
        certificate, facts = self._read()
        issuer = self._place(certificate, facts)
        self._fit(certificate, facts)
        self._standing(certificate, facts, issuer)
        self._identify(certificate, facts)
        return facts

    def _passed(self, name: CheckName, **evidence: str) -> None:
        lines = tuple(Evidence(label.replace("_", " "), value) for label, value in evidence.items())
        self.checks.append(Check(name, lines))

    def _read(self) -> tuple[x509.Certificate, CertificateFacts]:
        """Size, form, strength and the proof of possession."""
        given = self.submission
        if len(given.signature) > MAX_SIGNATURE or len(given.sealed_random) > MAX_SEALED:
            raise Refused(Code.UPLOAD_TOO_LARGE, "signature or sealed R")
        certificate = load(given.certificate)
        facts = facts_of(certificate)
        self._passed(CheckName.SIZE, 크기=f"{len(given.certificate):,}바이트")
        self._passed(CheckName.FORM, 일련번호=facts.serial_hex, 인증서_지문=facts.cert_sha256)
        key = strength.strong_key(certificate)
        digest = strength.strong_signature_hash(certificate)
        self._passed(CheckName.STRENGTH, 키=f"RSA {key.key_size}비트", 서명_해시=digest.upper())
        proof.check_signature(key, given.signature, self.challenge)
        self._passed(CheckName.SIGNATURE, 방식="RSASSA-PKCS1-v1_5, SHA-256")
        return certificate, facts

    def _place(self, certificate: x509.Certificate, facts: CertificateFacts) -> PinnedCertificate:
        """Issuer, validity and path."""
        issuer = path.find_issuer(certificate, facts, self.trust)
        self._passed(CheckName.ISSUER, 발급기관=issuer.name, 발급기관_지문=issuer.sha256)
        path.check_validity(facts, at=self.at)
        self._passed(
            CheckName.VALIDITY,
            시작=shown_time(facts.valid_from_at),
            끝=shown_time(facts.valid_until_at),
            확인_시각=shown_time(self.at),
        )
        root = path.check_path(certificate, issuer, self.trust, at=self.at)
        self._passed(CheckName.PATH, 최상위기관=root.name)
        return issuer

    def _fit(self, certificate: x509.Certificate, facts: CertificateFacts) -> None:
        """Key usage and purpose."""
        usage.check_key_usage(certificate)
        self._passed(CheckName.KEY_USAGE, 용도="전자서명, 부인방지")
        purpose = usage.check_policy(facts, self.policy.allowed_policies)
        kind = KIND_LABELS[purpose.kind]
        self._passed(CheckName.POLICY, 용도=purpose.name, 구분=kind, 정책번호=purpose.oid)

    def _standing(self, certificate: x509.Certificate, facts: CertificateFacts, issuer: PinnedCertificate) -> None:
        """Revocation; without usable data the case is parked where the policy says so."""
        try:
            standing = check_revocation(
                certificate,
                facts,
                issuer,
                self.trust,
                self.revocation,
                at=self.at,
                grace=self.policy.grace,
            )
        except Refused as refused:
            if not self.policy.park or refused.code not in PARKABLE:
                raise
            self.pending = refused.code
            waiting = Evidence("상태", "확인 자료를 기다리는 중")
            self.checks.append(Check(CheckName.REVOCATION, (waiting,), passed=False))
            return
        late = () if standing.current else (Evidence("참고", "다음 발행이 늦어진 자료로 확인함"),)
        self.checks.append(Check(CheckName.REVOCATION, standing.evidence + late))

    def _identify(self, certificate: x509.Certificate, facts: CertificateFacts) -> None:
        """Is the holder the member? The only place where R is in the clear."""
        vid = identity.virtual_id(certificate)
        unsealed = sealing.unseal(self.submission.sealed_random, self.challenge, self.sealing_keys)
        if isinstance(self.claim, BusinessClaim):
            if not identity.matches(vid, number=self.claim.business_number, random=unsealed.random):
                raise Refused(Code.VID_MISMATCH, "VID differs")
            self._passed(CheckName.IDENTITY, 기준="사업자등록번호", 해시=vid.hash_name.upper())
            return
        if not unsealed.resident_number:
            raise Refused(Code.IDENTITY_NUMBER_FORMAT, "no resident number sealed")
        same_number = identity.matches(vid, number=unsealed.resident_number, random=unsealed.random)
        same_name = bool(self.claim.real_name) and facts.real_name == self.claim.real_name
        if not (same_number and same_name):
            raise Refused(Code.HOLDER_MISMATCH, "name or number differs")
        self._passed(CheckName.IDENTITY, 기준="대표자 성명과 주민등록번호", 해시=vid.hash_name.upper())
