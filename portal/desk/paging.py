"""Counting no further than a person will page: an exact count of a million rows costs more than the page."""

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

FAR_ENOUGH = 1_000


class LongListPaginator(Paginator):
    """Exact up to `FAR_ENOUGH`; beyond that the planner's estimate of a whole table, or just "and more"."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if rows.query.where:
            return rows.order_by()[: FAR_ENOUGH + 1].count()
        return _of_table(rows.model._meta.db_table)


def _of_table(table: str) -> int:
    """The rows of a whole table, counted and estimated by one statement."""
    name = connection.ops.quote_name(table)
    few = f"SELECT count(*) FROM (SELECT FROM {name} LIMIT %s) AS few"  # noqa: S608 - the name of a model's table
    estimate = "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({few}), ({estimate})", [FAR_ENOUGH + 1, table])
        found, estimated = cursor.fetchone()
    return found if found <= FAR_ENOUGH else max(found, estimated)
