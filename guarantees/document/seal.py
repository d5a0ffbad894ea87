"""The cooperative's electronic seal on a document: PAdES B-B by pyHanko. `stamping` makes B-LTA of it later.

The key is opened once and held: pyHanko's own signer reads and checks the key at every signature, which
takes longer than everything else together. The seal certifies the
document and forbids every later change (DocMDP, ISO 32000-1 §12.8.2.2).
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, tsp, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.attributes import (
    CMSAttributeProvider,
    SignedAttributeProviderSpec,
    SigningCertificateV2Provider,
)
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

from portal.refusals import Refusal

FIELD = "CooperativeSeal"
DIGEST = "sha256"
RESERVED = 12 * 1024  # bytes for the CMS: a chain of three RSA certificates takes about 6 KB
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class SealUnavailable(Refusal):
    """The seal cannot be used now. `detail` is English for the log; it holds no key, path or PIN."""

    message = "보증서에 전자서명을 할 수 없어 발급을 멈추었습니다. 정보시스템부에 알려 주세요."

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__()

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True)
class KeyFiles:
    """A key in PEM files: `certificates` holds the seal's own certificate first, then its issuers."""

    key: Path
    certificates: Path
    password: bytes | None = None

    def open(self) -> Signer:
        """Raises SealUnavailable."""
        try:
            key = serialization.load_pem_private_key(self.key.read_bytes(), self.password)
            certificates = self.certificates.read_bytes()
            own = load_pem_x509_certificates(certificates)[0]
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SealUnavailable(f"key files: {type(error).__name__}") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise SealUnavailable("key files: neither RSA nor elliptic curve")
        if key.public_key() != own.public_key():
            raise SealUnavailable("key files: key and certificate are not a pair")
        return HeldKeySigner(key, certificates)


class _OwnCertificate(SigningCertificateV2Provider, SignedAttributeProviderSpec):
    """The one attribute that PAdES has beside type and digest: whose signature this is. Encoded once."""

    def __init__(self, own: x509.Certificate) -> None:
        super().__init__(own)
        self._encoded = as_signing_certificate_v2(own).dump()

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        """The same at every signature."""
        return tsp.SigningCertificateV2.load(self._encoded)

    def signed_attr_providers(self, data_digest: bytes, digest_algorithm: str) -> Iterable[CMSAttributeProvider]:
        """Only this one."""
        return (self,)


class HeldKeySigner(Signer):
    """Signs with a key object kept in memory.

    What asn1crypto has built it encodes anew at every look, each level of it several times over; what it has read
    it has as bytes. So the parts of a signature are read back as soon as they are made.
    """

    def __init__(self, key: PrivateKey, certificates: bytes) -> None:
        """`certificates` in PEM, that of the key first, then its issuers."""
        own, *issuers = load_certs_from_pemder_data(certificates)
        self._key = key
        super().__init__(signing_cert=own)
        self._cert_registry.register_multiple(issuers)
        self.signed_attr_prov_spec = _OwnCertificate(own)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature value over `data`. Only SHA-256 is used here."""
        if digest_algorithm != DIGEST:
            raise ValueError(f"unexpected digest {digest_algorithm}")
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    async def async_sign_prescribed_attributes(
        self, digest_algorithm: str, signed_attrs: cms.CMSAttributes, *others: Any, **named: Any
    ) -> cms.ContentInfo:
        """pyHanko's, of attributes that are bytes already."""
        read = cms.CMSAttributes.load(signed_attrs.dump())
        return await super().async_sign_prescribed_attributes(digest_algorithm, read, *others, **named)

    def signer_info(
        self, digest_algorithm: str, signed_attrs: cms.CMSAttributes, signature: bytes
    ) -> cms.SignerInfo:
        """pyHanko's, as bytes already."""
        made = super().signer_info(digest_algorithm, signed_attrs, signature)
        return cms.SignerInfo.load(made.dump())


class _DatedSigner(PdfSigner):
    """pyHanko reads the machine's clock; the instant of issue is handed in instead."""

    at: datetime

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """pyHanko's session, at the instant given."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


@dataclass(frozen=True)
class Seal:
    """An opened seal. `reason` and `location` stand in the signature; nothing is drawn on the page."""

    signer: Signer
    reason: str = "보증서 발급"
    location: str = "대한민국"

    @property
    def certificate(self) -> Certificate:
        """The seal's own certificate."""
        if self.signer.signing_cert is None:
            raise SealUnavailable("no certificate beside the key")
        return load_der_x509_certificate(self.signer.signing_cert.dump())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the seal's certificate in hexadecimal, for `check.Trust`."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def chain(self) -> str:
        """PEM: the seal's own certificate, then the others that came with the key."""
        own = self.certificate
        known = [load_der_x509_certificate(found.dump()) for found in self.signer.cert_registry]
        return "".join(
            found.public_bytes(serialization.Encoding.PEM).decode()
            for found in (own, *(other for other in known if other != own))
        )

    def apply(self, pdf: bytes, *, at: datetime) -> bytes:
        """The sealed document. `at` is the instant of issue. Raises SealUnavailable: outside the
        certificate's validity, or when the token does not answer.
        """
        own = self.certificate
        if not own.not_valid_before_utc <= at < own.not_valid_after_utc:
            raise SealUnavailable("certificate not valid at the time of issue")
        dated = _DatedSigner(self._metadata(), signer=self.signer)
        dated.at = at
        try:
            sealed = dated.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=RESERVED)
        except Exception as error:
            # Tokens raise errors of their makers' libraries.
            raise SealUnavailable(f"signing: {type(error).__name__}") from error
        return bytes(sealed.getvalue())

    def _metadata(self) -> PdfSignatureMetadata:
        return PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm=DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason=self.reason,
            location=self.location,
        )
