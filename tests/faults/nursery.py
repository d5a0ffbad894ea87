"""The prepared parent of test processes: it loads the portal once, and every process is a fork of it.

A start costs ten milliseconds instead of two seconds, so that a hundred crashes cost no minutes. It forks while it
has one thread and no connection, so a child inherits nothing that could break. Orders come as JSON lines on its
standard input, and with the end of that input all of its children die.

usage: python -m tests.faults.nursery
"""

import ctypes
import importlib
import json
import os
import select
import signal
import sys
import threading
import traceback
from typing import Any, NoReturn

import django
from django.db import connections

PR_SET_PDEATHSIG = 1
LOADED = ("sms.delivery.drain", "sms.gateways.registry", "guarantees.tasks", "tests.faults.celery_worker")


class Nursery:
    """Order number to process, while the process lives."""

    def __init__(self) -> None:
        self.living: dict[int, int] = {}

    def fork(self, order: dict[str, Any]) -> None:
        if threading.active_count() != 1 or connections["default"].connection:
            raise RuntimeError("a thread or a connection would be inherited")
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            become(order)
        self.living[order["id"]] = pid
        say({"id": order["id"], "pid": pid})

    def signal(self, order: dict[str, Any]) -> None:
        """To the whole group that the child leads; nobody else can have its number before we have reaped it."""
        if pid := self.living.get(order["id"]):
            try:
                os.killpg(pid, order["signal"])
            except ProcessLookupError:  # not yet a leader
                os.kill(pid, order["signal"])

    def reap(self) -> None:
        for number, pid in list(self.living.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                del self.living[number]
                say({"id": number, "status": os.waitstatus_to_exitcode(status)})

    def run(self) -> None:
        """Until the input ends."""
        woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        waiting = b""
        while True:
            readable, _, _ = select.select([sys.stdin, woken], [], [])
            if woken in readable:
                os.read(woken, 4096)
                self.reap()
            if sys.stdin in readable:
                read = os.read(0, 65536)
                if not read:
                    return
                *lines, waiting = (waiting + read).split(b"\n")
                for line in lines:
                    order = json.loads(line)
                    {"fork": self.fork, "signal": self.signal}[order["do"]](order)

    def end(self) -> None:
        for number in list(self.living):
            self.signal({"id": number, "signal": signal.SIGKILL})


def become(order: dict[str, Any]) -> NoReturn:
    """Never returns: the child runs what was ordered and ends."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        output = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.update(order["env"])
        given = connections["default"].settings_dict
        options = {**given.get("OPTIONS", {}), "application_name": order["name"]}
        if order["database"]:  # another place of the same database: a proxy, say
            options.pop("host", None)
            given.update(order["database"])
            options["sslmode"] = "disable"
        given["OPTIONS"] = options
        if "\n" not in order["run"]:
            module, _, function = order["run"].partition(":")
            code = getattr(importlib.import_module(module), function)() or 0
        else:
            exec(compile(order["run"], order["name"], "exec"), {"__name__": "__main__"})  # noqa: S102
            code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def say(what: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    django.setup()
    for module in LOADED:
        importlib.import_module(module)
    say({"ready": 1})
    nursery = Nursery()
    try:
        nursery.run()
    finally:
        nursery.end()


if __name__ == "__main__":
    main()
