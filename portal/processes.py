"""Child processes that never outlive us: the demo's web server, worker, beat and gateway simulator."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from portal.data_folder import PROJECT

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 1.0  # after the polite request, before the firm one
END_SECONDS = 2.0  # after the firm one, before the end: a worker without Redis lingers for nothing
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Ctrl-C, a closed terminal or `kill`: not an error, so no `except Exception` may keep it."""


@dataclass(frozen=True)
class Program:
    name: str  # what a person calls it, in Korean
    log: Path
    command: tuple[str, ...]


class Children:
    """Use as a context: at its end, for whatever reason, every process of every child is gone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._running: dict[Program, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        for number in STOP_SIGNALS:  # a second Ctrl-C must not interrupt the stopping
            signal.signal(number, signal.SIG_IGN)
        self.stop()

    def start(self, program: Program) -> None:
        libc, parent = ctypes.CDLL(None), os.getpid()

        def die_with_parent() -> None:
            for number in (*STOP_SIGNALS, signal.SIGQUIT):  # a shell lets programs behind `&` ignore some
                signal.signal(number, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # SIGQUIT ends some of them with a core file
            if sys.platform == "linux":
                # SIGQUIT makes gunicorn and Celery take their own children along.
                libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
                if os.getppid() != parent:
                    os._exit(1)

        with program.log.open("wb") as log:
            self._running[program] = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=self._environment,
                start_new_session=True,  # Ctrl-C in the terminal reaches us only, and the group can be stopped
                preexec_fn=die_with_parent,
            )

    def pids(self) -> list[int]:
        """Process ids of the children, without their own."""
        return [process.pid for process in self._running.values()]

    def dead(self) -> Program | None:
        """The first child found ended, if any."""
        return next((program for program, process in self._running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """SIGTERM; after a second SIGQUIT, as Celery ends slowly; at last SIGKILL, for the whole groups."""
        for number, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGQUIT, END_SECONDS)):
            for process in self._running.values():
                if process.poll() is None:
                    process.send_signal(number)
            self._wait(seconds)
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(p.poll() is None for p in self._running.values()):
            time.sleep(0.05)


def raise_on_stop_signals() -> None:
    """From now on Ctrl-C, SIGTERM and SIGHUP raise StopRequested in the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise StopRequested

    for number in STOP_SIGNALS:
        # `nohup` asks that a closed terminal be ignored.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def last_lines(log: Path, count: int = 15) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-count:]
