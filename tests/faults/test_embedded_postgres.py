"""The embedded database outlives no user and survives every killing, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from portal import data_folder
from portal.data_folder import FolderNotOurs, private_folder
from portal.embedded_postgres import Cluster, NoPostgres, binaries, throwaway_cluster

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys, time
from pathlib import Path
from portal.embedded_postgres import Cluster
cluster = Cluster(home=Path(sys.argv[1]), sockets=Path(sys.argv[2]))
cluster.acquire()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Cluster]:
    """Made once, and not removed before the last test has ended."""
    cluster = throwaway_cluster()
    cluster.throwaway = False
    cluster.acquire()
    cluster.release()
    yield cluster
    cluster.throwaway = True
    cluster.acquire()
    cluster.release()
    assert not cluster.home.exists()


@pytest.fixture
def cluster(made: Cluster) -> Iterator[Cluster]:
    """The same one, stopped before and after each test."""
    settings = made.settings
    yield made
    made.release()
    made.settings = settings


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n")[0])


def answers(cluster: Cluster) -> bool:
    try:
        with psycopg2.connect(host=str(cluster.sockets), user="portal", dbname="portal") as connection:
            return not connection.closed
    except psycopg2.OperationalError:
        return False


def eventually(fact: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.05)
    return fact()


def another_user(cluster: Cluster) -> "subprocess.Popen[str]":
    arguments = [str(cluster.home), str(cluster.sockets)]
    user = subprocess.Popen([sys.executable, "-c", USER, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
    return user


def end(user: "subprocess.Popen[str]", number: int = signal.SIGKILL) -> None:
    user.send_signal(number)
    user.communicate()


def test_stopped_when_its_only_user_ends(cluster: Cluster) -> None:
    cluster.acquire()
    assert answers(cluster)
    cluster.release()
    assert not answers(cluster)
    assert not (cluster.data / "postmaster.pid").exists()


def test_stays_for_the_second_user_when_the_first_who_started_it_ends(cluster: Cluster) -> None:
    first = another_user(cluster)
    cluster.acquire()
    end(first)
    time.sleep(1.5)  # longer than the keeper takes to look
    assert answers(cluster)
    cluster.release()
    assert not answers(cluster)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_stopped_after_a_user_who_could_not_say_goodbye(cluster: Cluster, number: int) -> None:
    user = another_user(cluster)
    end(user, number)
    assert eventually(lambda: not (cluster.data / "postmaster.pid").exists())


def test_stopped_when_the_keeper_is_killed_and_started_again(cluster: Cluster) -> None:
    cluster.acquire()
    assert cluster._keeper
    cluster._keeper.kill()
    assert eventually(lambda: not (cluster.data / "postmaster.pid").exists())
    cluster.release()
    cluster.acquire()
    assert answers(cluster)
    cluster.release()


def test_killed_server_starts_again_with_its_data(cluster: Cluster) -> None:
    cluster.settings = ()  # as the demo has it: what is committed is on the disk
    cluster.acquire()
    with psycopg2.connect(host=str(cluster.sockets), user="portal", dbname="portal") as connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(server_pid(cluster), signal.SIGKILL)
    cluster.release()
    assert (cluster.data / "postmaster.pid").exists()
    cluster.acquire()
    with psycopg2.connect(host=str(cluster.sockets), user="portal", dbname="portal") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT n FROM kept")
        assert cursor.fetchall() == [(1,)]
    cluster.release()


def test_pid_of_a_dead_server_that_another_program_has_now(cluster: Cluster) -> None:
    account = {"user": cluster._account[0]} if cluster._account else {}
    private_folder(cluster.sockets, owner=account.get("user"))
    other = subprocess.Popen(["sleep", "60"], **account)
    for stale in (cluster.data / "postmaster.pid", cluster.sockets / ".s.PGSQL.5432.lock"):
        stale.write_text(f"{other.pid}\n{cluster.data}\n1700000000\n5432\n{cluster.sockets}\n\n  0 0\nready\n")
    cluster.acquire()
    assert answers(cluster)
    cluster.release()
    assert other.poll() is None
    other.kill()
    other.wait()


def test_data_of_another_version_is_left_alone(cluster: Cluster) -> None:
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(NoPostgres, match="PostgreSQL 15로 만들었는데"):
        cluster.acquire()
    (cluster.data / "PG_VERSION").write_text("18\n")


def test_interrupted_creation_is_done_anew() -> None:
    cluster = throwaway_cluster()
    (cluster.home / "data.part").mkdir()
    (cluster.home / "data.part/half").touch()
    cluster.acquire()
    assert answers(cluster)
    cluster.release()


def test_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    cluster.settings = ("shared_buffers=nonsense",)
    with pytest.raises(NoPostgres, match=r"invalid value for parameter \"shared_buffers\"(.|\n)*DATABASE_URL"):
        cluster.acquire()


def test_without_any_binaries_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path)
    monkeypatch.delenv("PORTAL_PG_BIN", raising=False)
    with pytest.raises(NoPostgres, match="DATABASE_URL"):
        binaries.find()


def test_named_binaries_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_PG_BIN", str(tmp_path))
    with pytest.raises(NoPostgres, match="PORTAL_PG_BIN"):
        binaries.find()


def test_folder_that_is_a_link_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(FolderNotOurs, match="다른 사용자"):
        private_folder(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")
def test_folder_made_by_another_user_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 65534, -1)
    with pytest.raises(FolderNotOurs, match="다른 사용자"):
        private_folder(tmp_path / "theirs")


def test_project_without_room_for_data_uses_the_persistent_temp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv("PORTAL_DATA_DIR", raising=False)
    monkeypatch.setattr(data_folder, "PROJECT", tmp_path / "file")
    monkeypatch.setattr(data_folder, "PERSISTENT_TEMP", tmp_path)
    first = data_folder.data_folder()
    assert first.parent == tmp_path
    assert data_folder.data_folder() == first
