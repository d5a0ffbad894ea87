"""Everything at once, from a seed: 10,000 texts, workers killed, a gateway that fails three requests in ten, Redis
killed and started again, database connections dropped. The gateway's own log is the judge.

A run prints its seed; `CHAOS_SEED=7 ./run test -m faults tests/faults/test_chaos.py` runs that one again.
"""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from celery import Celery
from django.db import connection

from portal import clock
from sms.gateways.simulator import magic
from tests.faults.children import Child, Nursery
from tests.faults.crew import Crew
from tests.faults.invariants import accepted_twice, believed_but_not_accepted, broken
from tests.faults.outbox import Texts, nothing_moves, where_they_are
from tests.faults.servers import RedisServer
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
SEEDS = [int(os.environ["CHAOS_SEED"])] if "CHAOS_SEED" in os.environ else [1, 2, 3, 4, 5]
TEXTS, AT_ONCE, KILLS = 10_000, 20, 60
# Longer than this machine ever keeps the simulator from answering: the contract that a look-up rests on.
QUARANTINE = "5"
CELERY = "tests.faults.celery_worker:main"
FAULTS: list[dict[str, Any]] = [
    {"answer": "429", "seconds": 1},
    {"answer": "503"},
    {"answer": "401"},
    {"answer": "500"},
    {"answer": "500", "accept": "none"},
    {"answer": "502"},
    {"answer": "reset"},
    {"answer": "reset", "accept": "none"},
    {"answer": "lose", "seconds": 1.5},
    {"answer": "lose", "seconds": 1.5, "accept": "none"},
    {"answer": "lose", "seconds": 1.5, "accept": "late", "late": 1.2},
    {"answer": "garble"},
    {"answer": "html"},
    {"answer": "empty"},
    {"answer": "cut"},
    {"answer": "delay", "seconds": 0.3},
    {"drop": 3},
    {"refuse": 3},
    {"refuse": 2, "drop": 2, "alien": 1},
    {"shared_ref": True},
]


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


class Chaos:
    """The run of one seed. Every choice comes from it; only the machine's own pace differs from run to run."""

    def __init__(self, seed: int, nursery: Nursery, phones: SimulatorProcess, redis: RedisServer) -> None:
        self.chance = random.Random(seed)
        self.nursery, self.phones, self.redis = nursery, phones, redis
        self.dropped = self.restarts = 0
        self.over = Event()

    def run(self, number: int, kills: int, *, seconds: float, **told: str) -> Texts:
        """Returns the texts when nothing moves any more and the kills have been done."""
        texts = Texts(number, at_once=AT_ONCE)
        self.phones.control(faults=self.script(number // AT_ONCE))
        crew = self.crew = Crew(self.nursery, self.phones, texts.written_at, **told)
        crew.start(5)
        ringing = Thread(target=self.ring)
        ringing.start()
        try:
            bells = [self.bell(), self.bell()]
            end = time.monotonic() + seconds
            while crew.killed < kills or not nothing_moves():
                assert time.monotonic() < end, where_they_are()
                if crew.killed < kills:
                    self.one_event(bells)
                else:
                    time.sleep(0.1)
        finally:
            self.over.set()
            ringing.join()
        return texts

    def one_event(self, bells: list[Child]) -> None:
        """Mostly a kill; sometimes the database lets go of everybody, or Redis dies."""
        dice = self.chance.random()
        if dice < 0.08:
            self.drop_connections()
        elif dice < 0.12:
            self.redis.restart()
            self.restarts += 1
        elif dice < 0.2:
            place = self.chance.randrange(len(bells))
            bells[place].kill()
            self.crew.killed += 1
            bells[place] = self.bell()
        else:
            self.crew.kill_one(self.chance, within=(0.02, 0.25))

    def bell(self) -> Child:
        """A Celery worker that works when it is rung."""
        started = clock.now().isoformat()
        told = {**self.crew.told, "BROKER": self.redis.url, "STARTED_AT": started}
        return self.nursery.start(CELERY, name="crew", **told)

    def ring(self) -> None:
        """As beat does, only oftener; with Redis away the ring is lost."""
        while not self.over.wait(0.3):
            with Celery(broker=self.redis.url) as bell:
                bell.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}
                try:
                    bell.send_task("sms.tasks.deliver", retry=False, expires=5)
                except Exception:  # noqa: S112 - whatever a dying Redis says
                    continue

    def drop_connections(self) -> None:
        """Of the workers, not ours."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'crew'"
            )
            self.dropped += cursor.fetchone()[0]

    def script(self, requests: int) -> list[dict[str, Any]]:
        faults = [self.chance.choice(FAULTS) if self.chance.random() < 0.3 else {} for _ in range(2 * requests)]
        questions = [
            {
                "on": "look_up",
                "answer": self.chance.choice(["500", "garble", "reset", "normal", "normal", "normal"]),
            }
            for _ in range(requests // 2)
        ]
        return [*faults, *questions]


@pytest.mark.parametrize("seed", SEEDS)
def test_chaos(nursery: Nursery, phones: SimulatorProcess, redis_server: RedisServer, seed: int) -> None:
    began = time.monotonic()
    chaos = Chaos(seed, nursery, phones, redis_server)
    texts = chaos.run(TEXTS, KILLS, seconds=200, QUARANTINE=QUARANTINE)
    times, ends = texts.times_accepted(phones), texts.ends()
    sys.stdout.write(
        f"CHAOS_SEED={seed}: {TEXTS} texts, {chaos.crew.killed} kills, {chaos.dropped} connections dropped, "
        f"Redis killed {chaos.restarts} times, {time.monotonic() - began:.0f} s: {dict(times)}, {dict(ends)}\n"
    )
    assert chaos.crew.killed >= KILLS
    twice = set(map(str, accepted_twice(texts.messages, phones)))
    assert twice == set(), [row for row in phones.log() if row["key"] in twice]
    assert believed_but_not_accepted(phones) == []
    # Nobody is forgotten. One number among them the gateway refuses for good, and that is its recorded end.
    assert magic.REFUSED_AT_REGISTRATION in texts.messages.values_list("to", flat=True)
    assert times == Counter({1: TEXTS - 1, 0: 1})
    assert ends == Counter(accepted=TEXTS - 1, refused=1)
    assert broken() == {}


def test_chaos_finds_out_who_sends_again_blindly(
    nursery: Nursery, phones: SimulatorProcess, redis_server: RedisServer
) -> None:
    """The mutant takes every doubt for "never seen", without waiting."""
    texts = Chaos(1, nursery, phones, redis_server).run(1000, 10, seconds=100, MUTANT="1", QUARANTINE="0")
    times = texts.times_accepted(phones)
    assert times[0] == 0
    assert sum(number for often, number in times.items() if often > 1) > 0
