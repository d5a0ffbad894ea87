"""One HTTP exchange with a gateway that ends by a fixed moment, whatever the other side does.

Each exchange opens its own connection: a refused connection then proves that nothing was sent, and a stale
keep-alive socket cannot turn a batch into unknown messages. No retries, no redirects, no proxy from the
environment, TLS verified, answer size bounded.
"""

import json
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Self

import httpcore

WRITE_SLICE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one connection attempt, one silence and the whole exchange; bytes for the answer."""

    connect: float = 3.0
    read: float = 10.0
    whole: float = 15.0
    answer_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` has lowercase names. Redirects arrive here unfollowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NeverReached(Exception):
    """The request surely did not leave: no connection was made. Sending again is safe."""


class NotTrusted(NeverReached):
    """The other side could not prove its name (TLS). A person must look."""


class NoSureAnswer(Exception):
    """The request may have been read, and no whole answer came back."""


class _Deadline:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.whole

    def left(self, most: float) -> float:
        """Seconds this step may take. Raises NoSureAnswer when none is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise NoSureAnswer(f"deadline of {self._limits.whole:g} s passed")
        return min(left, most)


class _Stream(httpcore.NetworkStream):
    """Every read and write gets what is left of the whole exchange, not a fresh allowance."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline, limits: Limits) -> None:
        self._inner, self._deadline, self._limits = inner, deadline, limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._inner.read(max_bytes, self._deadline.left(self._limits.read))
        except httpcore.ReadTimeout:
            self._deadline.left(0)  # says so when it was the whole exchange that took too long
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_SLICE):
            left = self._deadline.left(self._limits.read)
            self._inner.write(buffer[start : start + WRITE_SLICE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(self._limits.connect)
        inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(inner, self._deadline, self._limits)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, limits: Limits) -> None:
        self._limits, self._deadline = limits, _Deadline(limits)
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(self._limits.connect)
        inner = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(inner, self._deadline, self._limits)


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once: the system's list of authorities takes 30 ms."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Channel:
    """A gateway's base address and the limits that hold for each exchange with it."""

    base_url: str
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext = field(default_factory=_system_trust)

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("a gateway address starts with https:// (http:// for the simulator)")

    def until(self, end: float) -> Self:
        """The same channel for an exchange that is over by `end` (time.monotonic). Raises NeverReached when late.

        Several exchanges that make up one send thereby share the time of one.
        """
        left = end - time.monotonic()
        if left <= 0:
            raise NeverReached("no time left")
        return replace(self, limits=replace(self.limits, whole=min(left, self.limits.whole)))

    def exchange(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer, whatever its status. Raises NeverReached, NotTrusted or NoSureAnswer."""
        sent = {"Accept-Encoding": "identity", "Connection": "close", **headers}
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self.tls, retries=0, network_backend=_Backend(self.limits)
                ) as pool,
                pool.stream(
                    method, self.base_url.rstrip("/") + path, headers=list(sent.items()), content=body
                ) as response,
            ):
                return Answer(response.status, _names_lowered(response), self._read(response))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            if _is_certificate_trouble(error):
                raise NotTrusted(str(error)) from error
            raise NeverReached(type(error).__name__) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise NoSureAnswer(type(error).__name__) from error

    def _read(self, response: httpcore.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > self.limits.answer_bytes:
                raise NoSureAnswer(f"answer over {self.limits.answer_bytes} bytes")
        return bytes(body)


def as_json(body: object) -> bytes:
    """UTF-8 as it is: escaped, a Korean text is twice as long and takes twice as long to write (RFC 8259, 8.1)."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except (
        UnicodeEncodeError
    ):  # half a character, which only an escape can carry: the gateway refuses that one text
        return json.dumps(body).encode()


def _names_lowered(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


def _is_certificate_trouble(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
