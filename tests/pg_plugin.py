"""Gives the tests a PostgreSQL of their own, before pytest-django reads the settings (conftest.py is too late).

Loaded by `-p tests.pg_plugin` in pyproject.toml. With DATABASE_URL set, that server is used instead. Processes
that a test starts inherit all of it, as do the workers of pytest-xdist.
"""

import os
import shutil
import tempfile

import pytest

from portal.embedded_postgres import NoPostgres, throwaway_cluster


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    os.environ["PORTAL_ENV"] = "test"
    os.environ.pop("REDIS_URL", None)  # nobody's real queue
    os.environ["PORTAL_DATA_DIR"] = files = tempfile.mkdtemp(prefix="guarantee-portal-files-")
    os.mkdir(os.path.join(files, "static"))  # WhiteNoise warns without one, and warnings are errors
    early_config.add_cleanup(lambda: shutil.rmtree(files, ignore_errors=True))
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = _serve(early_config)


def _serve(config: pytest.Config) -> str:
    cluster = throwaway_cluster()
    try:
        cluster.acquire()
    except NoPostgres as refused:
        raise pytest.UsageError(str(refused)) from refused
    config.add_cleanup(cluster.release)
    return cluster.url
