"""Every entry of the timetable rings a task that exists, once, at an hour of Seoul."""

from importlib import import_module

import pytest
from celery.schedules import crontab
from django.conf import settings

from portal.celery import app

SCHEDULE = settings.CELERY_BEAT_SCHEDULE


@pytest.mark.parametrize("entry", SCHEDULE, ids=str)
def test_the_task_exists_and_is_registered(entry: str) -> None:
    name = SCHEDULE[entry]["task"]
    module, _, function = name.rpartition(".")
    assert getattr(import_module(module), function).name == name
    app.loader.import_default_modules()
    assert name in app.tasks


def test_no_task_stands_in_the_timetable_twice() -> None:
    tasks = [entry["task"] for entry in SCHEDULE.values()]
    assert sorted(tasks) == sorted(set(tasks))


def test_every_task_of_ours_is_rung() -> None:
    """A task nobody rings is dead, or was forgotten in the timetable."""
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.startswith(("portal.", "sms.", "certificates.", "guarantees."))}
    ours = {name for name in ours if ".bench." not in name}  # a benchmark's, never rung by beat
    assert ours == {entry["task"] for entry in SCHEDULE.values()}


def test_the_hours_are_those_of_seoul() -> None:
    assert (settings.CELERY_TIMEZONE, str(app.timezone)) == ("Asia/Seoul", "Asia/Seoul")


def test_the_expiry_run_has_an_early_hour_and_repeats() -> None:
    """The first at nine, when the branches open; a lost one is made up for within ten minutes (S24)."""
    run, catch_up = SCHEDULE["expiry-run"]["schedule"], SCHEDULE["expiry-catch-up"]["schedule"]
    assert isinstance(run, crontab)
    assert (sorted(run.hour), sorted(run.minute)) == ([9, 11, 14, 17], [0])
    minutes = sorted(catch_up.minute)
    assert max(b - a for a, b in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)) == 10


def test_a_ring_nobody_heard_is_not_heard_later() -> None:
    """What rings by the second must not pile up while the worker is away."""
    for entry in SCHEDULE.values():
        if isinstance(entry["schedule"], float):
            assert entry["options"]["expires"] <= entry["schedule"]
