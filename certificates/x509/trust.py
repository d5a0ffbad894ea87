"""The table of accepted authorities, handed in as a value: pinned certificates, several generations.

"yessignCA Class 3" (RSA-2048, under KISA RootCA 4) and "Class 4" (RSA-3072, under RootCA 5) are in use
side by side since 2026-04-24; names are compared as DER because one writes C=kr and the other C=KR.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from cryptography import x509

from certificates.x509.boundary import PARSER_ERRORS
from certificates.x509.facts import names_of


class PinMismatch(ValueError):
    """The stored certificate is not the one whose SHA-256 was confirmed, or is not a certificate."""


@dataclass(frozen=True)
class PinnedCertificate:
    """A certificate accepted because two people confirmed its SHA-256 (hex) over a second channel.

    Raises PinMismatch when the bytes and the digest differ or the bytes do not parse.
    """

    name: str
    der: bytes = field(repr=False)
    sha256: str

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.der).hexdigest()
        if not hmac.compare_digest(digest, self.sha256.lower()):
            raise PinMismatch(f"{self.name}: SHA-256 differs")
        try:
            names_of(self.certificate)
        except PARSER_ERRORS as error:
            raise PinMismatch(f"{self.name}: {type(error).__name__}") from error

    @cached_property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def subject_der(self) -> bytes:
        return names_of(self.certificate)[1]

    @property
    def valid_until_at(self) -> datetime:
        """End of validity, aware; to warn long before a generation ends."""
        return self.certificate.not_valid_after_utc


@dataclass(frozen=True)
class TrustTable:
    """`roots` anchor, `issuers` issue to members, `responders` are OCSP signers listed by hand."""

    roots: tuple[PinnedCertificate, ...]
    issuers: tuple[PinnedCertificate, ...]
    responders: tuple[PinnedCertificate, ...] = ()

    def issuers_named(self, subject_der: bytes) -> tuple[PinnedCertificate, ...]:
        """The pinned issuers with exactly this encoded name; an authority may hold several keys."""
        return tuple(pin for pin in self.issuers if pin.subject_der == subject_der)
