"""The Celery application. Its folders, where no Redis is given, are made before anything uses them.

Worker and beat leave signs of life in the data folder, which portal/health/probe.py looks at: the worker every two
seconds, beat with every task it has put into the queue.
"""

import logging
import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_init,
    heartbeat_sent,
    setup_logging,
    worker_process_init,
    worker_ready,
)
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from portal.heap import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

log = logging.getLogger(__name__)
TRANSPORT_ALIASES |= {
    "filesystem": "portal.broker:FolderTransport",
    "redis": "portal.broker:RedisTransport",
    "rediss": "portal.broker:RedisTransport",
}
app = Celery("portal", task_cls="portal.health.clocks:PunctualTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_broker_folders(sender: Celery, **_: object) -> None:
    """The filesystem transport does not make its own folders."""
    options = sender.conf.broker_transport_options
    for name in ("data_folder_in", "processed_folder", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def leave_the_log_alone(**_: object) -> None:
    """While somebody listens here, Celery puts no handler of its own, which masks nothing, in place of ours."""


@worker_process_init.connect
def start_light(**_: object) -> None:
    """In each of the worker's processes, before its first task."""
    keep_what_is_loaded()


@heartbeat_sent.connect
def worker_is_alive(**_: object) -> None:
    Path(settings.DATA_DIR, "worker-alive").touch()


@worker_ready.connect
def look_at_the_gate(sender: Any, **_: object) -> None:
    """The first thing a worker does: a machine that starts is often one that was restored."""
    _ring(sender, "portal.gate.tasks.look")


@worker_ready.connect
def look_at_the_day(sender: Any, **_: object) -> None:
    """A worker that comes back, beat's rings lost, asks at once whether the day has had its expiry run."""
    _ring(sender, "guarantees.tasks.catch_up_expiry", expires=540)


def _ring(sender: Any, task: str, **options: Any) -> None:
    try:
        sender.app.send_task(task, ignore_result=True, **options)
    except Exception as error:  # the broker may be away; beat and cron ask again
        log.warning("%s was not asked for: %s", task, type(error).__name__)


@beat_init.connect
def watch_beat(**_: object) -> None:
    after_task_publish.connect(beat_is_alive)


def beat_is_alive(**_: object) -> None:
    Path(settings.DATA_DIR, "beat-alive").touch()
