"""The cooperative's electronic seal on a document: PAdES B-B by pyHanko, B-LTA where a time stamp is given.

The key is opened once and held: pyHanko's own signer reads and checks the key at every signature, which
takes longer than everything else together. The seal certifies the
document and forbids every later change (DocMDP, ISO 32000-1 §12.8.2.2).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.refusals import Refusal

FIELD = "CooperativeSeal"
DIGEST = "sha256"
RESERVED = 12 * 1024  # bytes for the CMS: a chain of three RSA certificates takes about 6 KB
RESERVED_WITH_STAMP = 28 * 1024  # and a time stamp brings its own chain
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
            own, *issuers = load_certs_from_pemder_data(self.certificates.read_bytes())
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SealUnavailable(f"key files: {type(error).__name__}") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise SealUnavailable("key files: neither RSA nor elliptic curve")
        if _public_bytes(key) != own.public_key.dump():
            raise SealUnavailable("key files: key and certificate are not a pair")
        return HeldKeySigner(key, own, issuers)


class HeldKeySigner(Signer):
    """Signs with a key object kept in memory."""

    def __init__(self, key: PrivateKey, own: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
        self._key = key
        super().__init__(signing_cert=own, cert_registry=SimpleCertificateStore.from_certs(issuers))

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature value over `data`. Only SHA-256 is used here."""
        if digest_algorithm != DIGEST:
            raise ValueError(f"unexpected digest {digest_algorithm}")
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class Stamps:
    """A time-stamp authority, and the roots (PEM) under which it and the seal stand.

    With it the seal is PAdES B-LTA: certificates and a document time stamp are added to the file.
    """

    authority: TimeStamper
    roots: bytes


class _DatedSigner(PdfSigner):
    """pyHanko reads the machine's clock; the instant of issue is handed in instead."""

    at: datetime

    def init_signing_session(self, *arguments: object, **options: object) -> object:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self.at
        return session


@dataclass(frozen=True)
class Seal:
    """An opened seal. `reason` and `location` stand in the signature; nothing is drawn on the page."""

    signer: Signer
    reason: str = "보증서 발급"
    location: str = "대한민국"
    stamps: Stamps | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the seal's certificate, for `check.Trust`."""
        return str(self.signer.signing_cert.sha256.hex())

    def apply(self, pdf: bytes, *, at: datetime) -> bytes:
        """The sealed document. `at` is the instant of issue. Raises SealUnavailable outside its validity."""
        validity = self.signer.signing_cert["tbs_certificate"]["validity"]
        if not validity["not_before"].native <= at < validity["not_after"].native:
            raise SealUnavailable("certificate not valid at the time of issue")
        dated = _DatedSigner(
            self._metadata(), signer=self.signer, timestamper=self.stamps.authority if self.stamps else None
        )
        dated.at = at
        sealed = dated.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)),
            bytes_reserved=RESERVED_WITH_STAMP if self.stamps else RESERVED,
        )
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
            embed_validation_info=self.stamps is not None,
            use_pades_lta=self.stamps is not None,
            validation_context=_context(self.stamps) if self.stamps else None,
        )


def _context(stamps: Stamps) -> ValidationContext:
    roots = list(load_certs_from_pemder_data(stamps.roots))
    return ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")


def _public_bytes(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
