"""Taking a list in: judged whole, then its header and serials written in one transaction, or nothing."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from certificates.models import RevocationList, RevokedSerial
from certificates.refusals import Code, Refused
from certificates.revocation.endpoints import LONGEST_POINT
from certificates.revocation.lookup import WHOLE
from certificates.x509 import crl
from certificates.x509.crl import ListHeader, RevokedEntry, open_list
from certificates.x509.trust import TrustTable

_LONGEST_NUMBER = 60  # digits; RFC 5280 §5.2.3 allows 20 octets, which are 49
_LINES = RevokedSerial._meta.db_table
# Lists grow by a few lines a day: only what changed is written, so that 200,000 lines are not, every two hours.
_ARRIVED = (
    "CREATE TEMPORARY TABLE arrived (serial_hex text, revoked_at timestamptz, on_hold boolean) ON COMMIT DROP"
)
_COPY = "COPY arrived FROM STDIN"
_DELETE = f"""
DELETE FROM {_LINES} kept WHERE kept.list_id = %(row)s AND NOT EXISTS (
    SELECT FROM arrived WHERE (arrived.serial_hex, arrived.revoked_at, arrived.on_hold)
                            = (kept.serial_hex, kept.revoked_at, kept.on_hold))
"""  # noqa: S608 - the table's name is ours
_INSERT = f"""
INSERT INTO {_LINES} (list_id, serial_hex, revoked_at, on_hold)
SELECT %(row)s, serial_hex, revoked_at, on_hold FROM arrived WHERE NOT EXISTS (
    SELECT FROM {_LINES} kept WHERE kept.list_id = %(row)s AND kept.serial_hex = arrived.serial_hex)
"""  # noqa: S608 - the table's name is ours


@dataclass(frozen=True)
class Imported:
    """What was taken. `is_new` is False for the list we had; `is_late` when its successor is overdue already."""

    row: RevocationList
    is_new: bool
    is_late: bool


def import_list(*, data: bytes, trust: TrustTable, source: str, at: datetime, point: str = WHOLE) -> Imported:
    """Keep a list, whoever brought it. `point` is the partition that was asked for, "" if none was.

    A list that is late is kept: what it revokes stays revoked, and its age is judged at every look-up.
    Raises Refused(CRL_INVALID): form, signer, partition, from the future, older than the one we have.
    """
    opened = open_list(data, trust, number_seen=None)
    header = opened.header
    place = _place(header, point)
    # any grace that reaches `at` will do: only lists from the future are refused here
    is_late = not crl.check_fresh(header, at=at, grace=max(at - header.next_update_at, timedelta(0)))
    with transaction.atomic():
        _one_at_a_time(header.signer_sha256, place)
        known = RevocationList.objects.filter(issuer_sha256=header.signer_sha256, point=place).first()
        if known is not None and not _is_newer(header, known):
            known.fetched_at, known.source = at, source
            known.save(update_fields=["fetched_at", "source"])
            return Imported(known, is_new=False, is_late=is_late)
        lines = _worst_of_each(opened.entries())
        row = _write_header(header, place, len(lines), source=source, at=at)
        _write_lines(row, lines)
    return Imported(row, is_new=True, is_late=is_late)


def _place(header: ListHeader, point: str) -> str:
    """The partition to keep the list under. A list must be of the partition it was asked for as."""
    if len(str(abs(header.number))) > _LONGEST_NUMBER or header.number < 0:
        raise Refused(Code.CRL_INVALID, "number out of range")
    if point and point not in header.partitions:
        raise Refused(Code.CRL_INVALID, "list of another partition")
    place = point or next(iter(header.partitions), WHOLE)
    if len(place) > LONGEST_POINT:
        raise Refused(Code.CRL_INVALID, "name of the partition too long")
    return place


def _is_newer(header: ListHeader, known: RevocationList) -> bool:
    """False for the very list we have. Raises Refused for one that would take us back (rollback)."""
    if header.sha256 == known.sha256:
        return False
    seen = int(known.number)
    if header.number <= seen or header.this_update_at < known.this_update_at:
        raise Refused(Code.CRL_INVALID, f"number {header.number} after {seen}")
    return True


def _worst_of_each(entries: list[RevokedEntry]) -> dict[str, RevokedEntry]:
    """One line a serial; where a faulty list names one twice, revoked counts before on hold."""
    lines: dict[str, RevokedEntry] = {}
    for entry in entries:
        known = lines.get(entry.serial_hex)
        if known is None or known.on_hold:
            lines[entry.serial_hex] = entry
    return lines


def _write_header(header: ListHeader, place: str, entries: int, *, source: str, at: datetime) -> RevocationList:
    values = {
        "header": {"issuer_der": header.issuer_der.hex(), "partitions": list(header.partitions)},
        "number": str(header.number),
        "this_update_at": header.this_update_at,
        "next_update_at": header.next_update_at,
        "sha256": header.sha256,
        "entries": entries,
        "fetched_at": at,
        "source": source,
    }
    row, _ = RevocationList.objects.update_or_create(
        issuer_sha256=header.signer_sha256, point=place, defaults=values
    )
    return row


def _write_lines(row: RevocationList, lines: dict[str, RevokedEntry]) -> None:
    """By COPY and two set-wise statements. Every field is hex digits, a letter or a time we formatted."""
    text = io.StringIO()
    for line in lines.values():
        on_hold = "t" if line.on_hold else "f"
        text.write(f"{line.serial_hex}\t{line.revoked_at.isoformat()}\t{on_hold}\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived")  # of an earlier list in the same transaction
        cursor.execute(_ARRIVED)
        cursor.copy_expert(_COPY, text)
        cursor.execute("ANALYZE arrived")
        cursor.execute(_DELETE, {"row": row.pk})
        cursor.execute(_INSERT, {"row": row.pk})


def _one_at_a_time(issuer_sha256: str, place: str) -> None:
    """Two workers with two lists of one partition come one after the other, so that the newer one stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crl:{issuer_sha256}:{place}"])
