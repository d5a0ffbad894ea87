"""`manage.py demo` as a user sees it: it comes up, says where, and leaves nothing behind however it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.particles import as_object

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C를 누르면"


def heed_a_closed_terminal() -> None:
    """Under `nohup` the whole suite ignores SIGHUP; the demo shall have a terminal that can close."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Demo:
    def __init__(self, data: Path, port: int) -> None:
        self.mark = uuid.uuid4().hex
        self.port = port
        self.output = data.parent / f"{self.mark}.txt"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=ROOT,
                env={**kept, "PORT": str(port), "PORTAL_DATA_DIR": str(data), "DEMO_MARK": self.mark},
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=heed_a_closed_terminal,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> "Demo":
        deadline = time.monotonic() + 180
        while READY not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        return self

    def processes(self) -> dict[int, str]:
        """Everything alive that inherited our mark, so also what was orphaned, without the demo itself."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"DEMO_MARK={self.mark}".encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        found.pop(self.process.pid, None)
        return found

    def left_after(self, seconds: float) -> dict[int, str]:
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.left_after(15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder, so that only the first start has to fill it."""
    data = tmp_path_factory.mktemp("demo") / "data"
    yield data
    shutil.rmtree((data / "postgres").resolve(), ignore_errors=True)


@pytest.fixture
def demo(data: Path) -> Iterator[Demo]:
    demo = Demo(data, free_port()).wait_until_ready()
    yield demo
    demo.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_when_asked_and_leaves_nothing_behind(demo: Demo, number: int) -> None:
    programs = " ".join(demo.processes().values())
    servers = ("gunicorn portal.wsgi", "-A portal worker", "-A portal beat", "keeper.py")
    for part in (*servers, "sms_simulator", "payment_simulator"):
        assert part in programs
    demo.process.send_signal(number)
    assert demo.process.wait(20) == 0
    assert demo.left_after(2) == {}
    assert "멈췄습니다" in demo.said()


def test_says_where_and_who_and_is_the_only_one(demo: Demo, data: Path) -> None:
    said = demo.said()
    assert f"http://127.0.0.1:{demo.port}/" in said
    assert "비밀번호" in said
    outbox = re.search(r"발송함 +(http://127\.0\.0\.1:\d+/)", said)
    assert outbox
    for address in (f"http://127.0.0.1:{demo.port}/", f"http://127.0.0.1:{demo.port}/readyz", outbox[1]):
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.status == 200
    second = Demo(data, free_port())
    assert second.process.wait(60) == 1
    assert f"이미 실행 중입니다: http://127.0.0.1:{demo.port}/" in second.said()
    assert demo.process.poll() is None


def test_killed_outright_leaves_nothing_behind(demo: Demo) -> None:
    demo.process.kill()
    demo.process.wait()
    assert demo.left_after(15) == {}


def test_names_the_program_that_died_and_stops_the_rest(demo: Demo) -> None:
    os.kill(min(pid for pid, text in demo.processes().items() if "-A portal worker" in text), signal.SIGKILL)
    assert demo.process.wait(20) == 1
    assert "작업 처리기가 멈춰서" in demo.said()
    assert demo.left_after(5) == {}


def test_busy_port_is_refused_in_one_sentence(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = Demo(data, port)
        assert refused.process.wait(60) == 1
    assert refused.said().strip().count("\n") == 0
    assert f"포트 {as_object(port)} 다른 프로그램이 쓰고 있습니다" in refused.said()
    assert refused.left_after(5) == {}
