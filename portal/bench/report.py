"""What a bench says at its end: the machine, a row for each method, a verdict for each target."""

import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django
from django.db import connection

from portal.bench.plan import Plan, Results

_MEBI = 1024 * 1024
_HEAD = (
    "method", "wall_s", "client_cpu_s", "db_cpu_s", "rows", "us_per_row", "x_floor", "wal_b_per_row", "peak_MiB",
    "spread",
)  # fmt: skip


def machine() -> dict[str, str]:
    """Where the figures come from. A load near the number of cores means that the machine was shared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync'), datcollate"
                       " FROM pg_database WHERE datname = current_database()")  # fmt: skip
        version, fsync, locale = cursor.fetchone()
    return {
        "machine": f"{platform.system()} {platform.machine()} {_processor()}".strip(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "postgresql": version,
        "django": django.get_version(),
        "driver": type(connection.connection).__module__.partition(".")[0],
        "locale": locale,
        "fsync": fsync,
    }


def _processor() -> str:
    """The processor's name, where the kernel tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def table(plan: Plan, results: Results) -> list[tuple[str, ...]]:
    """The head and a row for each method, in the plan's order."""
    return [_HEAD, *(_row(results, method.name, method.floor) for method in plan.methods)]


def _row(results: Results, name: str, floor: str) -> tuple[str, ...]:
    found = results[name]
    return (
        name,
        f"{found.wall_s:.3f}",
        f"{found.client_s:.3f}",
        "unknown" if found.db_s is None else f"{found.db_s:.3f}",
        str(found.rows),
        f"{found.us_per_row:.1f}{' wall' if found.db_s is None else ''}",
        f"{found.us_per_row / results[floor].us_per_row:.2f}" if floor else "-",
        f"{found.wal_per_row:.0f}",
        "-" if found.peak_bytes is None else f"{found.peak_bytes / _MEBI:.0f}",
        f"{found.spread:.0%}",
    )


def verdicts(plan: Plan, results: Results) -> list[tuple[str, float, str, bool]]:
    """(target, value, limit, met), in the plan's order."""
    judged = []
    for target in plan.targets:
        value = target.measure(results)
        judged.append((target.name, value, target.limit, target.is_met(value)))
    return judged


def as_text(plan: Plan, results: Results) -> str:
    """For a person, and for the README."""
    rows = table(plan, results)
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [", ".join(f"{name} {value}" for name, value in machine().items())]
    lines += [f"{name}: {value}" for name, value in plan.facts.items()]
    lines += [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines += [
        f"{name} {value:.3g} (target {limit}) {'PASS' if met else 'FAIL'}"
        for name, value, limit, met in verdicts(plan, results)
    ]
    return "\n".join(lines)


def as_json(plan: Plan, results: Results) -> dict[str, Any]:
    """The same for programs."""
    return {
        "machine": machine(),
        "facts": plan.facts,
        "methods": [asdict(results[method.name]) | {"floor": method.floor} for method in plan.methods],
        "verdicts": [
            {"target": name, "value": value, "limit": limit, "met": met}
            for name, value, limit, met in verdicts(plan, results)
        ],
    }
