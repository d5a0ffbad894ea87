"""Where a member stands who changes his bank: the three steps, ticked by our own rows (S33-S36).

What a bank has done we learn from its revocation list, up to a day late; a new certificate we first see when it
is registered. So the second step is never known to be open, only known to be done.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LATELY = timedelta(days=30)  # how long a finished change is shown as finished


class Standing(StrEnum):
    """What is known of the certificate registered with us."""

    NONE = "none"
    VALID = "valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STOPPED = "stopped"
    CHECKING = "checking"
    RENEWED = "renewed"


class Tick(StrEnum):
    """The state of one step."""

    DONE = "done"
    CURRENT = "current"
    NEXT = "next"


@dataclass(frozen=True)
class Registered:
    """The newest registered certificate. `status` is that of the row; `has_earlier` that it replaced another."""

    status: str
    is_suspended: bool
    valid_until_at: datetime
    registered_at: datetime
    has_earlier: bool


TICKS: dict[Standing, tuple[Tick, Tick, Tick]] = {
    Standing.NONE: (Tick.DONE, Tick.CURRENT, Tick.NEXT),
    Standing.VALID: (Tick.CURRENT, Tick.NEXT, Tick.NEXT),
    Standing.SUSPENDED: (Tick.CURRENT, Tick.NEXT, Tick.NEXT),
    Standing.EXPIRED: (Tick.DONE, Tick.CURRENT, Tick.NEXT),
    Standing.REVOKED: (Tick.DONE, Tick.CURRENT, Tick.NEXT),
    Standing.STOPPED: (Tick.DONE, Tick.CURRENT, Tick.NEXT),
    Standing.CHECKING: (Tick.DONE, Tick.DONE, Tick.CURRENT),
    Standing.RENEWED: (Tick.DONE, Tick.DONE, Tick.DONE),
}


def standing_of(registered: Registered | None, *, is_checking: bool, at: datetime) -> Standing:
    """The member's standing at the instant `at`; `is_checking` that a replacement waits for revocation data."""
    if is_checking:
        return Standing.CHECKING
    if registered is None:
        return Standing.NONE
    if registered.status == "active":
        if registered.is_suspended:
            return Standing.SUSPENDED
        if at > registered.valid_until_at:
            return Standing.EXPIRED
        is_new = registered.has_earlier and at - registered.registered_at <= LATELY
        return Standing.RENEWED if is_new else Standing.VALID
    ended = {"revoked": Standing.REVOKED, "expired": Standing.EXPIRED}
    return ended.get(registered.status, Standing.STOPPED)
