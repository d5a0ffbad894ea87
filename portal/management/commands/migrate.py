"""Django's own command in half of the time, as tests, demo and bench begin with an empty database.

For each constraint, index and trigger that a migration adds, Django makes the classes of the model and of all its
neighbours anew, and half of the time of `migrate` went into that; more into looking for garbage among those
classes. None of the three changes the fields of a model, so its class stays and is only told.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with _classes_that_stay(), _rarely_collecting():
            super().handle(*args, **options)


def _append_option(state: ProjectState, app_label: str, model_name: str, option: str, added: Any) -> None:
    options = state.models[app_label, model_name].options
    options[option] = [*options.get(option, []), added]
    if "apps" in state.__dict__:  # as Django asks whether the classes have been made
        setattr(state.apps.get_model(app_label, model_name)._meta, option, options[option])


def _add_trigger(operation: Any, app_label: str, state: ProjectState) -> None:
    _append_option(state, app_label, operation.model_name, "triggers", operation.trigger)


@contextmanager
def _classes_that_stay() -> Iterator[None]:
    """Django has no way to be told, so that its functions are exchanged for the while."""
    state: Any = ProjectState
    operation: Any = AddTrigger
    before = state._append_option, operation.state_forwards
    state._append_option, operation.state_forwards = _append_option, _add_trigger
    try:
        yield
    finally:
        state._append_option, operation.state_forwards = before


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    often, *others = gc.get_threshold()
    gc.set_threshold(max(often, 50_000), *others)
    try:
        yield
    finally:
        gc.set_threshold(often, *others)
