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
