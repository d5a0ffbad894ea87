"""A Redis and a PostgreSQL of the test's own, to be killed, stopped and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import redis
from django.core.management import call_command
from django.db import connection

from portal.embedded_postgres import Cluster, throwaway_cluster


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """Use as a context manager. Forgets everything when killed, as one without persistence does."""

    def __init__(self, *options: str) -> None:
        program = shutil.which("redis-server")
        assert program, "the fault tests need redis-server: apt-get install redis-server"
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="redis")
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder.name]
        self._command += ["--save", "", "--appendonly", "no", "--daemonize", "no", *options]
        self.client = redis.Redis(port=self.port, socket_timeout=5)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while True:
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                assert time.monotonic() < end, "redis-server did not start"
                time.sleep(0.02)

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait(10)
        self.client.connection_pool.disconnect()

    def restart(self) -> None:
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.client.close()
        self._folder.cleanup()


class PostgresServer:
    """A migrated database on a server of its own. What is committed survives `crash()`."""

    def __init__(self, *options: str) -> None:
        self.cluster: Cluster = throwaway_cluster()
        self.cluster.throwaway = False  # or its keeper would remove it at the first crash
        # No power fails here but the server's own, so the disk need not be waited for; a commit must be.
        self.cluster.settings = ("fsync=off", "synchronous_commit=on", *options)

    @property
    def socket_path(self) -> str:
        return f"{self.cluster.sockets}/.s.PGSQL.5432"

    def start(self) -> None:
        self.cluster.acquire()

    def crash(self) -> None:
        """An immediate stop: every session broken off, recovery at the next start."""
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGQUIT)
        self.cluster.release()

    def remove(self) -> None:
        self.cluster.release()
        for folder in (self.cluster.home, self.cluster.sockets):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_database(*options: str) -> Iterator[PostgresServer]:
    """Django's default connection, and every process the test starts, on a migrated server of the test's own."""
    server = PostgresServer(*options)
    given: dict[str, Any] = connection.settings_dict
    before = {name: given[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD", "OPTIONS")}
    connection.close()
    try:
        server.start()
        options_there = {**before["OPTIONS"], "host": str(server.cluster.sockets)}
        given.update(HOST="", PORT="", NAME="portal", USER="portal", PASSWORD="", OPTIONS=options_there)
        call_command("migrate", verbosity=0, interactive=False)
        yield server
    finally:
        connection.close()
        given.update(before)
        server.remove()


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def is_stopped(pid: int) -> bool:
    """Whether SIGSTOP has taken effect."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
