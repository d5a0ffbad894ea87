"""What a bank certificate says of itself: read once, kept as plain values. Nothing here is verified."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certificates.refusals import Code, Refused
from certificates.x509 import der, keyupload
from certificates.x509.banks import bank_code, bank_name
from certificates.x509.boundary import refusing
from certificates.x509.identity import real_name
from certificates.x509.partitions import points_of
from certificates.x509.purposes import Kind, purpose_of

MAX_CERTIFICATE = 8 * 1024  # bytes
_VERSION = 0xA0
_LONGEST_SERIAL = 20  # octets
KST = timezone(timedelta(hours=9), "KST")  # Korea has had no summer time since 1988


@dataclass(frozen=True)
class CertificateFacts:
    """Facts of one certificate. Digests are lower-case hex, times are aware and in Korean time.

    `issuer_der` and `subject_der` are the names byte for byte as signed: they are what is compared.
    `crl_points` and `ocsp_uris` name partition and responder; whoever fetches checks them against its own
    list of hosts and never goes where a certificate points.
    """

    der: bytes = field(repr=False)
    cert_sha256: str
    spki_sha256: str
    serial_hex: str
    issuer_der: bytes
    issuer_dn: str
    subject_der: bytes
    subject_dn: str
    common_name: str
    real_name: str
    bank_code: str
    bank_name: str
    policy_oids: tuple[str, ...]
    valid_from_at: datetime
    valid_until_at: datetime
    crl_points: tuple[str, ...]
    ocsp_uris: tuple[str, ...]

    @property
    def policy_oid(self) -> str:
        """The first policy; banks write exactly one. "" without any."""
        return self.policy_oids[0] if self.policy_oids else ""

    @property
    def purpose_name(self) -> str:
        return purpose_of(self.policy_oid).name

    @property
    def kind(self) -> Kind:
        return purpose_of(self.policy_oid).kind

    @property
    def first_day_on(self) -> date:
        """First day of validity in Korea, inclusive."""
        return self.valid_from_at.date()

    @property
    def last_day_on(self) -> date:
        """Last day of validity in Korea, inclusive; the last second is 23:59:59."""
        return self.valid_until_at.date()


def load(data: bytes) -> x509.Certificate:
    """The parsed certificate. Refused: UPLOAD_TOO_LARGE, PRIVATE_KEY_UPLOADED, CERT_MALFORMED."""
    if len(data) > MAX_CERTIFICATE:
        raise Refused(Code.UPLOAD_TOO_LARGE, f"{len(data)} bytes")
    if keyupload.holds_private_key(data):
        raise Refused(Code.PRIVATE_KEY_UPLOADED, "upload holds a private key")
    return _load(data)


@refusing(Code.CERT_MALFORMED)
def _load(data: bytes) -> x509.Certificate:
    der.scan(data)
    _check_serial(data)
    certificate = x509.load_der_x509_certificate(data)
    if certificate.public_bytes(Encoding.DER) != data:
        raise ValueError("not the bytes that were sent")
    return certificate


def _check_serial(data: bytes) -> None:
    """Positive and of 20 octets at most (RFC 5280 §4.1.2.2); lists name certificates by it."""
    tbs = der.sequence(der.sequence(data)[0].encoded)
    serial = tbs[1 if tbs[0].tag == _VERSION else 0]
    octets = serial.value
    if serial.tag != der.INTEGER or not 0 < len(octets) <= _LONGEST_SERIAL or octets[0] & 0x80 or not any(octets):
        raise der.NotDer("serial number")


def read_certificate(data: bytes) -> CertificateFacts:
    """Facts of the DER certificate `data`. Refused as `load`."""
    return facts_of(load(data))


@refusing(Code.CERT_MALFORMED)
def facts_of(certificate: x509.Certificate) -> CertificateFacts:
    """Facts of a loaded certificate. Refused: CERT_MALFORMED."""
    data = certificate.public_bytes(Encoding.DER)
    issuer_der, subject_der = names_of(certificate)
    common_name = _last(certificate.subject, NameOID.COMMON_NAME)
    units = _values(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    code = bank_code(common_name)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CertificateFacts(
        der=data,
        cert_sha256=hashlib.sha256(data).hexdigest(),
        spki_sha256=hashlib.sha256(spki).hexdigest(),
        serial_hex=f"{certificate.serial_number:x}",
        issuer_der=issuer_der,
        issuer_dn=shown_name(certificate.issuer),
        subject_der=subject_der,
        subject_dn=shown_name(certificate.subject),
        common_name=common_name,
        real_name=real_name(certificate),
        bank_code=code,
        bank_name=bank_name(code, units),
        policy_oids=_policies(certificate),
        valid_from_at=certificate.not_valid_before_utc.astimezone(KST),
        valid_until_at=certificate.not_valid_after_utc.astimezone(KST),
        crl_points=points_of(certificate),
        ocsp_uris=_ocsp_uris(certificate),
    )


def names_of(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """(issuer, subject) exactly as encoded in the signed part: string types and case included."""
    members = der.sequence(certificate.tbs_certificate_bytes)
    first = 1 if members[0].tag == _VERSION else 0
    return members[first + 2].encoded, members[first + 4].encoded


def shown_name(name: x509.Name) -> str:
    """The folder form of NPKI: last RDN first, `cn=…,ou=…,o=yessign,c=kr`."""
    return ",".join(
        f"{attribute.rfc4514_attribute_name.lower()}={_text(attribute.value)}"
        for attribute in reversed(list(name))
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(_text(attribute.value) for attribute in name.get_attributes_for_oid(oid))


def _last(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = _values(name, oid)
    return values[-1] if values else ""


def _policies(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(policy.policy_identifier.dotted_string for policy in policies)


def _ocsp_uris(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        description.access_location.value
        for description in access
        if description.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(description.access_location, x509.UniformResourceIdentifier)
    )
