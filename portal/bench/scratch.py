"""The database a bench works in: made empty, migrated, used and dropped. No other is ever touched."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection

from portal.bench.plan import Say

SUFFIX = "_bench"


class NotScratch(Exception):
    """The database named for a bench may hold somebody's data."""


def default_name() -> str:
    """Beside the portal's own database, on the same server."""
    return f"{connection.settings_dict['NAME']}{SUFFIX}"


@contextmanager
def scratch_database(name: str, say: Say) -> Iterator[None]:
    """The default connection leads to the scratch database until the end.

    Raises NotScratch for a name that does not end in `_bench`.
    """
    if not name.endswith(SUFFIX):
        raise NotScratch(name)
    own = connection.settings_dict["NAME"]
    say(f"database {name}: made anew")
    _on_the_server(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
    _on_the_server(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0")
    # A parallel helper's processor time goes with it at its end.
    quoted = connection.ops.quote_name(name)
    _on_the_server(f"ALTER DATABASE {quoted} SET max_parallel_workers_per_gather = 0")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
        _on_the_server(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


def scratch_environment() -> dict[str, str]:
    """The environment of a child process that shall work in the scratch database."""
    return {**os.environ, "DATABASE_URL": url_of(connection.settings_dict)}


def url_of(told: Mapping[str, Any]) -> str:
    """A database as DATABASE_URL names it. `HOST` may be a folder of sockets."""
    account = ":".join(quote(str(told[part]), safe="") for part in ("USER", "PASSWORD") if told[part])
    host = quote(told["HOST"], safe="")
    place = f"{host}:{told['PORT']}" if told["PORT"] else host
    return f"postgres://{account}@{place}/{told['NAME']}"


def _on_the_server(statement: str) -> None:
    """Outside any transaction, on the maintenance database."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
