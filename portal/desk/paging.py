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
        found = rows.order_by()[: FAR_ENOUGH + 1].count()
        if found <= FAR_ENOUGH or rows.query.where:
            return found
        return max(found, _estimate(rows.model._meta.db_table))


def _estimate(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])
