"""A member's certificate with its key and R, in the profile of yessign."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certificates.minting import encode
from certificates.minting.authorities import (
    DIRECTORY,
    OCSP_URI,
    ORGANIZATION,
    Authority,
    distribution_points,
    issuer_key_identifier,
    key_usage,
    name,
    policies,
)
from certificates.minting.identifydata import subject_alternative_name, vid_value
from certificates.x509 import der
from certificates.x509.facts import KST
from certificates.x509.identity import RANDOM_LENGTH
from certificates.x509.purposes import CORPORATE_BANK

SIGNING = ("digital_signature", "content_commitment")
ENCRYPTING = ("key_encipherment", "data_encipherment")
_SHA1_RSA = encode.sequence(encode.oid("1.2.840.113549.1.1.5"), encode.NULL)


def partition_uri(partition: str) -> str:
    """Address of one part of the revocation list, e.g. `dp4p12`."""
    return f"{DIRECTORY}/ou={partition},ou=AccreditedCA,o={ORGANIZATION},c=kr?certificateRevocationList"


@dataclass(frozen=True)
class LeafSpec:
    """What the certificate shall say. Days are Korean and inclusive; `number` is digits only.

    `identity` replaces the subjectAltName (None: none at all), for the malformed ones.
    """

    company: str
    number: str
    first_day_on: date
    last_day_on: date
    latin: str = ""
    bank_code: str = "003"
    bank_ou: str = "IBK"
    type_ou: str = "corporation4EC"
    policy_oid: str = CORPORATE_BANK
    vid_hash: str = "sha256"
    usage: tuple[str, ...] = SIGNING
    partition: str = "dp1p1"
    key_bits: int = 2048
    key_exponent: int = 65537
    sha1: bool = False
    identity: x509.SubjectAlternativeName | None = None
    with_identity: bool = True
    with_random: bool = True

    @property
    def common_name(self) -> str:
        return f"{self.company}({self.latin})0{self.bank_code}04x{self.first_day_on:%Y%m%d}1000001"


@dataclass(frozen=True)
class Leaf:
    """A minted certificate. `random` is R; `issuer` signed it."""

    spec: LeafSpec
    issuer: Authority
    key: RSAPrivateKey = field(repr=False)
    random: bytes = field(repr=False)
    der: bytes

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    def sign(self, challenge: bytes) -> bytes:
        """What the page does with the key."""
        return self.key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())


def mint_leaf(issuer: Authority, spec: LeafSpec, *, key: RSAPrivateKey | None = None) -> Leaf:
    """A certificate after `spec`; `key` spares the time of making one."""
    holder = key or rsa.generate_private_key(spec.key_exponent, spec.key_bits)
    random = secrets.token_bytes(RANDOM_LENGTH)
    certificate = _builder(issuer, spec, holder, random).sign(issuer.key, hashes.SHA256())
    data = certificate.public_bytes(Encoding.DER)
    return Leaf(spec, issuer, holder, random, _signed_with_sha1(data, issuer) if spec.sha1 else data)


def reissued(leaf: Leaf, **changes: object) -> Leaf:
    """Another certificate of the same key with some things said differently."""
    return mint_leaf(leaf.issuer, replace(leaf.spec, **changes), key=leaf.key)  # type: ignore[arg-type]


def _builder(issuer: Authority, spec: LeafSpec, holder: RSAPrivateKey, random: bytes) -> x509.CertificateBuilder:
    starts_at = datetime.combine(spec.first_day_on, time(), KST)
    ends_at = datetime.combine(spec.last_day_on, time(), KST) + timedelta(days=1, seconds=-1)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_URI))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(spec))
        .issuer_name(issuer.certificate.subject)
        .public_key(holder.public_key())
        .serial_number(secrets.randbits(30) | 1 << 29)
        .not_valid_before(starts_at)
        .not_valid_after(ends_at)
        .add_extension(issuer_key_identifier(issuer.certificate), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(holder.public_key()), critical=False)
        .add_extension(key_usage(*spec.usage), critical=True)
        .add_extension(policies(spec.policy_oid, "이 인증서는 시험용 공동인증서입니다"), critical=True)
        .add_extension(distribution_points(partition_uri(spec.partition)), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    )
    if not spec.with_identity:
        return builder
    vid = vid_value(spec.number, random, spec.vid_hash)
    identity = spec.identity or subject_alternative_name(spec.company, vid)
    return builder.add_extension(identity, critical=False)


def _subject(spec: LeafSpec) -> x509.Name:
    return name(
        "kr",
        ORGANIZATION,
        (NameOID.ORGANIZATIONAL_UNIT_NAME, spec.type_ou),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, spec.bank_ou),
        (NameOID.COMMON_NAME, spec.common_name),
    )


def _signed_with_sha1(data: bytes, issuer: Authority) -> bytes:
    """The same certificate over SHA-1, which the library no longer builds."""
    tbs = list(der.children(der.parse(der.sequence(data)[0].encoded)))
    parts = [part.encoded for part in tbs]
    parts[2] = _SHA1_RSA
    signed = encode.sequence(*parts)
    signature = issuer.key.sign(signed, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - a fault on purpose
    return encode.sequence(signed, _SHA1_RSA, encode.bits(signature))
