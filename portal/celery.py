"""The Celery application. Its folders, where no Redis is given, are made before anything uses them.

Worker and beat leave signs of life in the data folder, which portal/health/probe.py looks at: the worker every two
seconds, beat with every task it has put into the queue.
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent, setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
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


@heartbeat_sent.connect
def worker_is_alive(**_: object) -> None:
    Path(settings.DATA_DIR, "worker-alive").touch()


@beat_init.connect
def watch_beat(**_: object) -> None:
    after_task_publish.connect(beat_is_alive)


def beat_is_alive(**_: object) -> None:
    Path(settings.DATA_DIR, "beat-alive").touch()
