"""What more than one folder of tests stands on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.pages.actors import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The two companies and all actors, made once a module; each test works in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


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
    asked_for = {"transactional_db", "live_server"} & set(fixtures)
    return bool(asked_for) or bool(mark and mark.kwargs.get("transaction"))
