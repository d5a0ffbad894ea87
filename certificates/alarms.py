"""What is wrong with the revocation data we need: for the desk's front page, the log and /readyz.

A list nobody's certificate names may grow old in peace.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Max, Q

from certificates.models import RevocationFetch, RevocationList
from certificates.points import wanted_points
from certificates.queries import trust_table
from certificates.revocation.responders import Responders
from certificates.revocation.sources import SERVED
from certificates.rules.ending import is_list_ending

LOOKED_BACK = timedelta(days=1)


class Trouble(StrEnum):
    """Of a partition the worst is told, the last of these."""

    ENDING = "ending"  # the last quarter of its term
    FAILED = "failed"  # the last attempt brought nothing
    OVER = "over"  # past its nextUpdate
    MISSING = "missing"  # no list, and no responder to ask instead


@dataclass(frozen=True)
class Alarm:
    """One partition. `due_at`: when its next list was or is due, None without a list."""

    point: str
    trouble: Trouble
    due_at: datetime | None


def list_alarms(at: datetime) -> list[Alarm]:
    """One for each partition in trouble, by issuer and name."""
    lists = {(row.issuer_sha256, row.point): row for row in RevocationList.objects.all()}
    wanted, failed, responders = wanted_points(), _failed_points(at), Responders()
    found = []
    for pin in trust_table().issuers:
        for point in sorted(wanted.get(pin.subject_der, ())):
            row = lists.get((pin.sha256.lower(), point))
            trouble = _trouble(row, has_responder=responders.serves(pin), has_failed=point in failed, at=at)
            if trouble is not None:
                found.append(Alarm(point, trouble, row.next_update_at if row else None))
    return found


def _trouble(row: RevocationList | None, *, has_responder: bool, has_failed: bool, at: datetime) -> Trouble | None:
    if row is None:
        return None if has_responder else Trouble.MISSING
    if row.next_update_at <= at:
        return Trouble.OVER
    if has_failed:
        return Trouble.FAILED
    return Trouble.ENDING if is_list_ending(row.this_update_at, row.next_update_at, at) else None


def _failed_points(at: datetime) -> set[str]:
    """Partitions whose last round within a day brought no list, new or known."""
    rounds = RevocationFetch.objects.filter(at__gt=at - LOOKED_BACK).order_by().values("point")
    rounds = rounds.annotate(last=Max("at"), served=Max("at", filter=Q(outcome__in=SERVED)))
    return {one["point"] for one in rounds if one["served"] is None or one["served"] < one["last"]}
