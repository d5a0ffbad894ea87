"""A one-time code that proves a mobile number belongs to who is named: its life and its tries (S32)."""

from datetime import datetime, timedelta
from enum import Enum

DIGITS = 6
LIFE = timedelta(minutes=3)
MOST_TRIES = 5


class Verdict(Enum):
    """What a typed code is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_LATE = "too_late"
    TOO_MANY = "too_many"


def verdict(*, matches: bool, sent_at: datetime, tries: int, at: datetime) -> Verdict:
    """`tries` are the wrong entries so far; the code lives from `sent_at` for three minutes, the last excluded."""
    if tries >= MOST_TRIES:
        return Verdict.TOO_MANY
    if at >= sent_at + LIFE:
        return Verdict.TOO_LATE
    return Verdict.RIGHT if matches else Verdict.WRONG
