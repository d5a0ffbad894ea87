"""The last day of a guarantee is over (S23): it still uses the limit, and nothing of it changes any more."""

from datetime import date, datetime

from django.db import transaction

from guarantees.actions.ended_changes import OPEN_CHANGE, end_open_changes
from guarantees.models import Endorsement, Guarantee
from guarantees.rules.states import GuaranteeEvent, next_state
from portal.access import Actor
from portal.audit.trail import record_all

CHUNK = 2_000


def mark_expired(*, today: date, by: Actor, at: datetime) -> int:
    """ACTIVE to EXPIRED for every guarantee whose last day is over, with one audit row each.

    In chunks, each a transaction; a second run finds nothing left. Returns how many expired.
    """
    total = 0
    while expired := _expire_chunk(today, by, at):
        total += expired
    return total


@transaction.atomic
def _expire_chunk(today: date, by: Actor, at: datetime) -> int:
    over = Guarantee.everything.filter(state="active", ends_on__lt=today).order_by("ends_on", "id")
    rows = list(over.select_for_update(skip_locked=True)[:CHUNK])
    state = next_state("active", GuaranteeEvent.EXPIRE)
    Guarantee.everything.filter(pk__in=[row.pk for row in rows]).update(state=state)
    record_all(action="guarantee.expire", by=by, at=at, subjects=rows)
    changing = Endorsement.everything.filter(guarantee__in=rows, state__in=OPEN_CHANGE).values_list("guarantee_id")
    waiting = {pk for (pk,) in changing}
    for row in rows:
        if row.pk in waiting:
            end_open_changes(row, why="보증기간 종료", by=by, at=at)
    return len(rows)
