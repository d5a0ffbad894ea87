"""Where we may go, and what we may ask for there: two things that never come from the same place.

Host and port come from the approved authority's row. A certificate only gives the name of its partition, and of
its `ldap://host:port/DN?attribute` nothing but the DN is read.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST_POINT = 300  # characters
_PORTS = {"ldap": 389, "ldaps": 636}
_ENDPOINT = re.compile(r"(ldaps?)://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\])(?::([0-9]{1,5}))?/?\Z")
_POINT = re.compile(r"ldaps?://[^/?#]*/([^?#]+)(?:\?[^#]*)?\Z", re.IGNORECASE)
# attribute=value pairs as authorities write partitions; no escapes, quotes or multi-valued parts
_DN = re.compile(r"[A-Za-z][A-Za-z0-9-]*=[\w .-]+(?:,[ ]?[A-Za-z][A-Za-z0-9-]*=[\w .-]+)*\Z")


class InvalidEndpoint(ValueError):
    """An authority's row names no usable server."""


@dataclass(frozen=True)
class Endpoint:
    """A directory server as configured."""

    host: str
    port: int
    is_tls: bool = False


def parse_endpoint(text: str) -> Endpoint:
    """`ldap://host[:port]` or `ldaps://…`, nothing behind it. Raises InvalidEndpoint."""
    match = _ENDPOINT.match(text.strip())
    if match is None:
        raise InvalidEndpoint(text[:100])
    scheme, host, port = match.groups()
    number = int(port) if port else _PORTS[scheme]
    if not 1 <= number <= 65535:
        raise InvalidEndpoint(text[:100])
    return Endpoint(host.strip("[]"), number, scheme == "ldaps")


def partition_dn(point: str) -> str | None:
    """The DN in a certificate's distribution point; None for a point that names no plain DN."""
    match = _POINT.match(point) if len(point) <= LONGEST_POINT else None
    dn = unquote(match.group(1)) if match else ""
    return dn if _DN.match(dn) else None
