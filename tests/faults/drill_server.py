"""A PostgreSQL server of a test's own: made, dumped, copied, followed by a standby, killed and put back."""

import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Self

from portal.embedded_postgres import binaries
from tests.faults.harness import wait_until

# Quick; the machine is not going to lose its power, only the server its processes.
SETTINGS = ("fsync=off", "wal_level=replica", "max_wal_senders=4", "hot_standby=on")


class Server:
    """Listens on a socket in its own folder only. Everything of it is gone at the end."""

    def __init__(self) -> None:
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.home = Path(tempfile.mkdtemp(prefix="drill-", dir="/tmp"))
        if self.account:
            os.chown(self.home, self.account.pw_uid, self.account.pw_gid)
        self.data = self.home / "data"
        self.programs = binaries.usable(binaries.find(), by_another_account=self.account is not None)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://portal@/portal?host={self.home}"

    def make(self) -> Self:
        self.run("initdb", "-D", str(self.data), "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.run("createdb", *self._where, "portal")
        return self

    def start(self, most_bytes: int = 0) -> None:
        """`most_bytes`: no file may grow beyond that, as on a full disk."""
        words = [word for setting in SETTINGS for word in ("-c", setting)]
        limit = (
            partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most_bytes, most_bytes)) if most_bytes else None
        )
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.home), "-h", "", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as(),
                preexec_fn=limit,
            )  # fmt: skip
        wait_until(self.answers, seconds=60, what="the server answers")

    def answers(self) -> bool:
        asked = [str(self.programs / "pg_isready"), "-h", str(self.home), "-U", "portal"]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def end(self, number: int = signal.SIGINT) -> None:
        """SIGINT: a fast shutdown. SIGKILL: every process of it at once."""
        if self.process is None:
            return
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.process = None

    def standby(self) -> "Server":
        """Another server that follows this one, not started."""
        other = Server()
        other.run("pg_basebackup", *self._where, "-D", str(other.data), "-R", "-X", "stream", "-c", "fast")
        return other

    def promote(self) -> None:
        self.run("pg_ctl", "promote", "-D", str(self.data), "-w")

    def dump(self) -> Path:
        file = self.home / "backup"
        self.run("pg_dump", *self._where, "-Fc", "-f", str(file), "portal")
        return file

    def wipe_and_restore(self, file: Path) -> None:
        self.run("dropdb", *self._where, "--force", "portal")
        self.run("createdb", *self._where, "portal")
        self.run("pg_restore", *self._where, "-d", "portal", "--no-owner", str(file))

    def snapshot(self) -> Path:
        """A copy of the stopped server's files."""
        self.end()
        shutil.copytree(self.data, self.home / "snapshot", symlinks=True)
        self.start()
        return self.home / "snapshot"

    def put_back(self, snapshot: Path) -> None:
        self.end()
        shutil.rmtree(self.data)
        self.run("cp", "-a", str(snapshot), str(self.data), program=False)
        self._own(self.data)
        self.start()

    def run(self, command: str, *arguments: str, program: bool = True) -> str:
        name = str(self.programs / command) if program else command
        as_us = {} if command == "cp" else self._as()
        done = subprocess.run([name, *arguments], capture_output=True, text=True, cwd="/", check=False, **as_us)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _own(self, folder: Path) -> None:
        if self.account:
            for place in (folder, *folder.rglob("*")):
                os.chown(place, self.account.pw_uid, self.account.pw_gid)

    @property
    def _where(self) -> list[str]:
        return ["-h", str(self.home), "-U", "portal"]

    def _as(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def __enter__(self) -> Self:
        if self.data.exists():  # a standby, made from another
            self.start()
            return self
        return self.make()

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)
