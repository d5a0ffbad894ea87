"""The containers' health checks: `python -I portal/health/probe.py web|worker|beat`, exit code 0 or 1.

Runs every half minute in each container, so it uses the standard library only and does not load Django.
"""

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

SIGN_SECONDS = 90  # portal/celery.py leaves the worker's sign every 2 s, beat's at least every 15 s


def web(environment: Mapping[str, str]) -> bool:
    """Whether /readyz says 200, asked under a name that ALLOWED_HOSTS lets in."""
    host = environment["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": host})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
        return bool(answer.status == 200)


def has_left_a_sign(role: str, environment: Mapping[str, str]) -> bool:
    sign = Path(environment["PORTAL_DATA_DIR"], f"{role}-alive")
    return time.time() - sign.stat().st_mtime < SIGN_SECONDS


PROBES: dict[str, Callable[[Mapping[str, str]], bool]] = {
    "web": web,
    "worker": partial(has_left_a_sign, "worker"),
    "beat": partial(has_left_a_sign, "beat"),
}

if __name__ == "__main__":
    try:
        healthy = PROBES[sys.argv[1]](os.environ)
    except (OSError, ValueError) as unwell:
        sys.exit(f"{sys.argv[1]}: {unwell}")
    sys.exit(0 if healthy else f"{sys.argv[1]}: no sign of life")
