"""One database cluster: made once, started by its first user, stopped after its last."""

import atexit
import contextlib
import fcntl
import functools
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.data_folder import PERSISTENT_TEMP, data_folder, key, private_folder
from portal.embedded_postgres import binaries, keeper
from portal.particles import as_means

START_SECONDS = 60  # recovery after a crash may take a while
# A socket's path may have 107 bytes, so sockets live below /tmp and not in the project.
SHORT_TEMP = Path("/tmp")  # noqa: S108 - see private_folder()
QUICK_BUT_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Cluster:
    """`home` holds the data, the server's log and the locks; `sockets` is where clients connect."""

    home: Path
    sockets: Path
    settings: tuple[str, ...] = ()
    throwaway: bool = False
    _users: int | None = field(default=None, init=False)
    _pid: int = field(default=0, init=False)
    _keeper: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def _log(self) -> Path:
        return self.home / "server.log"

    @property
    def _options(self) -> list[str]:
        return [word for setting in self.settings for word in ("-c", setting)]

    @property
    def url(self) -> str:
        return f"postgres://portal@/portal?host={self.sockets}"

    def acquire(self) -> None:
        """Use the server until release() or the end of this process; start it if it is not running.

        :raises NoPostgres: it cannot be made or started; the message has the server's last words.
        """
        if self._users is not None:
            return
        users = os.open(self.home / "users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is just stopping the server
        self._users, self._pid = users, os.getpid()
        try:
            with self._one_starter():
                if not self._answers():
                    self._make()
                    self._start()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Stop using the server; when nobody else does, come back after it has stopped."""
        if self._users is None or self._pid != os.getpid():  # a forked child shares its parent's lock
            return
        users, self._users = self._users, None
        fcntl.flock(users, fcntl.LOCK_UN)
        if keeper.unused(users):
            if (self.data / "postmaster.pid").exists() and self._answers():
                self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast")
            if self._keeper:
                self._keeper.wait(keeper.STOP_SECONDS)
            with contextlib.suppress(OSError):
                self.sockets.rmdir()
        else:
            fcntl.flock(users, fcntl.LOCK_SH)  # at once beside other users; after a keeper that is stopping
        os.close(users)

    @contextlib.contextmanager
    def _one_starter(self) -> Iterator[None]:
        with open(self.home / "starting", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _answers(self) -> bool:
        return self._run("pg_isready", "-h", str(self.sockets), "-p", "5432", "-U", "portal").returncode == 0

    def _make(self) -> None:
        """Create the cluster under another name and rename it, so that one that exists is whole."""
        if (self.data / "PG_VERSION").is_file():
            self._check_version()
            return
        if self.data.exists():
            binaries.refuse(f"{self.data} 폴더가 온전한 PostgreSQL 자료가 아닙니다. 필요 없으면 지워 주십시오.")
        part = self.home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        private_folder(part, owner=self._account[0] if self._account else None)
        sync = ["--no-sync"] if self.throwaway else []
        self._must(
            "initdb", "-D", str(part), "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", *sync
        )
        self._must(
            "postgres", "--single", "-D", str(part), *self._options, "postgres", text="CREATE DATABASE portal\n"
        )
        part.rename(self.data)

    def _check_version(self) -> None:
        made = (self.data / "PG_VERSION").read_text().strip()
        found = re.search(r"\d+", self._run("postgres", "-V").stdout)
        if found and found[0] != made:
            binaries.refuse(
                f"{self.data}의 자료는 PostgreSQL {as_means(made)} 만들었는데 찾은 실행 파일은 {found[0]}입니다."
                f" {self.home} 폴더를 지우면 처음부터 다시 만듭니다."
            )

    def _start(self) -> None:
        private_folder(self.sockets, owner=self._account[0] if self._account else None)
        self._forget_dead_server()
        command = [str(self._programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets), "-h", ""]
        order = keeper.Order(
            command=[*command, "-p", "5432", *self._options],
            users=str(self.home / "users"),
            account=list(self._account or ()),
            remove=[str(self.home), str(self.sockets)] if self.throwaway else [],
        )
        with self._log.open("wb") as log:
            started = self._keeper = subprocess.Popen(
                [sys.executable, "-I", keeper.__file__, json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        self._wait_until_ready(started)

    def _wait_until_ready(self, started: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if started.poll() is not None or time.monotonic() > deadline:
                last = self._log.read_text(errors="replace").splitlines()[-5:]
                binaries.refuse("내장 PostgreSQL을 시작하지 못했습니다.\n  " + "\n  ".join(last))
            time.sleep(0.03)

    def _forget_dead_server(self) -> None:
        """Remove the pid files of a killed server whose number another program has by now.

        PostgreSQL itself forgets a number that nobody has, but takes any living process of the same account
        for a server. After a restart of a container low numbers are always taken.
        """
        for file in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(file.read_text().splitlines()[0])
                if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
                    file.unlink()

    @functools.cached_property
    def _account(self) -> tuple[int, int] | None:
        """(uid, gid) to run the server as; None is our own."""
        if os.geteuid() != 0:
            return None
        made = self.data.exists() and self.data.stat().st_uid
        account = pwd.getpwuid(made) if made else pwd.getpwnam("nobody")
        return account.pw_uid, account.pw_gid

    @functools.cached_property
    def _programs(self) -> Path:
        return binaries.usable(binaries.find(), by_another_account=self._account is not None)

    def _run(self, program: str, *arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        account: dict[str, Any] = {}
        if self._account:
            account = {"user": self._account[0], "group": self._account[1], "extra_groups": []}
        return subprocess.run(
            [str(self._programs / program), *arguments],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            check=False,
            **account,
        )

    def _must(self, program: str, *arguments: str, text: str = "") -> None:
        done = self._run(program, *arguments, text=text)
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-5:]
            binaries.refuse(f"내장 PostgreSQL을 준비하지 못했습니다({program}).\n  " + "\n  ".join(last))


def _environment() -> dict[str, str]:
    """Ours without PGPORT, PGDATA and the like, which steer PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


@functools.cache
def database_url() -> str:
    """The address of this project's own database, served until this process ends."""
    home = _home(data_folder())
    cluster = Cluster(home=home, sockets=SHORT_TEMP / f"guarantee-portal-{os.geteuid()}-{key(home)}")
    cluster.acquire()
    atexit.register(cluster.release)
    # For `manage.py dbshell`; and libpq must not be led astray by a port meant for another server.
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{binaries.find()}"
    os.environ.pop("PGPORT", None)
    return cluster.url


def throwaway_cluster() -> Cluster:
    """A cluster for tests: quick, forgets everything at a power cut, and removes itself after its last user."""
    home = Path(tempfile.mkdtemp(prefix="guarantee-portal-test-", dir=SHORT_TEMP))
    home.chmod(0o711)
    return Cluster(
        home=home,
        sockets=SHORT_TEMP / f"{home.name}-sockets",
        settings=QUICK_BUT_UNSAFE,
        throwaway=True,
    )


def _home(data: Path) -> Path:
    """`postgres` in the data folder; for root a link there to a folder its server account can reach."""
    home = data / "postgres"
    if os.geteuid() == 0 and not home.exists():
        outside = Path(tempfile.mkdtemp(prefix="guarantee-portal-", dir=PERSISTENT_TEMP))
        outside.chmod(0o711)
        home.unlink(missing_ok=True)  # a link to a folder that is gone
        home.symlink_to(outside)
    home.mkdir(mode=0o700, exist_ok=True)
    return home.resolve()
