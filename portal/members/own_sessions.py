"""The sessions of a person: where he is signed in, how long, and ending them (S49)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from portal.access import client_address
from portal.members.devices import UNKNOWN, device_of, mask_address
from portal.members.models import LoginSession, User

_BEGUN = "begun"


@dataclass(frozen=True)
class Seat:
    """One browser a person is signed in with. `address` is masked; `begun_at` None where it was not noted."""

    device: str
    address: str
    begun_at: datetime | None
    seen_at: datetime
    is_here: bool


def note_begin(request: HttpRequest, at: datetime) -> None:
    """Keep in the session itself from where and when it was begun; a new key of the session does not lose it."""
    request.session[_BEGUN] = {
        "at": at.isoformat(),
        "device": device_of(request.headers.get("User-Agent", "")),
        "address": mask_address(client_address(request)),
    }


def seats_of(user: User, *, here: str | None, at: datetime) -> list[Seat]:
    """Where `user` is signed in, the present browser (its session key is `here`) first, then the latest used."""
    rows = LoginSession.objects.filter(user=user, expire_date__gt=at).order_by("-expire_date")
    return sorted((_seat(row, here) for row in rows), key=lambda seat: not seat.is_here)


def end_others(user: User, *, here: str | None) -> int:
    """End every session of `user` but the present one. How many were still open or not yet cleared away."""
    return int(LoginSession.objects.filter(user=user).exclude(session_key=here).delete()[0])


def end_all(user: User) -> int:
    """End every session of `user`, as when his account is switched off."""
    return int(LoginSession.objects.filter(user=user).delete()[0])


def _seat(row: LoginSession, here: str | None) -> Seat:
    begun = row.get_decoded().get(_BEGUN, {})
    return Seat(
        device=begun.get("device", UNKNOWN),
        address=begun.get("address", ""),
        begun_at=parse_datetime(begun.get("at", "")),
        # Every visit puts the end off by the same length.
        seen_at=row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        is_here=row.session_key == here,
    )
