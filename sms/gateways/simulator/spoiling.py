"""Answers that go wrong on the wire: lost, late, cut, slow or nonsense. Works on any wire format."""

import os
import select
import socket
import struct
import time
from collections.abc import Mapping
from http import HTTPStatus

from sms.gateways.simulator.wire import Reply

LOST_AFTER = 60.0
HUGE = 64 * 1024 * 1024
_HTML = "<!doctype html><title>점검</title><p>서비스 점검 중입니다.</p>".encode()

# Whole answers put in place of the true one: status, body, content type, headers.
_REPLACED: dict[str, tuple[int, bytes, str, Mapping[str, str]]] = {
    "garble": (200, b'{"results": [{"key": "\xff\xfe', "application/json", {}),
    "html": (200, _HTML, "text/html; charset=utf-8", {}),
    "empty": (200, b"", "application/json", {}),
    "redirect": (302, b"", "text/plain", {"Location": "/elsewhere"}),
    "500": (500, b"Internal Server Error", "text/plain", {}),
    "502": (502, _HTML, "text/html; charset=utf-8", {}),
    "503_bare": (503, _HTML, "text/html; charset=utf-8", {}),
}


def send(connection: socket.socket, reply: Reply, extra: Mapping[str, str]) -> bool:
    """Writes the reply as its fault wants it. False when the connection is no longer of use."""
    fault = reply.fault
    if fault.answer in ("lose", "reset"):
        if fault.answer == "lose":
            _wait_until_left(connection, fault.seconds or LOST_AFTER)
        _reset(connection)
        return False
    if fault.answer == "delay" and not _pause(connection, fault.seconds):
        _reset(connection)
        return False
    written = _as_bytes(reply, extra)
    if fault.answer == "cut":
        connection.sendall(written[: len(written) - len(reply.body) // 2 - 1])
        return False
    if fault.answer == "drip":
        return _drip(connection, written, fault.seconds or 1.0)
    if fault.answer == "huge":
        return _flood(connection)
    connection.sendall(written)
    return True


def _as_bytes(reply: Reply, extra: Mapping[str, str]) -> bytes:
    status, body, content_type, headers = _REPLACED.get(
        reply.fault.answer, (reply.status, reply.body, reply.content_type, reply.headers)
    )
    if reply.fault.answer == "charset":
        body = body.decode().encode("utf-16")
    lines = {"Content-Type": content_type, "Content-Length": str(len(body)), **extra, **headers}
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode() + body


def _wait_until_left(connection: socket.socket, seconds: float) -> None:
    _pause(connection, seconds)


def _pause(connection: socket.socket, seconds: float) -> bool:
    """Waits; False as soon as the other side has gone."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        readable, _, _ = select.select([connection], [], [], left)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return False
        if readable:
            time.sleep(min(left, 0.05))
    return True


def _reset(connection: socket.socket) -> None:
    """Ends with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def _drip(connection: socket.socket, written: bytes, pause: float) -> bool:
    for byte in written:
        connection.sendall(bytes([byte]))
        if not _pause(connection, pause):
            return False
    return True


def _flood(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % HUGE)
    piece = b" " * 65536
    for _piece in range(HUGE // len(piece)):
        connection.sendall(piece)
    return False
