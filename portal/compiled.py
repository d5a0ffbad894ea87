"""Queries put into SQL once per process, for pages that everybody opens.

Django takes longer to write a large QuerySet as SQL than PostgreSQL to answer it. The rules such a query is made
of stay where they are: it is built from the same QuerySets, with slots where each asking brings its own values.
"""

from collections.abc import Callable
from copy import copy
from hashlib import sha256
from itertools import count
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet, Value
from psycopg2.extensions import AsIs

from portal.access import Reach, Scope
from portal.kept_plans import prepare_once

T = TypeVar("T")


class Slot(Value):
    """Stands in a query where a value will be given by name. It goes to the database as any parameter does."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Compiled(Generic[T]):
    """`build` makes a QuerySet out of named slots, and out of a `scope` where the rows are somebody's.

    It must do nothing with a slot but hand it on into the query: what is worked out from a value is a value of its
    own. Prefetching is not supported.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, T]]) -> None:
        self._build = build
        self._kept: dict[Reach | None, _Written] = {}

    def rows(self, scope: Scope | None = None, **values: Any) -> list[T]:
        """The rows with these values; with a scope, those inside it."""
        reach = None if scope is None else scope.reach
        written = self._kept.get(reach)
        if written is None:
            written = self._kept[reach] = self._write(reach, values)
        return written.ask({**values, "scope": scope and scope.id})

    def _write(self, reach: Reach | None, values: dict[str, Any]) -> "_Written":
        slots: dict[str, Any] = {name: Slot(name) for name in values}
        if reach is not None:
            slots["scope"] = Scope(reach, Slot("scope"))  # type: ignore[arg-type] # an id to come
        return _Written(self._build(**slots))


class _Written:
    """A QuerySet with its SQL, which PostgreSQL parses and plans once per connection.

    For statements as long as these that costs it more than running them.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self._queryset: Any = queryset
        self._compiler: Any = queryset.query.get_compiler(queryset.db)
        try:
            sql, parameters = self._compiler.as_sql()
        except EmptyResultSet:
            sql, parameters = "", ()
        self._slots = [one.value for one in parameters if isinstance(one, Slot)]
        places = (AsIs(f"${place}") for place in count(1))
        self._parameters = [next(places) if isinstance(one, Slot) else one for one in parameters]
        self._name = f"compiled_{sha256(repr((sql, parameters)).encode()).hexdigest()[:32]}"
        self._sql = f"AS {sql}" if sql else ""
        self._execute = f"EXECUTE {self._name}" + (
            f" ({', '.join(['%s'] * len(self._slots))})" if self._slots else ""
        )

    def ask(self, values: dict[str, Any]) -> list[Any]:
        """The rows, made by what makes the QuerySet's own, which finds a compiler that has done its work."""
        if not self._sql:
            return []
        model, using, query = self._queryset.model, self._queryset.db, copy(self._queryset.query)
        filled = [values[name] for name in self._slots]
        compiler = copy(self._compiler)
        compiler.connection = connections[using]
        prepare_once(compiler.connection, self._name, self._sql, self._parameters)
        compiler.as_sql = lambda *_args, **_kwargs: (self._execute, filled)
        query.get_compiler = lambda *_args, **_kwargs: compiler
        asked: Any = QuerySet(model, query=query, using=using)
        asked._fields = self._queryset._fields
        return list(self._queryset._iterable_class(asked))
