"""Answers of an OCSP responder, with the signer rule that Korea's responders need.

They are certified by the KISA root and not by the issuing authority, which RFC 6960 §4.2.2.2 would
refuse. Accepted signers: the issuer itself; a certificate for OCSP signing (critical) that the issuer
or one of our pinned roots issued; a responder listed by hand.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.refusals import Code, Refused
from certificates.x509 import der
from certificates.x509.boundary import NOT_ISSUED, refusing
from certificates.x509.crl import RevokedEntry
from certificates.x509.facts import KST
from certificates.x509.strength import HASHES_ACCEPTED, strong_key, strong_signature_hash
from certificates.x509.trust import PinnedCertificate, TrustTable

MAX_ANSWER = 32 * 1024  # bytes
CLOCK_SKEW = timedelta(minutes=5)
MAX_AGE = timedelta(minutes=10)  # of an answer that names no nextUpdate


@dataclass(frozen=True)
class OcspAnswer:
    """A verified answer about one certificate. `entry` is None when it is good; times in Korean time."""

    responder_dn: str
    produced_at: datetime
    this_update_at: datetime
    next_update_at: datetime | None
    sha256: str
    current: bool
    entry: RevokedEntry | None


@refusing(Code.OCSP_INVALID)
def open_answer(
    data: bytes,
    certificate: x509.Certificate,
    issuer: PinnedCertificate,
    trust: TrustTable,
    *,
    nonce: bytes | None,
    at: datetime,
    grace: timedelta,
) -> OcspAnswer:
    """The answer about `certificate`. `nonce` is what we asked with, None if we sent none.

    Refused: OCSP_INVALID, OCSP_STALE, REVOCATION_UNAVAILABLE (try later, or status unknown).
    """
    if len(data) > MAX_ANSWER:
        raise Refused(Code.OCSP_INVALID, f"{len(data)} bytes")
    der.scan(data)
    answer = ocsp.load_der_ocsp_response(data)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Refused(Code.REVOCATION_UNAVAILABLE, f"responder says {answer.response_status.name}")
    responder = _signer(answer, issuer, trust, at=at)
    _check_nonce(answer, nonce)
    single = next((one for one in answer.responses if _is_about(one, certificate, issuer)), None)
    if single is None:
        raise Refused(Code.OCSP_INVALID, "answer about another certificate")
    current = _check_fresh(single, at=at, grace=grace)
    return OcspAnswer(
        responder_dn=responder.subject.rfc4514_string(),
        produced_at=answer.produced_at_utc.astimezone(KST),
        this_update_at=single.this_update_utc.astimezone(KST),
        next_update_at=single.next_update_utc.astimezone(KST) if single.next_update_utc else None,
        sha256=hashlib.sha256(data).hexdigest(),
        current=current,
        entry=_entry(single),
    )


def _check_nonce(answer: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    for extension in answer.extensions:
        if extension.critical and not isinstance(extension.value, x509.OCSPNonce):
            raise Refused(Code.OCSP_INVALID, f"critical {extension.oid.dotted_string}")
    if nonce is None:
        return
    try:
        given = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        raise Refused(Code.OCSP_INVALID, "answer without nonce") from None
    if not hmac.compare_digest(given, nonce):
        raise Refused(Code.OCSP_INVALID, "answer to another question")


def _is_about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: PinnedCertificate) -> bool:
    algorithm = single.hash_algorithm
    if single.serial_number != certificate.serial_number:
        return False
    name = hashlib.new(algorithm.name, issuer.subject_der).digest()
    key = hashlib.new(algorithm.name, _key_bits(issuer.certificate)).digest()
    return hmac.compare_digest(name, single.issuer_name_hash) and hmac.compare_digest(key, single.issuer_key_hash)


def _key_bits(certificate: x509.Certificate) -> bytes:
    """Content of the subjectPublicKey BIT STRING, for RSA its PKCS#1 form."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _check_fresh(single: ocsp.OCSPSingleResponse, *, at: datetime, grace: timedelta) -> bool:
    this_update = single.this_update_utc
    ends = single.next_update_utc or this_update + MAX_AGE
    if this_update > at + CLOCK_SKEW or ends < this_update:
        raise Refused(Code.OCSP_INVALID, "answer from the future")
    if at > ends + grace:
        raise Refused(Code.OCSP_STALE, f"answer ends {ends.isoformat()}")
    return at <= ends


def _entry(single: ocsp.OCSPSingleResponse) -> RevokedEntry | None:
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return None
    revoked_at = single.revocation_time_utc
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN or revoked_at is None:
        raise Refused(Code.REVOCATION_UNAVAILABLE, "responder does not know the certificate")
    reason = single.revocation_reason or x509.ReasonFlags.unspecified
    return RevokedEntry(
        serial_hex=f"{single.serial_number:x}",
        revoked_at=revoked_at.astimezone(KST),
        on_hold=reason is x509.ReasonFlags.certificate_hold,
        reason=reason.value,
    )


def _signer(
    answer: ocsp.OCSPResponse, issuer: PinnedCertificate, trust: TrustTable, *, at: datetime
) -> x509.Certificate:
    listed = [pin.certificate for pin in trust.responders]
    for candidate in (issuer.certificate, *listed, *answer.certificates):
        if not _is_named(answer, candidate) or not _signed_by(answer, candidate):
            continue
        if candidate != issuer.certificate:
            _check_delegate(candidate, issuer, trust, listed=candidate in listed, at=at)
        return candidate
    raise Refused(Code.OCSP_INVALID, "no acceptable signer")


def _is_named(answer: ocsp.OCSPResponse, candidate: x509.Certificate) -> bool:
    if answer.responder_key_hash is not None:
        digest = hashlib.sha1(_key_bits(candidate), usedforsecurity=False).digest()
        return hmac.compare_digest(digest, answer.responder_key_hash)
    return answer.responder_name == candidate.subject


def _signed_by(answer: ocsp.OCSPResponse, candidate: x509.Certificate) -> bool:
    key, algorithm = candidate.public_key(), answer.signature_hash_algorithm
    if not isinstance(key, RSAPublicKey) or not isinstance(algorithm, HASHES_ACCEPTED):
        return False
    chosen: hashes.HashAlgorithm = algorithm
    try:
        key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), chosen)
    except InvalidSignature:
        return False
    return True


def _check_delegate(
    candidate: x509.Certificate,
    issuer: PinnedCertificate,
    trust: TrustTable,
    *,
    listed: bool,
    at: datetime,
) -> None:
    """Refused: OCSP_INVALID unless in validity, strong, for OCSP signing, and of an accepted origin."""
    if not candidate.not_valid_before_utc - CLOCK_SKEW <= at <= candidate.not_valid_after_utc:
        raise Refused(Code.OCSP_INVALID, "responder not in validity")
    try:
        strong_key(candidate)
        strong_signature_hash(candidate)
    except Refused as refused:
        raise Refused(Code.OCSP_INVALID, f"responder: {refused.detail}") from None
    usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not usage.critical or ExtendedKeyUsageOID.OCSP_SIGNING not in usage.value:
        raise Refused(Code.OCSP_INVALID, "responder not for OCSP signing")
    if not candidate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        raise Refused(Code.OCSP_INVALID, "responder may not sign")
    if not listed and not any(_issued(pin, candidate) for pin in (issuer, *trust.roots)):
        raise Refused(Code.OCSP_INVALID, "responder of unknown origin")


def _issued(pin: PinnedCertificate, candidate: x509.Certificate) -> bool:
    try:
        candidate.verify_directly_issued_by(pin.certificate)
    except NOT_ISSUED:
        return False
    return True
