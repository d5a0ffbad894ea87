"""Counting what strangers ask, per address and per thing asked about, in the database cache all processes share.

A window is a fixed stretch of time: simple to explain on the page ("다음 12:10부터"), and forgotten by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.db import connection, transaction

SMALLEST_IPV6_NETWORK = 64  # one household or office has at least so much of it


@dataclass(frozen=True)
class Allowance:
    """At most `most` in each window of `seconds`, counted under `name`."""

    name: str
    most: int
    seconds: int


def seconds_to_wait(allowance: Allowance, who: str, at: datetime) -> int:
    """Count one more for `who`; 0 where it is within the allowance, else the seconds until the next window.

    Counted under a lock, so that ten at once are ten. `who` is kept as a hash: the cache holds no address and
    no number.
    """
    window, passed = divmod(int(at.timestamp()), allowance.seconds)
    key = f"throttle:{allowance.name}:{sha256(who.encode()).hexdigest()[:32]}:{window}"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        count = cache.get(key, 0) + 1
        cache.set(key, count, allowance.seconds)
    return 0 if count <= allowance.most else allowance.seconds - passed


def network_of(address: str | None) -> str:
    """The address, or for IPv6 its network: changing the last half costs nothing."""
    if address is None:
        return "unknown"
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, SMALLEST_IPV6_NETWORK), strict=False))
    return str(found)
