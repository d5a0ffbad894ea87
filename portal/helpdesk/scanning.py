"""The hook for a virus scanner: clamd's INSTREAM command (clamd(8)), on a socket or a loopback port.

Without a scanner files are handed out as uploaded, and the page of the desk says that nobody looked.
"""

import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

from portal.helpdesk.models import ScanState

PIECE = 64 * 1024
SECONDS = 30.0
LONGEST_ANSWER = 4096


class ScannerSilent(Exception):
    """The scanner was not reached or gave no verdict; the file waits."""


def scan(content: bytes, *, address: str) -> ScanState:
    """CLEAN or INFECTED. `address`: unix:///run/clamav/clamd.ctl or tcp://127.0.0.1:3310. Raises ScannerSilent."""
    try:
        with _connected(address) as line:
            line.sendall(b"zINSTREAM\0")
            for piece in _pieces(content):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = line.recv(LONGEST_ANSWER).rstrip(b"\0").decode("ascii", "replace")
    except (OSError, ValueError) as error:
        raise ScannerSilent(type(error).__name__) from error
    if answer.endswith(" OK"):
        return ScanState.CLEAN
    if answer.endswith(" FOUND"):
        return ScanState.INFECTED
    raise ScannerSilent(answer[:80] or "no answer")


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(parts.path)
        return line
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.create_connection((parts.hostname, parts.port), timeout=SECONDS)
    raise ValueError("the scanner's address is unix:///… or tcp://host:port")


def _pieces(content: bytes) -> Iterator[bytes]:
    return (content[start : start + PIECE] for start in range(0, len(content), PIECE))
