"""Running a stand-in server (bank, procurement system) as a process of its own."""

import signal
import sys
from threading import Thread
from typing import Protocol


class Server(Protocol):
    """One of `http.server`."""

    def serve_forever(self, poll_interval: float = ...) -> None: ...
    def shutdown(self) -> None: ...
    def server_close(self) -> None: ...


def serve_until_told(server: Server, url: str) -> None:
    """Writes the address as the first line, then serves until SIGTERM or Ctrl-C, and closes the server."""
    # `shutdown` waits for the loop it ends, so it must not be called from the thread that runs the loop.
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
