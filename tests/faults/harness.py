"""Real processes of the portal against the test's own database, for tests that kill them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
SETUP = "import django; django.setup()\n"


def environment(**extra: str) -> dict[str, str]:
    """Ours, with the database that this test works on. Needs a test with committed rows."""
    given = connection.settings_dict
    host, port, name = given["HOST"] or "", given["PORT"] or "", quote(given["NAME"])
    place = f":{port}/{name}" if not host or host.startswith("/") else f"{host}:{port}/{name}"
    login = quote(given["USER"] or "") + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    socket = given.get("OPTIONS", {}).get("host") or (host if host.startswith("/") else "")
    query = f"?{urlencode({'host': socket})}" if socket else ""
    url = f"postgres://{login}@{place}{query}" if not socket else f"postgres://{login}@/{name}{query}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_ENV": "test",
        "PYTHONPATH": str(ROOT),
        **extra,
    }


def start_python(code: str, **extra: str) -> "subprocess.Popen[str]":
    """A Python process of the portal, set up and running `code`."""
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + code],
        cwd=ROOT, env=environment(**extra), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run_python(code: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    """The same, waited for; a failure shows what it printed."""
    process = start_python(code, **extra)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_until(done: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Look again and again; fails with `what` when it does not come about."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
