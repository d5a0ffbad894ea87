"""Gives the tests a PostgreSQL and a data folder of their own, before pytest-django reads the settings.

Loaded by `-p tests.pg_plugin` in pyproject.toml, as conftest.py would be too late. With DATABASE_URL set, that
server is used instead. Processes that a test starts inherit all of it, as do the workers of pytest-xdist.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from portal.embedded_postgres import NoPostgres, throwaway_cluster


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    os.environ["PORTAL_ENV"] = "test"
    os.environ.pop("REDIS_URL", None)  # nobody's real queue
    data = (_borrowed_server if os.environ.get("DATABASE_URL") else _own_server)(early_config) / "files"
    data.mkdir(mode=0o700)
    (data / "static").mkdir()  # WhiteNoise warns without one, and warnings are errors
    os.environ["PORTAL_DATA_DIR"] = str(data)


def _borrowed_server(config: pytest.Config) -> Path:
    home = tempfile.mkdtemp(prefix="guarantee-portal-test-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    return Path(home)


def _own_server(config: pytest.Config) -> Path:
    """Its folder disappears with the server, so also when the tests are killed."""
    cluster = throwaway_cluster()
    try:
        cluster.acquire()
    except NoPostgres as refused:
        raise pytest.UsageError(str(refused)) from refused
    config.add_cleanup(cluster.release)
    os.environ["DATABASE_URL"] = cluster.url
    return cluster.home
