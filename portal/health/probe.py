"""The containers' health checks: `python -I portal/health/probe.py web|worker|beat`, exit code 0 or 1.

Runs every half minute in each container, so it uses the standard library only and does not load Django.
"""

import os
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

WORKER_SECONDS = 60  # the worker leaves a sign every 2 s
BEAT_SECONDS = 600  # beat writes its schedule down every 3 min
SCHEDULE = Path("/schedule")


def age_seconds(file: Path) -> int:
    return int(time.time() - file.stat().st_mtime)


def web(environment: Mapping[str, str]) -> bool:
    """Whether /readyz says 200, asked under a name that ALLOWED_HOSTS lets in."""
    host = environment["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": host})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
        return bool(answer.status == 200)


def worker(environment: Mapping[str, str]) -> bool:
    return age_seconds(Path(environment["PORTAL_DATA_DIR"], "worker-alive")) < WORKER_SECONDS


def beat(environment: Mapping[str, str]) -> bool:
    return min(map(age_seconds, SCHEDULE.iterdir())) < BEAT_SECONDS


PROBES = {"web": web, "worker": worker, "beat": beat}

if __name__ == "__main__":
    try:
        healthy = PROBES[sys.argv[1]](os.environ)
    except (OSError, ValueError) as unwell:
        sys.exit(f"{sys.argv[1]}: {unwell}")
    sys.exit(0 if healthy else f"{sys.argv[1]}: no sign of life")
