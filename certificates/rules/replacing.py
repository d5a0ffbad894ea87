"""Whether a proven new certificate may take the old one's place (S36-S40).

Any employee with another bank's certificate for the same business number proves the number as well, so a good
old certificate is given up only by its own key, by a ticket of two clerks, or, in the lenient mode, with a hold.
"""

from datetime import timedelta
from enum import StrEnum

PARKED_FOR = timedelta(hours=24)
FREEZABLE_FOR = timedelta(days=7)
HELD_FOR = timedelta(hours=24)
REVIEW_REFUSED = "REVIEW_REFUSED"  # why a request that waited for a reviewer ended

# Why certificates are stopped (models.StopReason): on suspicion, or because a ticket was approved.
SUSPECT = frozenset({"compromised", "unwanted", "frozen", "review"})
NEEDS_TICKET = SUSPECT | {"ticket"}


class OldStanding(StrEnum):
    """What is known of the certificate registered so far."""

    NONE = "none"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNTRUSTED = "untrusted"  # its authority is not accepted any more
    GOOD = "good"
    UNKNOWN = "unknown"  # no revocation data


class Verdict(StrEnum):
    """What becomes of the request, as far as the old certificate decides."""

    REPLACE = "replace"
    REPLACE_AND_REVIEW = "replace_and_review"
    REPLACE_AND_HOLD = "replace_and_hold"
    PARK = "park"
    REFUSE = "refuse"


AT_ONCE = frozenset({OldStanding.NONE, OldStanding.EXPIRED, OldStanding.REVOKED})
FOR_REVIEW = frozenset({OldStanding.SUSPENDED, OldStanding.UNTRUSTED})


def verdict_of(standing: OldStanding, *, old_key_signed: bool, has_ticket: bool, is_lenient: bool) -> Verdict:
    """The rule's answer for one old certificate."""
    if standing in AT_ONCE:
        return Verdict.REPLACE
    if standing in FOR_REVIEW:
        return Verdict.REPLACE_AND_REVIEW
    if old_key_signed or has_ticket:
        return Verdict.REPLACE
    if standing is OldStanding.UNKNOWN:
        return Verdict.PARK
    return Verdict.REPLACE_AND_HOLD if is_lenient else Verdict.REFUSE


def may_come_back(stopped_for: str) -> bool:
    """Whether a key whose certificate was stopped for that reason may be registered again; "" was not stopped."""
    return stopped_for not in SUSPECT


def needs_ticket(stopped_for: str) -> bool:
    """Whether the next certificate takes two people of the IT department. Every stop on suspicion does: any
    employee with a certificate of the same number could undo it otherwise."""
    return stopped_for in NEEDS_TICKET
