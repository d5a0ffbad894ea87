"""A storm with the vendors' adapters: Solapi by groups, NHN by its key. Single kills are in test_crash_points.py.

A mutant that calls a group never seen without asking for its state must be found out.
"""

import random
from collections import Counter
from typing import Any

import pytest

from tests.faults.children import Nursery
from tests.faults.crew import Crew
from tests.faults.harness import wait_until
from tests.faults.outbox import Texts, nothing_moves, where_they_are
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

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


def stormy_run(
    nursery: Nursery, phones: SimulatorProcess, gateway: str, seed: int, **told: str
) -> tuple[Texts, int]:
    """300 texts, faults all along, up to ten workers killed at random. Returns the texts and how many."""
    chance, texts = random.Random(seed), Texts(300, at_once=5)
    crew = Crew(nursery, phones, texts.written_at, GATEWAY=gateway, **told)
    phones.control(faults=script(chance, gateway))
    crew.start(3)
    killed = crew.storm(chance, kills=10)
    wait_until(nothing_moves, seconds=90, what=where_they_are())
    return texts, killed


@pytest.mark.parametrize("gateway", ["solapi", "nhn"])
def test_a_storm(nursery: Nursery, phones: SimulatorProcess, gateway: str) -> None:
    texts, killed = stormy_run(nursery, phones, gateway, seed=1)
    assert killed > 0
    assert texts.times_accepted(phones) == Counter({1: 300})
    assert texts.ends() == Counter(accepted=300)


def test_the_storm_finds_out_who_does_not_ask_the_group(nursery: Nursery, phones: SimulatorProcess) -> None:
    texts, _killed = stormy_run(nursery, phones, "solapi", 1, MUTANT="1", QUARANTINE="0")
    times = texts.times_accepted(phones)
    assert times[0] == 0
    assert sum(count for often, count in times.items() if often > 1) > 0


def test_a_group_accepted_late_needs_no_quarantine(nursery: Nursery, phones: SimulatorProcess) -> None:
    """Faults 60 and 61: the deleted group is never sent, where a key alone would have been accepted twice."""
    texts = Texts(5)
    crew = Crew(nursery, phones, texts.written_at, GATEWAY="solapi", QUARANTINE="0")
    phones.control(faults=[{"answer": "lose", "seconds": 1.2, "accept": "late", "late": 4}])
    crew.start()
    wait_until(nothing_moves, seconds=30, what=where_they_are())
    phones.control(advance=10)
    assert texts.times_accepted(phones) == Counter({1: 5})
