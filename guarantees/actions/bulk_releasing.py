"""일괄 해제: many guarantees released on one ground, one small transaction each, in the background (S23)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from guarantees.actions.releasing import NoReleaseReason, release
from guarantees.actions.rows import NotAllowed
from guarantees.models import BulkRelease, BulkReleaseRow, BulkRowState, Guarantee
from guarantees.rules.releasing import LIVE_STATES
from guarantees.rules.states import OFFICERS
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500
LONGEST_MESSAGE = 300
BROKEN = (
    "처리 중 오류가 나 해제하지 못했습니다. 보증 화면에서 다시 해제해 주시고, 계속되면 정보시스템부에 알려 주세요."
)


class NothingToRelease(Refusal):
    """None of the chosen rows can be released."""

    message = "고른 건 가운데 해제할 수 있는 보증이 없습니다. 목록을 새로 고쳐 상태를 확인해 주세요."


class TooManyAtOnce(Refusal):
    """More than one bulk release takes."""

    message = f"한 번에 {MOST_AT_ONCE}건까지 해제할 수 있습니다. 나누어 처리해 주세요."


@transaction.atomic
def start_bulk(
    *, form_key: UUID, guarantee_ids: Sequence[int], ground: str, note: str, by: Actor, at: datetime
) -> BulkRelease:
    """Write down what is to be released; nothing is released yet. The same form sent again is the same bulk.

    Rows outside the officer's sight, and those no longer live, are left out. Raises NotAllowed,
    NoReleaseReason, TooManyAtOnce, NothingToRelease.
    """
    if by.user_id is None or not by.roles & OFFICERS:
        raise NotAllowed
    if not note.strip():
        raise NoReleaseReason
    if len(guarantee_ids) > MOST_AT_ONCE:
        raise TooManyAtOnce
    live = Guarantee.everything.within(by.scope).filter(pk__in=guarantee_ids, state__in=LIVE_STATES)
    bulk, is_new = BulkRelease.objects.get_or_create(
        public_id=form_key,
        defaults={"ground": ground, "note": note.strip(), "asked_at": at, "asked_by_id": by.user_id},
    )
    if not is_new:
        return bulk
    chosen = list(live.order_by("pk"))
    if not chosen:
        raise NothingToRelease
    BulkReleaseRow.everything.bulk_create([BulkReleaseRow(bulk=bulk, guarantee=row) for row in chosen])
    detail = {"guarantees": len(chosen), "outstanding": sum(row.outstanding for row in chosen), "note": bulk.note}
    record(action="bulkrelease.start", by=by, at=at, subject=bulk, detail=detail)
    return bulk


@transaction.atomic
def release_next(*, at: datetime) -> bool:
    """Take one waiting row and release its guarantee, or write down why not. Returns whether there was one.

    The row is held until the release is committed with its result: a second worker passes it over, and after
    a crash it waits as before. It is done with the sight and roles its officer has now.
    """
    rows = BulkReleaseRow.everything.filter(state=BulkRowState.WAITING).order_by("id")
    row = rows.select_for_update(skip_locked=True, of=("self",)).select_related("bulk__asked_by").first()
    if row is None:
        return False
    row.state, row.message = _outcome(row, at)
    row.save(update_fields=["state", "message"])
    return True


def _outcome(row: BulkReleaseRow, at: datetime) -> tuple[BulkRowState, str]:
    """Release, in a savepoint of its own. A row that breaks must not keep the others waiting for ever."""
    bulk = row.bulk
    by = Actor.user(bulk.asked_by, channel="admin")
    try:
        release(guarantee_id=row.guarantee_id, ground=bulk.ground, note=bulk.note, by=by, at=at)
    except Refusal as refusal:
        return BulkRowState.REFUSED, refusal.message[:LONGEST_MESSAGE]
    except (OperationalError, InterfaceError):  # the database itself: the row is taken up again
        raise
    except Exception:
        log.exception("row %s of a bulk release broke", row.pk)
        return BulkRowState.REFUSED, BROKEN
    return BulkRowState.DONE, ""


def finish_bulks(*, at: datetime) -> int:
    """Close the bulk releases with no row left waiting. Returns how many.

    Apart from the last row: two workers with the last two rows each see the other's as still waiting.
    """
    waiting = BulkReleaseRow.everything.filter(bulk=OuterRef("pk"), state=BulkRowState.WAITING)
    return BulkRelease.objects.filter(~Exists(waiting), finished_at__isnull=True).update(finished_at=at)
