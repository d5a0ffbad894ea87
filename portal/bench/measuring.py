"""Runs the methods of a plan and takes the median of what each cost.

The cost of a row is processor time, ours and that of the database's processes together, since a shared machine
stretches the wall clock much more. Where the database runs elsewhere only wall time is known; such rows say so.
"""

import os
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from portal.bench.plan import Method, Plan, Results, Say
from portal.heap import keep_what_is_loaded

_NANO = 1_000_000_000
_KIB = 1024


@dataclass(frozen=True)
class Sample:
    """One run of one method. Seconds; `db_s` and `peak_bytes` are None where they cannot be known."""

    wall_s: float
    client_s: float
    db_s: float | None
    rows: int
    wal_bytes: int
    peak_bytes: int | None

    @property
    def us_per_row(self) -> float:
        """Processor microseconds, or wall microseconds where the database's are unknown."""
        return (self.wall_s if self.db_s is None else self.client_s + self.db_s) / self.rows * 1_000_000


@dataclass(frozen=True)
class Measured:
    """Medians over the rounds; of the memory the most. `spread` is (most - least) / median of the cost."""

    name: str
    wall_s: float
    client_s: float
    db_s: float | None
    rows: int
    us_per_row: float
    wal_per_row: float
    peak_bytes: int | None
    spread: float


def measure(plan: Plan, *, rounds: int, say: Say, seed: int = 0) -> Results:
    """Every method once a round, each round in another order."""
    keep_what_is_loaded()  # as the portal's processes do
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    samples: dict[str, list[Sample]] = {method.name: [] for method in plan.methods}
    for number in range(1, rounds + 1):
        for method in order.sample(list(plan.methods), len(plan.methods)):
            say(f"round {number}/{rounds}: {method.name}")
            samples[method.name].append(_sample(method))
    return {name: _median(name, taken) for name, taken in samples.items()}


def _sample(method: Method) -> Sample:
    method.before()
    rss = _forget_peak()
    wal, db, helped = _wal_position(), _database_cpu(method), _helpers_cpu(method)
    client, wall = time.process_time(), time.perf_counter()
    rows = method.work()
    wall, client = time.perf_counter() - wall, time.process_time() - client + _helpers_cpu(method) - helped
    db_after, wal = _database_cpu(method), _wal_position() - wal
    return Sample(
        wall_s=wall,
        client_s=client,
        db_s=None if db is None or db_after is None else db_after - db,
        rows=rows,
        wal_bytes=wal,
        peak_bytes=None if rss is None else max(_status("VmHWM") - rss, 0),
    )


def _median(name: str, samples: list[Sample]) -> Measured:
    costs = [sample.us_per_row for sample in samples]
    known = [sample.db_s for sample in samples if sample.db_s is not None]
    peaks = [sample.peak_bytes for sample in samples if sample.peak_bytes is not None]
    cost = statistics.median(costs)
    return Measured(
        name=name,
        wall_s=statistics.median(sample.wall_s for sample in samples),
        client_s=statistics.median(sample.client_s for sample in samples),
        db_s=statistics.median(known) if known else None,
        rows=samples[0].rows,
        us_per_row=cost,
        wal_per_row=statistics.median(sample.wal_bytes / sample.rows for sample in samples),
        peak_bytes=max(peaks, default=None),
        spread=(max(costs) - min(costs)) / cost,
    )


def _database_cpu(method: Method) -> float | None:
    """Processor seconds of all sessions on the scratch database, or None where the kernel does not tell.

    Sessions that ended in between are lost, so a method that opens its own keeps them until it is measured or says
    that they end: what ended, the server's first process has in its account.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity"
                       " WHERE datname = current_database() AND backend_type = 'client backend'")  # fmt: skip
        pids = [pid for (pid,) in cursor.fetchall()]
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    if not _is_database(own):
        return None
    ended = _of_ended_children(_parent(own)) if method.ends_sessions else 0
    return ended + sum(_processor_seconds(pid) for pid in pids if _is_database(pid))


def _helpers_cpu(method: Method) -> float:
    return sum(_processor_seconds(pid) for pid in method.helpers())


def _is_database(pid: int) -> bool:
    """False for another machine's number."""
    try:
        return Path("/proc", str(pid), "comm").read_text().startswith("postgres")
    except OSError:
        return False


def _processor_seconds(pid: int) -> float:
    """Of all threads of a process; 0 for one that has gone."""
    try:
        threads = list(Path("/proc", str(pid), "task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / _NANO
    except (OSError, ValueError):
        return 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything; the parent is the second of them."""
    return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _of_ended_children(pid: int) -> float:
    """Processor seconds of the children a process has seen to their end, to a hundredth."""
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        return cursor.fetchone()[0]


def _forget_peak() -> int | None:
    """Resident bytes now, after the kernel was told to count its peak anew. None where it cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except OSError:
        return None


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith(f"{name}:"))
