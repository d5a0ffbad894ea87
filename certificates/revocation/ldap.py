"""Lists from the authority's directory (LDAP), as yessign publishes them and nothing else does.

Unauthenticated plain text does no harm: every list is judged by its signature afterwards. What could do harm is
a server that talks for ever or without end, or that sends us elsewhere: each question has one deadline and one
allowance of bytes, and referrals are not followed.
"""

import logging
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException

from certificates.revocation.endpoints import Endpoint, partition_dn
from certificates.revocation.sources import Fetched
from certificates.x509.crl import MAX_LIST

log = logging.getLogger(__name__)

NAME = "ldap"
ATTRIBUTES = ("certificateRevocationList;binary", "certificateRevocationList")
ALLOWANCE = MAX_LIST + 64 * 1024  # a list and the LDAP around it
GIVE_UP_AFTER = 3  # connections that failed one after another: the server is away, others wait for us
_PIECE = 1024 * 1024


class TooLarge(OSError):
    """The server sent more than a list may have."""


@dataclass(frozen=True)
class LdapSource:
    """A configured directory. `seconds` hold for each question, from connecting to its last byte."""

    endpoint: Endpoint
    seconds: int = 5
    allowance: int = ALLOWANCE
    attributes: tuple[str, ...] = field(default=ATTRIBUTES)

    def fetch(self, points: Sequence[str]) -> Iterator[Fetched]:
        """The lists of the partitions; an entry may hold the lists of several generations."""
        failed = 0
        for point in points:
            dn = partition_dn(point)
            if dn is None:
                yield Fetched(point, NAME, None, "POINT_INVALID")
                continue
            if failed >= GIVE_UP_AFTER:
                yield Fetched(point, NAME, None, "NOT_TRIED")
                continue
            try:
                lists = self._ask(dn)
                failed = 0
            except (LDAPException, OSError, ValueError, LookupError, TypeError) as error:
                failed += 1
                log.warning("no revocation list from %s: %s", self.endpoint.host, type(error).__name__)
                yield Fetched(point, NAME, None, _word(error))
                continue
            if not lists:
                yield Fetched(point, NAME, None, "NOT_THERE")
            for data in lists:
                yield Fetched(point, NAME, data)

    def _ask(self, dn: str) -> list[bytes]:
        connection = self._connection()
        deadline = time.monotonic() + self.seconds
        try:
            connection.open(read_server_info=False)
            connection.socket = BoundedSocket(connection.socket, deadline, self.allowance)
            if not connection.bind(read_server_info=False):
                raise OSError("bind refused")
            connection.search(dn, "(objectClass=*)", ldap3.BASE, attributes=list(self.attributes))
            return self._values(connection.response or [])
        finally:
            connection.strategy.close()
            if connection.socket is not None:  # ldap3 leaves one open that could not connect
                connection.socket.close()

    def _connection(self) -> Any:
        server = ldap3.Server(
            self.endpoint.host,
            port=self.endpoint.port,
            use_ssl=self.endpoint.is_tls,
            get_info=ldap3.NONE,
            connect_timeout=self.seconds,
            allowed_referral_hosts=[],
        )
        return ldap3.Connection(
            server,
            auto_bind=ldap3.AUTO_BIND_NONE,
            auto_referrals=False,
            auto_range=False,
            check_names=False,
            read_only=True,
            receive_timeout=self.seconds,
        )

    def _values(self, response: Sequence[dict[str, Any]]) -> list[bytes]:
        wanted = {name.lower() for name in self.attributes}
        return [
            bytes(value)
            for entry in response
            if entry.get("type") == "searchResEntry"
            for name, values in entry["raw_attributes"].items()
            if name.lower() in wanted
            for value in values
        ]


class BoundedSocket:
    """The socket as ldap3 uses it, with one deadline and one allowance of bytes for all its reads."""

    def __init__(self, inner: socket.socket, deadline: float, allowance: int) -> None:
        self._inner, self._deadline, self._allowance = inner, deadline, allowance

    def recv(self, _size: int) -> bytes:
        """What has come, in larger pieces than asked for: ldap3 copies all it has with every piece."""
        self._inner.settimeout(self._left())
        data = self._inner.recv(_PIECE)
        self._allowance -= len(data)
        if self._allowance < 0:
            raise TooLarge("more than a list may have")
        return data

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(self._left())
        self._inner.sendall(data)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("deadline")
        return left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _word(error: Exception) -> str:
    """For the operator: ldap3 wraps the socket's errors in classes named like them."""
    text = f"{type(error).__name__} {error} {' '.join(base.__name__ for base in type(error).__mro__)}".lower()
    for mark, word in (
        ("toolarge", "TOO_LARGE"),
        ("more than a list", "TOO_LARGE"),
        ("refused", "REFUSED"),
        ("timeout", "TIMEOUT"),
        ("timed out", "TIMEOUT"),
        ("deadline", "TIMEOUT"),
    ):
        if mark in text:
            return word
    return "UNREACHABLE" if isinstance(error, LDAPException | OSError) else "NOT_LDAP"
