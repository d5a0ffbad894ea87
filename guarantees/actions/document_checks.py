"""Looking after the kept files: every one hashed again each night, and what a reader finds out before.

The last row of DocumentCheck says what is wrong now; the desk reads it. /readyz sees the heart stop beating.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from guarantees.document.storage import Damaged, NotKept, verify_all
from guarantees.documents import store
from guarantees.models import DocumentCheck, GuaranteeDocument
from portal.access import Actor
from portal.audit.trail import record
from portal.health.models import Heartbeat
from portal.refusals import Refusal

logger = logging.getLogger(__name__)
KINDS: dict[type[Refusal], str] = {NotKept: "missing", Damaged: "changed"}
PIECE = 500  # rows read at once


def check_documents(*, at: datetime) -> DocumentCheck:
    """Hash every kept file again and write down what is missing, changed or unreadable.

    The files handed out and, where a time stamp was added since, those sealed at issue. Nothing is mended: that
    is for who restores backups. `documents` beats only while all is well.
    """
    files, damaged, kept = 0, [], store()
    for rows in _pieces():
        paths = {kept.path_of(sha256): row for row in rows for sha256 in {row.sha256, row.sealed_sha256}}
        files += len(paths)
        damaged += [_entry(paths[damage.path], damage.path.stem, damage.kind) for damage in verify_all(paths)]
    done = DocumentCheck.objects.create(at=at, files=files, damaged=damaged)
    if damaged:
        logger.error("kept guarantee documents damaged: %s of %s", len(damaged), files)
    else:
        Heartbeat.objects.update_or_create(name="documents", defaults={"at": at})
    return done


@transaction.atomic
def note_damage(*, document: GuaranteeDocument, refused: Refusal, by: Actor, at: datetime) -> None:
    """A reader was handed nothing. Told at once, without waiting for the night."""
    kind = KINDS[type(refused)]
    entry = _entry(document, document.sha256, kind)
    last = DocumentCheck.objects.first()
    known = list(last.damaged) if last else []
    if entry not in known:
        DocumentCheck.objects.create(at=at, files=1, damaged=[*known, entry])
    record(action="guaranteedocument.damaged", by=by, at=at, subject=document.guarantee, detail={"kind": kind})
    logger.error("kept guarantee document %s: %s", kind, document.sha256)


def note_read(*, document: GuaranteeDocument, by: Actor, at: datetime) -> None:
    """Somebody was handed the file."""
    detail = {"document": str(document), "version": document.version, "sha256": document.sha256}
    record(action="guaranteedocument.read", by=by, at=at, subject=document.guarantee, detail=detail)


def _pieces() -> Iterator[list[GuaranteeDocument]]:
    after = 0
    rows = GuaranteeDocument.everything.select_related("guarantee").order_by("pk")
    while piece := list(rows.filter(pk__gt=after)[:PIECE]):
        yield piece
        after = piece[-1].pk


def _entry(document: GuaranteeDocument, sha256: str, kind: str) -> dict[str, Any]:
    return {"document": str(document), "sha256": sha256, "kind": kind}
