"""What the imported lists say of a certificate. Reads rows only; nothing is fetched here."""

from collections.abc import Iterable
from datetime import datetime

from certificates.models import RevocationList, RevokedSerial
from certificates.refusals import Refused
from certificates.x509.crl import ListHeader, RevokedEntry
from certificates.x509.facts import KST, CertificateFacts, facts_of, load
from certificates.x509.path import find_issuer
from certificates.x509.revocation import ImportedList
from certificates.x509.trust import PinnedCertificate, TrustTable

WHOLE = ""  # the point of a list that is not a partition


def data_for(facts: CertificateFacts, issuer: PinnedCertificate) -> ImportedList | None:
    """The newest list of the certificate's partition and its line in it, or None without such a list."""
    points = facts.crl_points or (WHOLE,)
    rows = RevocationList.objects.filter(issuer_sha256=issuer.sha256.lower(), point__in=points)
    row = rows.order_by("-this_update_at").first()
    if row is None:
        return None
    line = RevokedSerial.objects.filter(list=row, serial_hex=facts.serial_hex).first()
    return ImportedList(header_of(row), entry_of(line) if line else None)


def data_about(certificate_der: bytes, trust: TrustTable) -> ImportedList | None:
    """`data_for` of bytes nobody has judged yet; None for what is no certificate of a pinned issuer."""
    try:
        certificate = load(certificate_der)
        facts = facts_of(certificate)
        return data_for(facts, find_issuer(certificate, facts, trust))
    except Refused:
        return None


class Snapshot:
    """The same for many certificates: headers and their lines read once."""

    def __init__(self, serials: Iterable[str]) -> None:
        self._lists = {(row.issuer_sha256, row.point): row for row in RevocationList.objects.all()}
        lines = RevokedSerial.objects.filter(serial_hex__in=set(serials))
        self._lines = {(line.list_id, line.serial_hex): line for line in lines}

    def data_for(self, facts: CertificateFacts, issuer: PinnedCertificate) -> ImportedList | None:
        """As the function of this name."""
        known = [
            row
            for point in facts.crl_points or (WHOLE,)
            if (row := self._lists.get((issuer.sha256.lower(), point))) is not None
        ]
        if not known:
            return None
        row = max(known, key=lambda one: one.this_update_at)
        line = self._lines.get((row.pk, facts.serial_hex))
        return ImportedList(header_of(row), entry_of(line) if line else None)


def header_of(row: RevocationList) -> ListHeader:
    """The header as it was checked at import."""
    given = row.header
    return ListHeader(
        issuer_der=bytes.fromhex(given["issuer_der"]),
        signer_sha256=row.issuer_sha256,
        number=int(row.number),
        this_update_at=_korean(row.this_update_at),
        next_update_at=_korean(row.next_update_at),
        sha256=row.sha256,
        partitions=tuple(given["partitions"]),
    )


def entry_of(line: RevokedSerial) -> RevokedEntry:
    """A stored line. Of the reason only 효력정지 is kept, the one that can be lifted."""
    reason = "certificateHold" if line.on_hold else "revoked"
    return RevokedEntry(line.serial_hex, _korean(line.revoked_at), line.on_hold, reason)


def _korean(at: datetime) -> datetime:
    return at.astimezone(KST)
