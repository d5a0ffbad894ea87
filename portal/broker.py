"""The broker of folders, for where no Redis is given, with rings that appear whole.

kombu's own writes a message under the name by which it is taken, so that a worker may take it while it is still
empty, and ends over it. Here a message gets that name when it is complete, and what is no message is passed over.
"""

import logging
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
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


class Transport(filesystem.Transport):
    """What portal.celery puts in place of kombu's own under `filesystem://`."""

    Channel = Channel
