"""The same kills and storms with the vendors' adapters: Solapi by groups, NHN by its key.

A mutant that calls a group never seen without asking for its state must be found out.
"""

import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sms.models import Batch, Result
from tests.faults.harness import wait_until
from tests.faults.test_delivery_faults import Crew, nothing_moves, times_accepted, write
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
POINTS = {
    "solapi": [
        "after_claim",
        "before_call",
        "group_open",
        "group_kept",
        "after_call",
        "in_settle",
        "after_settle",
    ],
    "nhn": ["after_claim", "before_call", "after_call", "in_settle", "after_settle"],
}


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize(
    ("gateway", "point"), [(gateway, point) for gateway, points in POINTS.items() for point in points]
)
def test_killed_at_each_point(
    simulator: SimulatorProcess, settings: Any, gateway: str, point: str, hit: int
) -> None:
    settings.SMS_BATCH_SIZE = 3
    with Crew(simulator, write(9), GATEWAY=gateway) as crew:
        first = crew.start(PORTAL_CRASH_AT=f"{point}:{hit}")
        assert first.wait(timeout=30) == -signal.SIGKILL
        crew.start()
        wait_until(nothing_moves, seconds=30, what=str(list(Batch.objects.values_list("state", "trouble"))))
    assert set(Batch.objects.values_list("state", flat=True)) == {"done"}
    assert Result.objects.filter(number=Result.LAST, state="accepted").count() == 9
    assert times_accepted(simulator) == Counter({1: 9})


STEPS = {"solapi": ["group", "register", "send"], "nhn": ["send"]}
FAULTS: list[dict[str, Any]] = [
    {"answer": "429", "seconds": 1},
    {"answer": "503"},
    {"answer": "500"},
    {"answer": "500", "accept": "none"},
    {"answer": "reset"},
    {"answer": "reset", "accept": "none"},
    {"answer": "lose", "seconds": 1.5},
    {"answer": "lose", "seconds": 1.5, "accept": "late", "late": 1.2},
    {"answer": "garble"},
    {"answer": "cut"},
    {"answer": "delay", "seconds": 0.4},
]
PARTIAL: list[dict[str, Any]] = [{"drop": 3}, {"refuse": 3}, {"refuse": 2, "drop": 2, "alien": 1}]


def script(chance: random.Random, gateway: str) -> list[dict[str, Any]]:
    """Faults for three requests in ten at every step, partial answers where messages are named, bad questions."""
    faults: list[dict[str, Any]] = []
    for step in STEPS[gateway]:
        named = "register" if gateway == "solapi" else "send"
        choice = [*FAULTS, *PARTIAL] if step == named else FAULTS
        faults += [{"on": step, **(chance.choice(choice) if chance.random() < 0.3 else {})} for _ in range(400)]
    return faults + [{"on": "look_up", "answer": chance.choice(["500", "normal"])} for _ in range(40)]


def stormy_run(simulator: SimulatorProcess, gateway: str, seed: int, **told: str) -> int:
    """300 texts, faults all along, up to ten workers killed at random. Returns how many were killed."""
    chance, killed = random.Random(seed), 0
    with Crew(simulator, write(300), GATEWAY=gateway, **told) as crew:
        simulator.control(faults=script(chance, gateway))
        running = [crew.start(), crew.start()]
        while killed < 10 and not nothing_moves():
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


@pytest.mark.parametrize("gateway", ["solapi", "nhn"])
def test_a_storm(simulator: SimulatorProcess, settings: Any, gateway: str) -> None:
    settings.SMS_BATCH_SIZE = 5
    assert stormy_run(simulator, gateway, seed=1) > 0
    assert times_accepted(simulator) == Counter({1: 300})
    assert Result.objects.filter(number=Result.LAST, state="accepted").count() == 300
    assert set(Batch.objects.values_list("state", flat=True)) == {"done"}


def test_the_storm_finds_out_who_does_not_ask_the_group(simulator: SimulatorProcess, settings: Any) -> None:
    settings.SMS_BATCH_SIZE = 5
    stormy_run(simulator, "solapi", 1, MUTANT="1", QUARANTINE="0")
    times = times_accepted(simulator)
    assert times[0] == 0
    assert sum(count for often, count in times.items() if often > 1) > 0


def test_a_group_accepted_late_needs_no_quarantine(simulator: SimulatorProcess, settings: Any) -> None:
    """Faults 60 and 61: the deleted group is never sent, where a key alone would have been accepted twice."""
    settings.SMS_BATCH_SIZE = 5
    with Crew(simulator, write(5), GATEWAY="solapi", QUARANTINE="0") as crew:
        simulator.control(faults=[{"answer": "lose", "seconds": 1.2, "accept": "late", "late": 4}])
        crew.start()
        wait_until(nothing_moves, seconds=30, what="quiet")
    simulator.control(advance=10)
    assert times_accepted(simulator) == Counter({1: 5})
