"""What is no longer needed goes, in small batches. Evidence, and what led to a registered certificate, stays."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from certificates.models import (
    Challenge,
    Replacement,
    ReplacementState,
    ReplacementTicket,
    RevocationFetch,
    TicketAttempt,
)
from certificates.rules.retention import (
    ATTEMPTS_KEPT_FOR,
    CHALLENGES_KEPT_FOR,
    FETCHES_KEPT_FOR,
    REQUESTS_KEPT_FOR,
    TICKETS_KEPT_FOR,
)
from portal.access import Actor

log = logging.getLogger(__name__)

BATCH = 1_000


@dataclass(frozen=True)
class Purged:
    """How many rows of each kind are gone."""

    requests: int
    challenges: int
    tickets: int
    attempts: int
    fetches: int


def purge(*, by: Actor, at: datetime) -> Purged:
    """Each batch is a transaction of its own. Run twice, the second finds nothing."""
    purged = Purged(
        requests=_delete(_ended_requests(at)),
        challenges=_delete(_spent_challenges(at)),
        tickets=_delete(_ended_tickets(at)),
        attempts=_delete(TicketAttempt.objects.filter(at__lt=at - ATTEMPTS_KEPT_FOR)),
        fetches=_delete(RevocationFetch.objects.filter(at__lt=at - FETCHES_KEPT_FOR)),
    )
    log.info("purged by %s: %s", by.name, purged)
    return purged


def _ended_requests(at: datetime) -> Any:
    """Refused without ever having registered a certificate, their place in the trail and evidence kept.

    One that a reviewer refused stays: its certificate must not come back.
    """
    return Replacement.everything.filter(
        state=ReplacementState.REFUSED, new=None, reviewed_at=None, finished_at__lt=at - REQUESTS_KEPT_FOR
    )


def _spent_challenges(at: datetime) -> Any:
    """The receipt of a request stays as long as the request."""
    asked_for = Replacement.everything.filter(challenge=OuterRef("pk"))
    return Challenge.objects.filter(~Exists(asked_for), expires_at__lt=at - CHALLENGES_KEPT_FOR)


def _ended_tickets(at: datetime) -> Any:
    """Refused, or approved and never used. Used ones are the ground of a registered certificate."""
    before = at - TICKETS_KEPT_FOR
    ended = Q(refused_at__lt=before) | Q(link_until_at__lt=before)
    named = (
        Exists(Challenge.objects.filter(ticket=OuterRef("pk"))),
        Exists(Replacement.everything.filter(ticket=OuterRef("pk"))),
    )
    rows = ReplacementTicket.everything.filter(ended, used_at=None)
    return rows.filter(~named[0], ~named[1])


def _delete(rows: Any) -> int:
    """All of `rows`, oldest first."""
    gone = 0
    while True:
        with transaction.atomic():
            keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
            rows.filter(pk__in=keys).delete()
        gone += len(keys)
        if len(keys) < BATCH:
            return gone
