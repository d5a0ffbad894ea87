"""Coming in and going out: what the trail keeps of it, and what the person it concerns is shown (S49)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from portal.access import Actor
from portal.audit import trail
from portal.audit.models import AuditEvent
from portal.members import own_sessions
from portal.members.models import User

BEGIN, FAIL, END, END_OTHERS = "login.begin", "login.fail", "login.end", "login.end_others"
# What people change about how they sign in.
SECURITY = (
    "user.change_password", "user.add_passkey", "user.remove_passkey", "user.add_second_factor",
    "user.remove_second_factor", "user.make_recovery_codes",
)  # fmt: skip
SHOWN = (BEGIN, FAIL, END, END_OTHERS, *SECURITY)
SHOWN_FOR = timedelta(days=365)


@dataclass(frozen=True)
class LastVisit:
    """The login before this one, and how many attempts have failed since."""

    event: AuditEvent
    failures: int


def record_begin(*, user: User, how: Sequence[str], device: str, by: Actor, at: datetime) -> None:
    """Somebody came in. `how` are the proofs in their order: password, totp, webauthn, certificate …"""
    trail.record(action=BEGIN, by=by, at=at, subject=user, detail={"how": list(how), "device": device})


def record_failure(*, user: User, how: str, device: str, by: Actor, at: datetime) -> None:
    """A proof for this account was wrong, or its account was locked."""
    trail.record(action=FAIL, by=by, at=at, subject=user, detail={"how": [how], "device": device})


def record_end(*, user: User, device: str, by: Actor, at: datetime) -> None:
    """Somebody went out by himself."""
    trail.record(action=END, by=by, at=at, subject=user, detail={"device": device})


def record_security(*, user: User, action: str, device: str, by: Actor, at: datetime) -> None:
    """One of SECURITY."""
    trail.record(action=action, by=by, at=at, subject=user, detail={"device": device})


@transaction.atomic
def end_others(*, user: User, here: str | None, device: str, by: Actor, at: datetime) -> int:
    """End the person's sessions everywhere else. Returns how many."""
    ended = own_sessions.end_others(user, here=here)
    detail = {"device": device, "sessions": ended}
    trail.record(action=END_OTHERS, by=by, at=at, subject=user, detail=detail)
    return ended


def visits_of(user: User, *, at: datetime) -> QuerySet[AuditEvent]:
    """What concerns the person's coming and going in the last twelve months, latest first."""
    events = trail.history(user).filter(action__in=SHOWN, at__gt=at - SHOWN_FOR)
    return events.order_by("-id")


def last_visit(user: User) -> LastVisit | None:
    """The latest login that is in the trail; asked before a new one is recorded."""
    events = trail.history(user)
    last = events.filter(action=BEGIN).last()
    if last is None:
        return None
    return LastVisit(last, events.filter(action=FAIL, id__gt=last.pk).count())
