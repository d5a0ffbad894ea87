"""Reading an authority's certificate as it is proposed: what it says of itself, and whether it can be one."""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certificates.models import AuthorityRole
from certificates.refusals import Code, Refused
from certificates.x509 import facts, strength
from certificates.x509.boundary import NOT_ISSUED, refusing
from certificates.x509.facts import CertificateFacts
from portal.refusals import Refusal

PEM_MARK = b"-----BEGIN CERTIFICATE-----"
MAX_TEXT = 16 * 1024  # bytes of PEM; a DER of 8 KiB is 11 KiB of it


class NotAnAuthority(Refusal):
    """A certificate that cannot play the part it is proposed for."""


class AuthorityEnded(Refusal):
    """An authority whose term is over."""

    message = "유효기간이 끝난 기관 인증서입니다. 기관에서 지금 쓰는 인증서를 받아 주세요."


def read_authority(data: bytes) -> tuple[x509.Certificate, CertificateFacts]:
    """A certificate out of PEM or DER. Refused: UPLOAD_TOO_LARGE, PRIVATE_KEY_UPLOADED, CERT_MALFORMED."""
    if len(data) > MAX_TEXT:
        raise Refused(Code.UPLOAD_TOO_LARGE, f"{len(data)} bytes")
    certificate = facts.load(_der_of(data))
    return certificate, facts.facts_of(certificate)


@refusing(Code.CERT_MALFORMED)
def _der_of(data: bytes) -> bytes:
    if PEM_MARK not in data or b"PRIVATE KEY" in data:
        return data
    if data.count(PEM_MARK) != 1:
        raise ValueError("more than one certificate")
    return x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)


def check_role(
    certificate: x509.Certificate, role: AuthorityRole, *, roots: Iterable[x509.Certificate], at: datetime
) -> None:
    """Whether it can be a root, an issuer below one of `roots`, or an OCSP responder.

    Raises NotAnAuthority, AuthorityEnded, Refused(WEAK_KEY, WEAK_SIGNATURE_HASH).
    """
    strength.strong_key(certificate)
    strength.strong_signature_hash(certificate)
    if certificate.not_valid_after_utc <= at:
        raise AuthorityEnded
    if role == AuthorityRole.RESPONDER:
        if not _answers_ocsp(certificate):
            raise NotAnAuthority("상태확인 응답용(OCSP Signing) 인증서가 아닙니다. 구분과 파일을 확인해 주세요.")
        return
    if not _is_authority(certificate):
        raise NotAnAuthority("기관 인증서가 아닙니다. 조합원이 쓰는 인증서는 여기에 등록하지 않습니다.")
    if role == AuthorityRole.ROOT:
        if not _is_issued_by(certificate, certificate):
            raise NotAnAuthority("스스로 서명한 최상위기관 인증서가 아닙니다. '발급기관'인지 확인해 주세요.")
    elif not any(_is_issued_by(certificate, root) for root in roots):
        raise NotAnAuthority("승인된 최상위기관이 발급한 인증서가 아닙니다. 그 최상위기관부터 등록해 주세요.")


@refusing(Code.CERT_MALFORMED)
def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


@refusing(Code.CERT_MALFORMED)
def _answers_ocsp(certificate: x509.Certificate) -> bool:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in uses


def _is_issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except NOT_ISSUED:
        return False
    return True
