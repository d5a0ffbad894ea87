"""kombu's two brokers, made to pass over what is no message: kombu's own end the worker that takes one.

Redis, and folders for where no Redis is given. In those a ring appears whole: kombu's own writes a message under
the name by which it is taken, so that a worker may take it while it is still empty.
"""

import logging
from json import JSONDecodeError
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, redis
from kombu.utils.json import dumps

log = logging.getLogger(__name__)
UNREADABLE = (JSONDecodeError, UnicodeDecodeError)


class FolderChannel(filesystem.Channel):
    """A queue as a folder of messages, in the order of their names."""

    # kombu's two parents disagree on the name of the second argument.
    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        part = folder / f"{uuid4()}.part"
        try:
            part.write_text(dumps(payload))  # type: ignore[no-untyped-call]
            part.replace(folder / f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg")
        except OSError as error:
            raise ChannelError(f"no message can be put into {folder}") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Raises Empty."""
        try:
            return super()._get(queue)  # type: ignore[no-untyped-call]
        except ValueError as error:  # it lies with what was processed, and the next look finds the next one
            log.error("something in the folder of %s is no message: %s", queue, error)
            raise Empty from error


class FolderTransport(filesystem.Transport):
    """What portal.celery puts in place of kombu's own under `filesystem://`."""

    Channel = FolderChannel


class RedisChannel(redis.Channel):
    """Queues as lists. Whatever was popped is out of its list, so that to pass it over is to drop it."""

    def _brpop_read(self, **options: Any) -> Any:
        """Raises Empty."""
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except UNREADABLE as error:
            log.error("something in Redis is no message: %s", error)
            raise Empty from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Raises Empty."""
        try:
            return super()._get(queue)  # type: ignore[no-untyped-call]
        except UNREADABLE as error:
            log.error("something in Redis is no message: %s", error)
            raise Empty from error


class RedisTransport(redis.Transport):
    """What portal.celery puts in place of kombu's own under `redis://` and `rediss://`."""

    Channel = RedisChannel

    def _deliver(self, message: Any, queue: str) -> None:
        if _is_message(message):
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        else:
            log.error("something in Redis is no message: %s", type(message).__name__)


def _is_message(found: object) -> bool:
    """Whether kombu can take it for one; what is in it is Celery's to judge."""
    properties = found.get("properties") if isinstance(found, dict) else None
    return isinstance(properties, dict) and "delivery_tag" in properties
