"""Statements that PostgreSQL parses and plans once for each connection.

psycopg2 sends text, which is parsed, analysed and planned at every call. For a long statement that touches a few
rows this costs the database as much as running it; the plan of a prepared one is kept. A prepared statement
belongs to its session, and so do the advisory locks of `guarantees/slots.py`: a pooler must hand out sessions.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

Types = tuple[tuple[str, str], ...]

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def fetch_kept(statement: str, types: Types, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows `statement` returns, inside the caller's transaction.

    `statement` names its values as `%(name)s`; `types` gives each its PostgreSQL type. The plan may be one for any
    values: no statement whose best plan hangs on them belongs here.
    """
    name, prepare, execute = _written(statement, types)
    connection.ensure_connection()
    known = _prepared.setdefault(connection.connection, set())
    with connection.cursor() as cursor:
        if name not in known:
            cursor.execute(prepare)
            known.add(name)
        cursor.execute(execute, values)
        return cursor.fetchall()


@lru_cache(maxsize=32)
def _written(statement: str, types: Types) -> tuple[str, str, str]:
    """The name that another text would not have, and both commands."""
    name = "kept_" + sha256(statement.encode()).hexdigest()[:32]
    body = statement % {value: f"${place}" for place, (value, _type) in enumerate(types, 1)}
    prepare = f"PREPARE {name} ({', '.join(kind for _value, kind in types)}) AS {body}"
    return name, prepare, f"EXECUTE {name} ({', '.join(f'%({value})s' for value, _kind in types)})"
