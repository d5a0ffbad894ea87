"""How long the next try waits. Each names its reason; none is longer than an hour."""

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(minutes=30)
MOST_ASKED = timedelta(hours=1)  # a gateway may ask for more; believing it could lose a day
ACCOUNT = timedelta(minutes=1)  # a person has to repair it; each look costs one refused request
LONGEST_PROBE = timedelta(minutes=5)  # one refused request finds out that a gateway is back
OWN_TROUBLE = timedelta(minutes=1)  # we failed before anything was handed over


def backoff(attempt: int, asked: timedelta | None = None) -> timedelta:
    """30 s, doubled with each attempt up to 30 min; longer where the gateway asked for it."""
    own = min(FIRST * 2 ** min(attempt, 10), LONGEST)
    return max(own, min(asked or own, MOST_ASKED))


def probe(failures: int, asked: timedelta | None = None) -> timedelta:
    """As `backoff` for a gateway that takes nothing, but never over 5 minutes unless it asked for more."""
    return max(min(backoff(failures), LONGEST_PROBE), min(asked or FIRST, MOST_ASKED))
