"""The tests' side of the nursery: processes of the portal, started in milliseconds, killed by their own number."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path
from typing import Any, Self

from tests.faults.harness import ROOT, environment


class Child:
    """One process; the leader of its own group."""

    def __init__(self, nursery: "Nursery", number: int, log: Path) -> None:
        self._nursery, self._number, self._log = nursery, number, log
        self.pid = 0
        self.returncode: int | None = None
        self.started, self.ended = threading.Event(), threading.Event()

    def send_signal(self, number: int) -> None:
        """To the process and its group; nothing when it has ended."""
        self._nursery.order(do="signal", id=self._number, signal=int(number))

    def kill(self) -> int:
        """kill -9, and back when it is gone."""
        self.send_signal(signal.SIGKILL)
        return self.wait(10)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The exit code, negative for a signal. Raises TimeoutExpired."""
        if not self.ended.wait(timeout) or self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self.returncode

    def said(self) -> str:
        """What it printed, its log included."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class Nursery:
    """Use as a context manager; none of its children outlives it."""

    def __init__(self, **told: str) -> None:
        self._told = told
        self._numbers = count(1)
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="nursery")

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT, env=environment(**self._told), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        assert "ready" in self._process.stdout.readline(), "the nursery did not start"
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._listener.join(timeout=10)
        self._process.stdout.close()
        self._folder.cleanup()

    def start(
        self,
        run: str,
        *,
        name: str = "child",
        database: dict[str, Any] | None = None,
        **env: str,
    ) -> Child:
        """A child that runs `module:function`, or a piece of Python, with more environment.

        `database` is HOST and PORT of another way to the same database; `name` is what PostgreSQL calls its
        connections.
        """
        number = next(self._numbers)
        log = Path(self._folder.name) / f"{number}.log"
        child = self._children[number] = Child(self, number, log)
        order = {"do": "fork", "id": number, "run": run, "name": name, "env": env, "log": str(log)}
        self.order(**order, database=database or {})
        assert child.started.wait(20), "the nursery has gone"
        return child

    def run(self, code: str, *, seconds: float = 60, **more: Any) -> str:
        """A child waited for; it must end well. Returns what it printed."""
        child = self.start(code, **more)
        assert child.wait(seconds) == 0, child.said()
        return child.said()

    def order(self, **what: Any) -> None:
        assert self._process.stdin
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def end_all(self) -> None:
        """kill -9 to whatever is left of earlier tests."""
        for child in list(self._children.values()):
            if child.poll() is None:
                child.kill()
        self._children.clear()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            child = self._children.get(told["id"])
            if child is None:
                continue
            if "pid" in told:
                child.pid = told["pid"]
                child.started.set()
            else:
                child.returncode = told["status"]
                child.ended.set()
