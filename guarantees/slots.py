"""Room for a few at once, over all processes: work that is dear enough to be asked for in order to hurt."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def slot(name: str, *, most: int) -> Iterator[bool]:
    """Yields whether one of `most` places was free; it is held until the end.

    By locks of the database session, so that a process that dies gives its place back.
    """
    taken = next((place for place in range(most) if _did("pg_try_advisory_lock", name, place)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            _did("pg_advisory_unlock", name, taken)


def _did(function: str, name: str, place: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s), %s)", [f"slot:{name}", place])
        return bool(cursor.fetchone()[0])
