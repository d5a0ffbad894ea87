"""Trying once more what the carrier could not deliver for a passing reason (DOMAIN §4.5, class TEMPORARY).

A further try is a message of its own; its key tells which one it repeats.
"""

import re
from datetime import timedelta

PAUSE = timedelta(minutes=30)
MOST = 2
_SUFFIX = re.compile(r":again(\d)\Z")
_LONGEST_KEY = 160


def next_key(key: str) -> str:
    """The key of the next try; empty when there is none any more."""
    tries = len(earlier_keys(key))
    following = f"{_SUFFIX.sub('', key)}:again{tries + 1}"
    return following if tries < MOST and len(following) <= _LONGEST_KEY else ""


def earlier_keys(key: str) -> list[str]:
    """The keys of all tries before this one, the first one first; none for a first try."""
    match = _SUFFIX.search(key)
    if match is None:
        return []
    first = _SUFFIX.sub("", key)
    return [first, *(f"{first}:again{n}" for n in range(1, int(match[1])))]
