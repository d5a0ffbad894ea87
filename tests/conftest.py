"""What more than one folder of tests stands on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from whitenoise.middleware import WhiteNoiseMiddleware

from guarantees.payments import registry
from portal.gate import identity
from portal.gate.models import Gate
from tests import migrated_template
from tests.factories import at
from tests.pages.actors import World, make_world
from tests.payment_simulator import KEY, BankThread, running_bank


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Each test client has WhiteNoise begin anew: looking through all static files took an eighth of the time."""
    find: Callable[[WhiteNoiseMiddleware], None] = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def find_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            find(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """As pytest-django does, and begins with a copy of what has been migrated already."""
    if migrated_template.ready():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template.NAME
        post_migrate.connect(open_the_gate_here, sender=apps.get_app_config("gate"))


def open_the_gate_here(**_given: Any) -> None:
    """The gate sees in a copied database one that somebody has put in the place of another."""
    Gate.objects.update(cluster=identity.read()[0])


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The two companies and all actors, made once a module; each test works in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def bank_thread() -> Iterator[BankThread]:
    """The payment simulator, one for the module."""
    with running_bank() as bank:
        yield bank


@pytest.fixture
def bank(bank_thread: BankThread, settings: Any) -> Iterator[BankThread]:
    """The bank as the portal's provider, on Monday 2026-11-23 at ten."""
    bank_thread.reset()
    settings.PAYMENT_URL, settings.PAYMENT_SECRET_KEY = bank_thread.server.url, KEY
    registry.provider.cache_clear()
    with time_machine.travel(at("2026-11-23 10:00"), tick=False):
        yield bank_thread
    registry.provider.cache_clear()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that commit run last, and each finds the rows that migrations make (products, roles, policy).

    After such a test Django empties every table, so that mixing them with others would take those rows away.
    """
    committing = [item for item in items if commits(item)]
    for item in committing:
        item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)
    last = set(committing)
    items[:] = [item for item in items if item not in last] + committing


def commits(item: pytest.Item) -> bool:
    """Whether a test works outside one big transaction."""
    mark = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    asked_for = {"transactional_db", "live_server", "lasting_db"} & set(fixtures)
    return bool(asked_for) or bool(mark and mark.kwargs.get("transaction"))
