"""The authorities' directory (LDAP) as a process of its own, and what a test needs to watch the wire."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def directory_process(folder: Path, *options: str) -> Iterator[str]:
    """Its address while the context lasts."""
    command = [sys.executable, "-m", "certificates.revocation.simulator", "--directory", str(folder), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("ldap://127.0.0.1:"), "the directory did not start"
        yield address
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


class Connections:
    """Every address this process connects to (`made`) or looks up (`asked`) while the context lasts, seen from the
    interpreter, beneath every library."""

    _watching: "Connections | None" = None
    _hooked = False

    def __init__(self) -> None:
        self.made: list[tuple[object, ...]] = []
        self.asked: list[tuple[object, ...]] = []

    def __enter__(self) -> "Connections":
        if not Connections._hooked:  # a hook cannot be taken away again
            sys.addaudithook(_hook)
            Connections._hooked = True
        Connections._watching = self
        return self

    def __exit__(self, *_: object) -> None:
        Connections._watching = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    watching = Connections._watching
    if watching is None:
        return
    if event == "socket.connect":
        watching.made.append(tuple(arguments[1])[:2])  # type: ignore[arg-type]
    elif event == "socket.getaddrinfo":
        watching.asked.append((arguments[0], arguments[1]))
