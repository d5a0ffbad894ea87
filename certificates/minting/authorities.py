"""Roots, issuers of two generations, and an OCSP responder under the root, as KISA builds them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from certificates.minting import encode
from certificates.minting.identifydata import subject_alternative_name
from certificates.x509.trust import PinnedCertificate, TrustTable

ORGANIZATION = "yessign-demo"
DIRECTORY = "ldap://ds.demo.test:389"
OCSP_URI = "http://ocsp.demo.test:4612"
_ANY_POLICY = "2.5.29.32.0"
_RESPONDER_POLICY = "1.2.410.200004.2.1"
_CPS = "1.3.6.1.5.5.7.2.1"
_USER_NOTICE = "1.3.6.1.5.5.7.2.2"
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """A certificate with its private key."""

    name: str
    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def pinned(self) -> PinnedCertificate:
        return PinnedCertificate(self.name, self.der, hashlib.sha256(self.der).hexdigest())


@dataclass(frozen=True)
class Hierarchy:
    """Two generations side by side, each with its root and responder; `stranger` nobody pinned."""

    old_root: Authority
    new_root: Authority
    old_issuer: Authority
    new_issuer: Authority
    old_responder: Authority
    new_responder: Authority
    stranger_root: Authority
    stranger: Authority

    def trust(self) -> TrustTable:
        """What a portal that knows both generations holds."""
        return TrustTable(
            roots=(self.old_root.pinned(), self.new_root.pinned()),
            issuers=(self.old_issuer.pinned(), self.new_issuer.pinned()),
        )


def name(country: str, organization: str, *units_and_cn: tuple[ObjectIdentifier, str]) -> x509.Name:
    """C as PrintableString and the rest as UTF8String, in the order of KISA's certificates."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country, _validate=False),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            *(x509.NameAttribute(kind, value) for kind, value in units_and_cn),
        ]
    )


def key_usage(*wanted: str) -> x509.KeyUsage:
    """keyUsage with the named bits, as `cryptography` spells them."""
    bits = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: bit in wanted for bit in bits})


def policies(oid: str, notice: str) -> x509.UnrecognizedExtension:
    """certificatePolicies with CPS and a userNotice in BMPString, which the library cannot write."""
    cps = encode.sequence(encode.oid(_CPS), encode.tlv(0x16, b"http://www.demo.test/cps.html"))
    text = encode.tlv(0x1E, notice.encode("utf-16-be"))
    user_notice = encode.sequence(encode.oid(_USER_NOTICE), encode.sequence(text))
    policy = encode.sequence(encode.oid(oid), encode.sequence(cps, user_notice))
    return x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.32"), encode.sequence(policy))


def issuer_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """With key identifier and issuer and serial, all three."""
    ski = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier(ski.digest, [x509.DirectoryName(issuer.issuer)], issuer.serial_number)


def distribution_points(uri: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(uri)], None, None, None)
    return x509.CRLDistributionPoints([point])


def mint_root(cn: str, *, bits: int, at: datetime) -> Authority:
    """Self-signed, with subject key identifier and basicConstraints only: no keyUsage, as KISA's."""
    key = rsa.generate_private_key(65537, bits)
    subject = name(
        "KR",
        "KISA-demo",
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Korea Certification Authority Central"),
        (NameOID.COMMON_NAME, cn),
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - 2 * _YEAR)
        .not_valid_after(at + 18 * _YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(cn, key, certificate)


def mint_issuer(
    cn: str,
    root: Authority,
    *,
    country: str,
    bits: int,
    at: datetime,
    usage: tuple[str, ...] = ("key_cert_sign", "crl_sign"),
) -> Authority:
    """An accredited authority in the profile of yessignCA; `usage` for one that may not do its work."""
    key = rsa.generate_private_key(65537, bits)
    subject = name(
        country,
        ORGANIZATION,
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "AccreditedCA"),
        (NameOID.COMMON_NAME, cn),
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _YEAR)
        .not_valid_after(at + 9 * _YEAR)
        .add_extension(issuer_key_identifier(root.certificate), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(key_usage(*usage), critical=True)
        .add_extension(policies(_ANY_POLICY, "이 인증서는 시험용 공동인증서입니다"), critical=True)
        .add_extension(subject_alternative_name("금융결제원(데모)"), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None), True)
        .add_extension(distribution_points(f"{DIRECTORY}/cn=root?authorityRevocationList"), critical=False)
        .sign(root.key, hashes.SHA256())
    )
    return Authority(cn, key, certificate)


def mint_responder(
    cn: str,
    certifier: Authority,
    *,
    at: datetime,
    for_ocsp: bool = True,
    critical: bool = True,
    lifetime: timedelta = _YEAR,
) -> Authority:
    """An OCSP responder; Korea's are certified by the root itself."""
    key = rsa.generate_private_key(65537, 2048)
    use = ExtendedKeyUsageOID.OCSP_SIGNING if for_ocsp else ExtendedKeyUsageOID.CLIENT_AUTH
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name("kr", ORGANIZATION, (NameOID.COMMON_NAME, cn)))
        .issuer_name(certifier.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _YEAR)
        .not_valid_after(at - _YEAR + lifetime + timedelta(days=30))
        .add_extension(issuer_key_identifier(certifier.certificate), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(key_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=critical)
        .add_extension(policies(_RESPONDER_POLICY, "OCSP"), critical=False)
        .sign(certifier.key, hashes.SHA256())
    )
    return Authority(cn, key, certificate)


def mint_hierarchy(*, at: datetime) -> Hierarchy:
    """Everything that stands above the members' certificates; valid around `at`."""
    old_root = mint_root("Demo KISA RootCA 4", bits=2048, at=at)
    new_root = mint_root("Demo KISA RootCA 5", bits=3072, at=at)
    stranger_root = mint_root("Demo Stranger Root", bits=2048, at=at)
    return Hierarchy(
        old_root=old_root,
        new_root=new_root,
        old_issuer=mint_issuer("Demo yessignCA Class 3", old_root, country="kr", bits=2048, at=at),
        new_issuer=mint_issuer("Demo yessignCA Class 4", new_root, country="KR", bits=3072, at=at),
        old_responder=mint_responder("Demo OCSP 3", old_root, at=at),
        new_responder=mint_responder("Demo OCSP 4", new_root, at=at),
        stranger_root=stranger_root,
        stranger=mint_issuer("Demo StrangerCA", stranger_root, country="kr", bits=2048, at=at),
    )
