"""T5: work on, lose the server, come back on an older database. The gate is shut before anybody looked; after the
recovery nobody was texted twice, no number was given twice, every invariant holds and work goes on.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.drill_server import Server
from tests.faults.harness import ROOT
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


class Office:
    """The portal on a server, its documents, its gateway and its witness in folders that survive the server."""

    def __init__(self, files: Path, simulator: SimulatorProcess) -> None:
        (files / "static").mkdir(parents=True)
        self.files, self.simulator = files, simulator

    def day(self, name: str, server: Server) -> dict[str, Any]:
        told = {
            "PATH": "/usr/bin:/bin", "PORTAL_ENV": "test", "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONPATH": str(ROOT), "DATABASE_URL": server.url, "PORTAL_DATA_DIR": str(self.files),
            "SMS_GATEWAY_URL": self.simulator.url, "SMS_GATEWAY_KEY": API_KEY,
            "SMS_GATEWAY_SECRET": WEBHOOK_SECRET,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.drill", name],
            cwd=ROOT, env=told, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def times(self) -> Counter[int]:
        return Counter(self.simulator.accepted_counts().values())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with SimulatorProcess() as simulator:
        yield Office(tmp_path / "files", simulator)


def by_dump(office: Office, server: Server) -> tuple[dict[str, Any], Server]:
    backup = server.dump()
    lost = office.day("lost", server)
    server.wipe_and_restore(backup)
    return lost, server


def by_snapshot(office: Office, server: Server) -> tuple[dict[str, Any], Server]:
    backup = server.snapshot()
    lost = office.day("lost", server)
    server.put_back(backup)
    return lost, server


def by_failover(office: Office, server: Server) -> tuple[dict[str, Any], Server]:
    """The standby had fallen behind; then the primary dies."""
    standby = server.standby()
    standby.start()
    standby.end()
    lost = office.day("lost", server)
    server.end(signal.SIGKILL)
    standby.start()
    standby.promote()
    return lost, standby


@pytest.mark.parametrize(
    ("lose", "reason", "notices_at_once"),
    [
        pytest.param(by_dump, "other_database", True, id="fault-49 dump restored"),
        pytest.param(by_snapshot, "went_back", False, id="fault-49 snapshot put back"),
        pytest.param(by_failover, "other_database", True, id="fault-48 standby promoted"),
    ],
)
def test_the_drill(office: Office, lose: Any, reason: str, notices_at_once: bool) -> None:
    with Server() as server:
        first = office.day("before", server)
        assert (first["first"], first["open"]) == ("2026-C1-000001-2", True)
        lost, now = lose(office, server)
        try:
            assert lost["second"] == "2026-C1-000002-0"
            told = office.times()
            assert told == Counter({1: lost["sent"]})
            found = office.day("after", now)
        finally:
            if now is not server:
                now.__exit__()
    assert found["open_unseen"] is not notices_at_once
    assert (found["open"], found["reason"], found["taken"], found["issued"]) == (False, reason, 0, False)
    assert found["open_again"]
    assert found["lost"] == [lost["second"]]  # printed in the lost hours; its file told
    assert found["number"] == "2026-C1-001002-9"
    assert (found["left"], found["wrong"]) == ([], [])
    # Everything of the lost hours was told once, and the new issue on top.
    assert office.times() == Counter({1: told[1] + 1})


def test_the_drill_finds_out_who_just_goes_on(office: Office) -> None:
    with Server() as server:
        office.day("before", server)
        lost, _server = by_dump(office, server)
        again = office.day("naive", server)
    assert again["number"] == lost["second"]  # two guarantees of one number on paper
    assert office.times()[2] == 4  # three notices and the waiting text


def test_nothing_is_decided_on_a_standby(office: Office) -> None:
    """fault-50: a worker or a page that was led to the follower can read there, and neither send nor issue."""
    with Server() as server:
        sent = office.day("before", server)["sent"]
        with server.standby() as standby:
            assert office.day("on_standby", standby) == {
                "guarantees": 1, "issued": "refused", "taken": "refused",
            }  # fmt: skip
    assert office.times() == Counter({1: sent})


def test_a_full_disk_leaves_doubt_and_no_lie(office: Office) -> None:
    """fault-47: the results of what was just sent cannot be written; with room again the gateway is asked."""
    with Server() as server:
        morning = office.day("before", server)["sent"]
        server.end()
        server.start(most_bytes=24 * 1024 * 1024)
        full = office.day("on_full_disk", server)
        sent = office.times()
        server.end()
        server.start()
        again = office.day("room_again", server)
    assert full["failed"]
    assert full["accepted"] == morning  # nothing is marked as sent that cannot be written down
    assert sent == Counter({1: morning + 1})  # the first batch left, and its result could not be written
    assert ([state for state, _count in again["states"]], again["accepted"]) == (["done"], morning + full["texts"])
    assert office.times() == Counter({1: morning + full["texts"]})
