"""What the imported lists say of a certificate. Reads rows only; nothing is fetched here."""

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from certificates.models import RevocationList, RevokedSerial
from certificates.refusals import Refused
from certificates.x509.crl import ListHeader, RevokedEntry
from certificates.x509.facts import KST, CertificateFacts, facts_of, load
from certificates.x509.path import find_issuer
from certificates.x509.revocation import ImportedList
from certificates.x509.trust import PinnedCertificate, TrustTable
from portal.pg_arrays import text_array

WHOLE = ""  # the point of a list that is not a partition
# List and line in one look, so that a list taken in meanwhile cannot part them. To compose the same by the ORM
# takes longer than all signatures of a verification.
_NEWEST = """
    SELECT list.issuer_sha256, list.header::text, list.number, list.this_update_at, list.next_update_at,
           list.sha256, line.revoked_at, line.on_hold
      FROM certificates_revocationlist list
      LEFT JOIN certificates_revokedserial line ON line.list_id = list.id AND line.serial_hex = %s
     WHERE list.issuer_sha256 = %s AND list.point = ANY(%s)
     ORDER BY list.this_update_at DESC
     LIMIT 1
"""


def data_for(facts: CertificateFacts, issuer: PinnedCertificate) -> ImportedList | None:
    """The newest list of the certificate's partition and its line in it, or None without such a list."""
    points = text_array(facts.crl_points or (WHOLE,))
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [facts.serial_hex, issuer.sha256.lower(), points])
        found = cursor.fetchone()
    if found is None:
        return None
    issuer_sha256, header, number, this_update_at, next_update_at, sha256, revoked_at, on_hold = found
    row = RevocationList(
        issuer_sha256=issuer_sha256, header=json.loads(header), number=number, this_update_at=this_update_at,
        next_update_at=next_update_at, sha256=sha256,
    )  # fmt: skip
    line = RevokedSerial(serial_hex=facts.serial_hex, revoked_at=revoked_at, on_hold=on_hold)
    return ImportedList(header_of(row), entry_of(line) if revoked_at else None)


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
