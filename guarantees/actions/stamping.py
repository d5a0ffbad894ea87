"""Archive time stamps on issued documents: asked for outside any transaction, entered in one of their own."""

import logging
from datetime import datetime

from django.db import transaction
from pyhanko.sign.timestamps import TimeStamper

from guarantees.document.stamping import AuthoritySilent, NotStamped, stamp
from guarantees.document.storage import Damaged, NotKept
from guarantees.documents import anchors_in, content_of, stamp_roots, store
from guarantees.models import GuaranteeDocument
from portal.access import Actor
from portal.audit.trail import record

logger = logging.getLogger(__name__)
AT_ONCE = 50  # documents a run


def stamp_documents(*, authority: TimeStamper, by: Actor, at: datetime) -> int:
    """Stamp what has no stamp yet, oldest first. Returns how many were.

    An authority that does not answer ends the run; the next one goes on from there. A damaged file is left to
    the nightly check.
    """
    waiting = GuaranteeDocument.everything.filter(stamped_at__isnull=True).select_related("seal").order_by("pk")
    done = 0
    for document in waiting[:AT_ONCE]:
        try:
            done += _stamp(document, authority, by, at)
        except AuthoritySilent as silent:
            logger.warning("time-stamp authority: %s", silent)
            break
        except (NotStamped, NotKept, Damaged) as refused:
            logger.warning("document %s not stamped: %s", document.pk, refused)
    return done


def _stamp(document: GuaranteeDocument, authority: TimeStamper, by: Actor, at: datetime) -> bool:
    stamped = stamp(
        content_of(document),
        authority=authority,
        seal_roots="".join(anchors_in(document.seal.chain)).encode(),
        stamp_roots=stamp_roots(),
        at=at,
    )
    sha256 = store().write(stamped)
    return _enter(document, sha256, len(stamped), by, at)


@transaction.atomic
def _enter(document: GuaranteeDocument, sha256: str, size: int, by: Actor, at: datetime) -> bool:
    """From now on the stamped file is handed out; the sealed one stays and is still known by its hash."""
    unstamped = GuaranteeDocument.everything.filter(pk=document.pk, stamped_at__isnull=True)
    if not unstamped.update(sha256=sha256, size=size, stamped_at=at):
        return False
    detail = {"document": str(document), "sealed": document.sealed_sha256, "stamped": sha256}
    record(action="guaranteedocument.stamp", by=by, at=at, subject=document.guarantee, detail=detail)
    return True
