"""Delivery workers in number, killed at random and replaced, as a storm wants it."""

import random
import subprocess
from datetime import datetime
from typing import Any

from tests.faults.children import Child, Nursery
from tests.faults.outbox import nothing_moves
from tests.gateway_simulator import SimulatorProcess

WORKER = "tests.faults.delivery_worker:main"


class Crew:
    """Workers on one simulator; the nursery ends them with the test."""

    def __init__(self, nursery: Nursery, simulator: SimulatorProcess, started_at: datetime, **told: str) -> None:
        self.nursery = nursery
        self.told = {"GATEWAY_URL": simulator.url, "STARTED_AT": started_at.isoformat(), **told}
        self.workers: list[Child] = []
        self.killed = 0

    def start(self, number: int = 1, **told: Any) -> Child:
        """As many more workers; returns the last."""
        for _ in range(number):
            self.workers.append(self.nursery.start(WORKER, name="crew", **{**self.told, **told}))
        return self.workers[-1]

    def kill_one(self, chance: random.Random, *, within: tuple[float, float], **told: Any) -> None:
        """Let one of them work a while, kill it unless it has ended, and put another in its place."""
        place = chance.randrange(len(self.workers))
        victim = self.workers[place]
        try:
            victim.wait(timeout=chance.uniform(*within))
        except subprocess.TimeoutExpired:
            victim.kill()
            self.killed += 1
        self.workers[place] = self.nursery.start(WORKER, name="crew", **{**self.told, **told})

    def storm(self, chance: random.Random, *, kills: int, within: tuple[float, float] = (0.3, 0.8)) -> int:
        """Kill workers until there were `kills` or everything is done. Returns how many."""
        while self.killed < kills and not nothing_moves():
            self.kill_one(chance, within=within)
        return self.killed
