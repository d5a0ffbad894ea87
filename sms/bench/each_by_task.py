"""The plain way with Celery: one task for each message. Here only to be measured; nothing rings for it."""

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from sys import executable
from uuid import uuid4

from celery import current_app, shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from portal import clock
from portal.processes import Children, Program
from sms.gateways.protocol import Accepted, OutgoingText
from sms.gateways.registry import gateway
from sms.models import Message, Result

QUEUE = "bench"
LOOK_SECONDS = 0.02
MOST_SECONDS = 600


@shared_task
def deliver_one(message_id: int) -> None:
    """Read a message, hand it over, write down what came of it."""
    message = Message.everything.get(pk=message_id)
    text = OutgoingText(str(message.gateway_key), message.to, message.sender, "sms", "", message.body)
    outcome = gateway().send(uuid4(), [text])[text.key]
    ref = outcome.provider_ref if isinstance(outcome, Accepted) else ""
    Result.objects.create(
        message_id=message_id,
        number=Result.LAST,
        state="accepted",
        gateway="local",
        provider_ref=ref,
        at=clock.now(),
    )


def broker_answers() -> bool:
    """Whether there is a Redis to measure with."""
    if not settings.REDIS_URL:
        return False
    try:
        with current_app.connection_for_write(connect_timeout=2) as found:
            found.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True


class TaskWorker:
    """A Celery worker with two processes for `deliver_one`, and nothing else."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bench-worker-"))
        log = self._folder / "worker.log"
        self._children = Children(environment)
        command = [executable, "-m", "celery", "-A", "portal", "worker", "-c", "2", "-Q", QUEUE]
        command += ["-I", __name__, "--without-gossip", "--without-mingle", "-l", "INFO"]
        self._children.start(Program("작업 처리기", log, tuple(command)))
        end = time.monotonic() + 60
        while " ready." not in log.read_text():
            if time.monotonic() > end:
                self.close()
                raise RuntimeError("the worker does not start")
            time.sleep(0.1)

    def pids(self) -> list[int]:
        """The worker and its two processes."""
        first = self._children.pids()
        return [*first, *(pid for parent in first for pid in _children_of(parent))]

    def deliver(self, sample: int) -> int:
        """Hand over the first messages, each by a task of its own, and wait for the last."""
        ids = list(Message.everything.order_by("id").values_list("pk", flat=True)[:sample])
        for message_id in ids:
            deliver_one.apply_async((message_id,), queue=QUEUE)
        end = time.monotonic() + MOST_SECONDS
        while Result.objects.count() < len(ids):
            if time.monotonic() > end:
                raise RuntimeError("the tasks do not come to an end")
            time.sleep(LOOK_SECONDS)
        return len(ids)

    def close(self) -> None:
        """Ends the processes."""
        self._children.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _children_of(pid: int) -> list[int]:
    listed = Path("/proc", str(pid), "task", str(pid), "children")
    return [int(text) for text in listed.read_text().split()] if listed.exists() else []
