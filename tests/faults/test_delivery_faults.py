"""Workers are killed and the gateway misbehaves; its own log is the judge.

Nobody gets a text twice, nobody is forgotten. A mutant that sends again whatever is in doubt must be found out,
or these tests prove nothing.
"""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from portal import clock
from sms.models import Batch, Channel, Message, Purpose, Result
from sms.outbox import Draft, queue
from tests.factories import make_member
from tests.faults.harness import ROOT, environment, wait_until
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
POINTS = ["after_claim", "before_call", "after_call", "in_settle", "after_settle"]


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


class Crew:
    """Worker processes on one simulator; none outlives the test."""

    def __init__(self, simulator: SimulatorProcess, started_at: datetime, **told: str) -> None:
        self.told = {"GATEWAY_URL": simulator.url, "STARTED_AT": started_at.isoformat(), **told}
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, **told: str) -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.delivery_worker"],
            cwd=ROOT, env=environment(**self.told, **told), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


def write(count: int) -> datetime:
    """Committed texts that may leave at any hour. Returns when they were written."""
    now, member = clock.now(), make_member()
    drafts = [
        Draft(
            key=f"fault:{n:04d}", member_id=member.pk, channel=Channel.SMS, purpose=Purpose.ONE_TIME_CODE,
            to=f"0100000{n:04d}", body=f"글 {n}", valid_until=now + timedelta(days=3650),
        )
        for n in range(count)
    ]  # fmt: skip
    with transaction.atomic():
        queue(drafts, at=now)
    return now


def nothing_moves() -> bool:
    return not Batch.objects.filter(state__in=["ready", "claimed", "unknown"]).exists()


def times_accepted(simulator: SimulatorProcess) -> Counter[int]:
    """How many messages the gateway accepted how often."""
    counts = simulator.accepted_counts()
    return Counter(counts.pop(key, 0) for key in Message.everything.values_list("gateway_key", flat=True))


@pytest.mark.parametrize("look_up", [True, False], ids=["조회 있음", "조회 없음"])
@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_each_point(
    simulator: SimulatorProcess, settings: Any, point: str, hit: int, look_up: bool
) -> None:
    settings.SMS_BATCH_SIZE = 3
    with Crew(simulator, write(9), LOOK_UP=str(int(look_up))) as crew:
        first = crew.start(PORTAL_CRASH_AT=f"{point}:{hit}")
        assert first.wait(timeout=30) == -signal.SIGKILL
        crew.start()
        wait_until(nothing_moves, seconds=30, what=str(list(Batch.objects.values_list("state", "trouble"))))
    held = sum(Batch.objects.filter(state="review").values_list("size", flat=True))
    ended = Result.objects.filter(number=Result.LAST, state="accepted").count()
    # Only where nobody can be asked, and only between the claim and the written answer, a person must look.
    assert held == (0 if look_up or point == "after_settle" else 3)
    assert ended == 9 - held
    asked_for_nothing = held and point in ("after_claim", "before_call")
    assert times_accepted(simulator) == (Counter({1: 6, 0: 3}) if asked_for_nothing else Counter({1: 9}))


FAULTS: list[dict[str, Any]] = [
    {"answer": "429", "seconds": 1},
    {"answer": "503"},
    {"answer": "401"},
    {"answer": "500"},
    {"answer": "500", "accept": "none"},
    {"answer": "reset"},
    {"answer": "reset", "accept": "none"},
    {"answer": "lose", "seconds": 1.5},
    {"answer": "lose", "seconds": 1.5, "accept": "late", "late": 1.2},
    {"answer": "garble"},
    {"answer": "cut"},
    {"answer": "delay", "seconds": 0.4},
    {"drop": 3},
    {"refuse": 3},
    {"refuse": 2, "drop": 2, "alien": 1},
]


def stormy_run(simulator: SimulatorProcess, seed: int, kills: int, **told: str) -> int:
    """300 texts, three requests in ten going wrong, workers killed at random. Returns how many were killed."""
    chance = random.Random(seed)
    faults = [chance.choice(FAULTS) if chance.random() < 0.3 else {} for _ in range(400)]
    questions = [{"on": "look_up", "answer": chance.choice(["500", "normal"])} for _ in range(40)]
    killed = 0
    with Crew(simulator, write(300), **told) as crew:
        simulator.control(faults=[*faults, *questions])
        running = [crew.start(), crew.start()]
        while killed < kills and not nothing_moves():
            worker = chance.choice(running)
            try:
                worker.wait(timeout=chance.uniform(1.2, 3.0))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
                killed += 1
            running[running.index(worker)] = crew.start()
        wait_until(nothing_moves, seconds=120, what=str(Counter(Batch.objects.values_list("state"))))
    return killed


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm(simulator: SimulatorProcess, settings: Any, seed: int) -> None:
    settings.SMS_BATCH_SIZE = 5
    assert stormy_run(simulator, seed, kills=10) > 0
    assert times_accepted(simulator) == Counter({1: 300})
    assert Result.objects.filter(number=Result.LAST, state="accepted").count() == 300
    assert set(Batch.objects.values_list("state", flat=True)) == {"done"}


def test_the_storm_finds_out_who_sends_again_blindly(simulator: SimulatorProcess, settings: Any) -> None:
    settings.SMS_BATCH_SIZE = 5
    stormy_run(simulator, 1, kills=10, MUTANT="1", QUARANTINE="0")
    times = times_accepted(simulator)
    assert times[0] == 0
    assert sum(count for often, count in times.items() if often > 1) > 0


@pytest.mark.parametrize(("quarantine", "times"), [("0", 2), ("3", 1)])
def test_a_gateway_that_accepts_late_needs_its_quarantine(
    simulator: SimulatorProcess, settings: Any, quarantine: str, times: int
) -> None:
    settings.SMS_BATCH_SIZE = 5
    with Crew(simulator, write(5), QUARANTINE=quarantine) as crew:
        simulator.control(faults=[{"answer": "lose", "seconds": 1.2, "accept": "late", "late": 2.5}])
        crew.start()
        wait_until(nothing_moves, seconds=30, what="quiet")
        wait_until(lambda: bool(times_accepted(simulator)[times]), seconds=5, what=f"accepted {times} times")
    assert times_accepted(simulator) == Counter({times: 5})
