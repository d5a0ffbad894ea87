"""What the fault tests share: the prepared parent of their processes, and rows that stay from test to test."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.faults.children import Nursery
from tests.faults.outbox import leave_alone
from tests.gateway_simulator import SimulatorProcess


@pytest.fixture(scope="session")
def _nursery(django_db_setup: None, django_db_blocker: Any) -> Iterator[Nursery]:
    with django_db_blocker.unblock(), Nursery() as nursery:
        yield nursery


@pytest.fixture
def nursery(_nursery: Nursery) -> Iterator[Nursery]:
    """Its children end with the test."""
    yield _nursery
    _nursery.end_all()


@pytest.fixture
def _django_db_helper(request: pytest.FixtureRequest) -> None:
    """pytest-django's own, which empties every table after a test, except where the rows shall stay."""
    if "lasting_db" not in request.fixturenames:
        request.getfixturevalue("_django_db_helper")


@pytest.fixture(scope="module")
def lasting_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database as migrations leave it, emptied once a module: tests tell their rows by their keys."""
    with django_db_blocker.unblock():
        begin_anew()
        yield
        begin_anew()


@pytest.fixture(scope="module")
def module_simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def phones(module_simulator: SimulatorProcess, lasting_db: None) -> SimulatorProcess:
    """The module's gateway with every switch as at the start, and no message waiting from earlier tests."""
    module_simulator.reset()
    leave_alone()
    return module_simulator


def begin_anew() -> None:
    """As Django does after and before a test that commits."""
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
