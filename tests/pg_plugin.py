"""Gives the tests a PostgreSQL and a data folder of their own, before pytest-django reads the settings.

Loaded by `-p tests.pg_plugin` in pyproject.toml, as conftest.py would be too late. With DATABASE_URL set, that
server is used instead. Processes that a test starts inherit all of it, as do the workers of pytest-xdist.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from portal.embedded_postgres import NoPostgres, throwaway_cluster
from tests import migrated_template

OWN_SERVER = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    gc.set_threshold(50_000, 20, 100)  # see pytest_collection_finish
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    os.environ["PORTAL_ENV"] = "test"
    os.environ.pop("REDIS_URL", None)  # nobody's real queue
    data = (_borrowed_server if os.environ.get("DATABASE_URL") else _own_server)(early_config) / "files"
    data.mkdir(mode=0o700)
    (data / "static").mkdir()  # WhiteNoise warns without one, and warnings are errors
    os.environ["PORTAL_DATA_DIR"] = str(data)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of collected tests and all of Django stay to the end: a fifth of the time of the tests went into
    looking through them for garbage, again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    if OWN_SERVER in config.stash:
        config.add_cleanup(migrated_template.begin().kill)


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
    config.stash[OWN_SERVER] = True
    os.environ["DATABASE_URL"] = cluster.url
    return cluster.home
