"""A TCP proxy on its own port, through which a test spoils a conversation with PostgreSQL, Redis or a gateway.

Modes, changed at any time: `pass` hands everything on, `delay` each piece `seconds` late, `black_hole` takes all
and answers nothing, `reset` ends every connection with RST and refuses new ones the same way, `half_open` lets
both sides keep the connections they have and carries nothing on them any more, while new ones work, `truncate`
ends each connection after `bytes_back` bytes of answer. `cut_after` hands a question on and resets the moment it
was sent, its answer unread.
"""

import contextlib
import os
import select
import socket
import struct
import threading
import time
from typing import Self

MODES = frozenset({"pass", "delay", "black_hole", "reset", "half_open", "truncate"})
Address = tuple[str, int] | str  # host and port, or the path of a Unix socket


class TcpProxy:
    """Use as a context manager. `port` on 127.0.0.1 leads to `upstream`."""

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        self._mode, self._seconds, self._bytes_back = "pass", 0.0, 0
        self._cut_after: bytes | None = None
        self._cuts = 0
        self._pairs: list[tuple[socket.socket, socket.socket | None]] = []
        self._threads: list[threading.Thread] = []
        self._frozen: set[int] = set()
        self._lock = threading.Lock()
        self._open = True

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self.drop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    def set(self, mode: str, *, seconds: float = 0.0, bytes_back: int = 0) -> None:
        """From now on, for the connections that exist as well."""
        assert mode in MODES
        self._mode, self._seconds, self._bytes_back = mode, seconds, bytes_back
        if mode == "half_open":
            self._mode = "pass"
            with self._lock:
                self._frozen |= {id(client) for client, _server in self._pairs}
        if mode == "reset":
            self.drop()

    def cut_after(self, question: bytes, *, times: int = 1) -> None:
        """Reset the next `times` connections that carry these bytes towards the server, when they are sent."""
        self._cut_after, self._cuts = question, times

    @property
    def cuts_left(self) -> int:
        return self._cuts

    def drop(self) -> None:
        """Reset every connection there is."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for side in pair:
                reset(side)

    def _begin(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while self._open:
            readable, _, _ = select.select([self._listener], [], [], 0.1)
            if not readable:
                continue
            client, _ = self._listener.accept()
            if self._mode == "reset":
                reset(client)
                continue
            server = None if self._mode == "black_hole" else self._reach(client)
            with self._lock:
                self._pairs.append((client, server))
            if server:
                self._begin(self._carry, client, server)

    def _reach(self, client: socket.socket) -> socket.socket | None:
        kind = socket.AF_UNIX if isinstance(self._upstream, str) else socket.AF_INET
        server = socket.socket(kind, socket.SOCK_STREAM)
        try:
            server.connect(self._upstream)
        except OSError:
            server.close()
            reset(client)
            return None
        return server

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        answered = 0
        with contextlib.suppress(OSError, ValueError):
            while self._open:
                if self._mode == "black_hole" or id(client) in self._frozen:
                    time.sleep(0.05)  # nothing is read, so the other side's buffers fill as in life
                    continue
                readable, _, _ = select.select([client, server], [], [], 0.1)
                for side in readable:
                    piece = side.recv(65536)
                    if not piece:
                        raise ConnectionResetError
                    if self._mode == "delay":
                        time.sleep(self._seconds)
                    (server if side is client else client).sendall(piece)
                    if side is client and self._is_cut(piece):
                        raise ConnectionResetError
                    answered += len(piece) if side is server else 0
                    if self._mode == "truncate" and answered >= self._bytes_back:
                        raise ConnectionResetError
        reset(client)
        close(server)

    def _is_cut(self, piece: bytes) -> bool:
        with self._lock:
            if self._cuts and self._cut_after and self._cut_after in piece:
                self._cuts -= 1
                return True
        return False


def reset(side: socket.socket | None) -> None:
    """End with RST; nothing when it has ended."""
    if side is None or side.fileno() < 0:
        return
    with contextlib.suppress(OSError):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(side.detach())


def close(side: socket.socket) -> None:
    """End as a program that leaves: what was sent still arrives."""
    with contextlib.suppress(OSError):
        side.close()
