"""Runs one PostgreSQL server for as long as somebody holds the lock on its `users` file, then stops it.

Started by cluster.py as a process of its own, outside every process group and terminal, so that
neither Ctrl-C nor `kill -9` of a user leaves a server behind: the kernel drops a dead user's lock. Needs the
standard library only and imports nothing of the portal, so it is up in a few milliseconds.

usage: python -I keeper.py '<JSON of Order>'
"""

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import Any, TypedDict

LOOK_EVERY_SECONDS = 0.5
STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1


class Order(TypedDict):
    command: list[str]  # the postgres server and its arguments
    users: str  # the lock file: shared by users, taken whole by the keeper when it stops the server
    account: list[int]  # [uid, gid] to run the server as; empty: our own
    remove: list[str]  # folders to delete at the end


def start(order: Order) -> "subprocess.Popen[bytes]":
    libc = ctypes.CDLL(None)

    def die_with_keeper() -> None:
        # After the change of user, which would clear it. SIGINT is PostgreSQL's fast shutdown.
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    account: dict[str, Any] = {}
    if order["account"]:
        account = {"user": order["account"][0], "group": order["account"][1], "extra_groups": []}
    return subprocess.Popen(order["command"], cwd="/", preexec_fn=die_with_keeper, **account)


def unused(users: int) -> bool:
    """Whether nobody holds the lock; if so, new users wait until this process ends."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown first; SIGQUIT (recovery at the next start) when it does not come to an end."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
            return


def keep(order: Order) -> None:
    users = os.open(order["users"], os.O_RDWR)
    server = start(order)
    try:
        while server.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(LOOK_EVERY_SECONDS)
            if server.returncode is None and unused(users):
                stop(server)
    finally:
        for folder in order["remove"]:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(json.loads(sys.argv[1]))
