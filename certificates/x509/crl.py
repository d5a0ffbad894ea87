"""Revocation lists: signature, scope, freshness, and never going back to an older number.

Opening a list (signature, extensions) and judging one certificate by it are apart, because a partition
of 200,000 entries takes 0.7 s to search: it is opened once at import and its entries kept as rows.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from certificates.refusals import Code, Refused
from certificates.x509 import der
from certificates.x509.boundary import refusing
from certificates.x509.facts import KST, CertificateFacts
from certificates.x509.partitions import name_keys
from certificates.x509.strength import HASHES_ACCEPTED
from certificates.x509.trust import PinnedCertificate, TrustTable

MAX_LIST = 16 * 1024 * 1024  # bytes
CLOCK_SKEW = timedelta(minutes=5)
_KNOWN_CRITICAL = (x509.IssuingDistributionPoint, x509.CRLNumber, x509.AuthorityKeyIdentifier)


@dataclass(frozen=True)
class ListHeader:
    """What stands above the entries of a list whose signature was checked. Times in Korean time.

    `signer_sha256` is the pinned issuer's digest, `partitions` the names in its distribution point.
    """

    issuer_der: bytes
    signer_sha256: str
    number: int
    this_update_at: datetime
    next_update_at: datetime
    sha256: str
    partitions: tuple[str, ...]


@dataclass(frozen=True)
class RevokedEntry:
    """One line of a list. `on_hold` is certificateHold (효력정지): it can be lifted."""

    serial_hex: str
    revoked_at: datetime
    on_hold: bool
    reason: str


class RevocationList:
    """An opened list: header, and entries on demand."""

    def __init__(self, header: ListHeader, crl: x509.CertificateRevocationList) -> None:
        self.header = header
        self._crl = crl

    @refusing(Code.CRL_INVALID)
    def entry(self, serial_hex: str) -> RevokedEntry | None:
        """The entry of a serial number, or None. Refused: CRL_INVALID."""
        found = self._crl.get_revoked_certificate_by_serial_number(int(serial_hex, 16))
        return _entry(found) if found is not None else None

    @refusing(Code.CRL_INVALID)
    def entries(self) -> list[RevokedEntry]:
        """Every entry, for the import. Refused: CRL_INVALID."""
        return [_entry(found) for found in self._crl]


@refusing(Code.CRL_INVALID)
def open_list(data: bytes, trust: TrustTable, *, number_seen: int | None) -> RevocationList:
    """A list signed by a pinned issuer.

    `number_seen` is the highest CRL number already taken for this partition; a lower one is a replay.
    Refused: CRL_INVALID.
    """
    if len(data) > MAX_LIST:
        raise Refused(Code.CRL_INVALID, f"{len(data)} bytes")
    der.parse(data, tag=der.SEQUENCE)
    crl = x509.load_der_x509_crl(data)
    issuer_der = _issuer_of(crl)
    signer = _signer(crl, issuer_der, trust)
    partitions = _partitions(crl)
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    if number_seen is not None and number < number_seen:
        raise Refused(Code.CRL_INVALID, f"number {number} after {number_seen}")
    next_update = crl.next_update_utc
    if next_update is None:
        raise Refused(Code.CRL_INVALID, "no nextUpdate")
    header = ListHeader(
        issuer_der=issuer_der,
        signer_sha256=signer.sha256.lower(),
        number=number,
        this_update_at=crl.last_update_utc.astimezone(KST),
        next_update_at=next_update.astimezone(KST),
        sha256=hashlib.sha256(data).hexdigest(),
        partitions=partitions,
    )
    return RevocationList(header, crl)


def check_scope(header: ListHeader, facts: CertificateFacts, issuer: PinnedCertificate) -> None:
    """The list must be its issuer's and for this certificate's partition. Refused: CRL_INVALID.

    A list without partition is refused for a certificate that names one: a partition stripped of its
    name would otherwise pass for the whole.
    """
    if header.issuer_der != facts.issuer_der or header.signer_sha256 != issuer.sha256.lower():
        raise Refused(Code.CRL_INVALID, "list of another issuer")
    if not header.partitions and not facts.crl_points:
        return
    if not set(header.partitions) & set(facts.crl_points):
        raise Refused(Code.CRL_INVALID, "list of another partition")


def check_fresh(header: ListHeader, *, at: datetime, grace: timedelta) -> bool:
    """True while current, False within the grace after nextUpdate. Refused: CRL_INVALID, CRL_STALE."""
    if header.this_update_at > at + CLOCK_SKEW or header.next_update_at < header.this_update_at:
        raise Refused(Code.CRL_INVALID, "list from the future")
    if at > header.next_update_at + grace:
        raise Refused(Code.CRL_STALE, f"nextUpdate {header.next_update_at.isoformat()}")
    return at <= header.next_update_at


def refuse_revoked(entry: RevokedEntry | None) -> None:
    """Refused: SUSPENDED, REVOKED. No entry means neither."""
    if entry is None:
        return
    if entry.on_hold:
        raise Refused(Code.SUSPENDED, entry.revoked_at.isoformat())
    raise Refused(
        Code.REVOKED,
        f"{entry.revoked_at.isoformat()} {entry.reason}",
        day=entry.revoked_at.strftime("%Y.%m.%d"),
    )


def _signer(crl: x509.CertificateRevocationList, issuer_der: bytes, trust: TrustTable) -> PinnedCertificate:
    if not isinstance(crl.signature_hash_algorithm, HASHES_ACCEPTED):
        raise Refused(Code.CRL_INVALID, "weak signature hash")
    for pin in trust.issuers_named(issuer_der):
        usage = pin.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if usage.crl_sign and crl.is_signature_valid(pin.certificate.public_key()):  # type: ignore[arg-type]
            return pin
    raise Refused(Code.CRL_INVALID, "not signed by a pinned issuer")


def _issuer_of(crl: x509.CertificateRevocationList) -> bytes:
    members: Iterator[der.Element] = der.children(der.parse(crl.tbs_certlist_bytes, tag=der.SEQUENCE))
    first = next(members)
    if first.tag == der.INTEGER:  # version
        next(members)  # signature algorithm
    return next(members).encoded


def _partitions(crl: x509.CertificateRevocationList) -> tuple[str, ...]:
    """Names of the list's distribution point. Refused: a delta, an indirect or a partial list."""
    for extension in crl.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise Refused(Code.CRL_INVALID, "delta list")
        if extension.critical and not isinstance(extension.value, _KNOWN_CRITICAL):
            raise Refused(Code.CRL_INVALID, f"critical {extension.oid.dotted_string}")
    try:
        point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return ()
    if point.indirect_crl or point.only_contains_ca_certs or point.only_contains_attribute_certs:
        raise Refused(Code.CRL_INVALID, "list of another kind")
    if point.only_some_reasons or point.relative_name is not None:
        raise Refused(Code.CRL_INVALID, "partial list")
    return name_keys(point.full_name)


def _entry(found: x509.RevokedCertificate) -> RevokedEntry:
    reason = x509.ReasonFlags.unspecified
    for extension in found.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        elif extension.critical:
            raise Refused(Code.CRL_INVALID, f"critical {extension.oid.dotted_string} in an entry")
    return RevokedEntry(
        serial_hex=f"{found.serial_number:x}",
        revoked_at=found.revocation_date_utc.astimezone(KST),
        on_hold=reason is x509.ReasonFlags.certificate_hold,
        reason=reason.value,
    )
