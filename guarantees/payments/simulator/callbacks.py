"""Callbacks as the provider sends them: posted, and posted again until somebody answers 200."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from sms.gateways.transport import Channel, Limits, NeverReached, NoSureAnswer

# The real service waits minutes: 1, 4, 16 ...; a visitor of the demo does not.
RETRY_SECONDS = (1, 2, 4, 8, 16, 32)
LOOK_EVERY_SECONDS = 0.1


@dataclass
class _Waiting:
    body: bytes
    due: int | float
    tries: int = 0


class Callbacks:
    """Use `start()` and `stop()`; without an address nothing is sent."""

    def __init__(self, webhook: str) -> None:
        parts = urlsplit(webhook)
        self._path = parts.path or "/"
        self._channel = Channel(f"{parts.scheme}://{parts.netloc}", Limits(whole=5)) if webhook else None
        self._waiting: list[_Waiting] = []
        self._lock, self._end = Lock(), Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join(timeout=5)

    def add(self, payment: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Send `body` soon."""
        if self._channel is not None:
            with self._lock:
                self._waiting.append(_Waiting(json.dumps(body).encode(), time.monotonic()))

    def _run(self) -> None:
        while not self._end.wait(LOOK_EVERY_SECONDS):
            with self._lock:
                due = [entry for entry in self._waiting if entry.due <= time.monotonic()]
            for entry in due:
                if self._is_taken(entry.body) or entry.tries >= len(RETRY_SECONDS):
                    with self._lock:
                        self._waiting.remove(entry)
                else:
                    entry.due = time.monotonic() + RETRY_SECONDS[entry.tries]
                    entry.tries += 1

    def _is_taken(self, body: bytes) -> bool:
        if self._channel is None:
            return True
        headers = {"Content-Type": "application/json"}
        try:
            return self._channel.exchange("POST", self._path, headers=headers, body=body).status == 200
        except (NeverReached, NoSureAnswer):
            return False
