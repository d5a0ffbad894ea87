"""Threads that work side by side, each with a database session of its own that lasts until the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

START_SECONDS = 60
T = TypeVar("T")


class Crew:
    """`size` threads. Their sessions stay open, so that what they cost the database can be read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)
        self._start = Barrier(size)
        self.run(lambda _number: connection.ensure_connection())

    def run(self, job: Callable[[int], T]) -> list[T]:
        """The job on every thread at once, each told its number from 0; what each returned."""

        def one(number: int) -> T:
            self._start.wait(timeout=START_SECONDS)  # so that each thread takes one
            return job(number)

        return list(self._pool.map(one, range(self.size)))

    def close(self) -> None:
        """Ends sessions and threads."""
        self.run(lambda _number: connection.close())
        self._pool.shutdown()
