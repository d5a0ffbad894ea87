"""The Celery application. Its folders, where no Redis is given, are made before anything uses them.

A worker leaves a sign of life in the data folder every few seconds; portal/health/probe.py looks at it.
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import heartbeat_sent
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


@heartbeat_sent.connect
def leave_sign_of_life(**_: object) -> None:
    Path(settings.DATA_DIR, "worker-alive").touch()
