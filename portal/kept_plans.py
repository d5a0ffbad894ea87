"""Statements that PostgreSQL parses and plans once for each connection.

psycopg2 sends text, which is parsed, analysed and planned at every call. For a long statement that touches a few
rows this costs the database as much as running it; the plan of a prepared one is kept. A prepared statement
belongs to its session, and so do the advisory locks of `guarantees/slots.py`: a pooler must hand out sessions.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Types = tuple[tuple[str, str], ...]

# Of each connection, the names it knows.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def prepare_once(on: BaseDatabaseWrapper, name: str, statement: str, values: Sequence[Any] | None = None) -> None:
    """Have the connection know `statement` as `name`; Django's log of statements does not show it.

    Without `values` a per cent sign in it is one. It outlives the transaction it was prepared in, whether that
    commits or not.
    """
    on.ensure_connection()
    known = _prepared.setdefault(on.connection, set())
    if name not in known:
        with on.wrap_database_errors, on.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} {statement}", values)
        known.add(name)


def fetch_kept(statement: str, types: Types, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows `statement` returns, inside the caller's transaction.

    `statement` names its values as `%(name)s`; `types` gives each its PostgreSQL type. The plan may be one for any
    values: no statement whose best plan hangs on them belongs here.
    """
    name, body, execute = _written(statement, types)
    prepare_once(connection, name, body)
    with connection.cursor() as cursor:
        cursor.execute(execute, values)
        return cursor.fetchall()


@lru_cache(maxsize=32)
def _written(statement: str, types: Types) -> tuple[str, str, str]:
    """The name that another text would not have, what is prepared under it, and how it is asked."""
    name = "kept_" + sha256(statement.encode()).hexdigest()[:32]
    body = statement % {value: f"${place}" for place, (value, _type) in enumerate(types, 1)}
    typed = f"({', '.join(kind for _value, kind in types)}) AS {body}"
    return name, typed, f"EXECUTE {name} ({', '.join(f'%({value})s' for value, _kind in types)})"
