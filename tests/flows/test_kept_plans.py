"""Statements whose plans PostgreSQL keeps: one for each text and connection."""

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.kept_plans import fetch_kept

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "SELECT %(one)s + %(other)s, '%%'"
TAKES = (("one", "integer"), ("other", "integer"))


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%PREPARE kept_%%'")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def fresh_connection() -> None:
    connection.close()


def added(one: int, other: int, statement: str = ADD) -> tuple[object, list[str]]:
    with CaptureQueriesContext(connection) as queries:
        [row] = fetch_kept(statement, TAKES, {"one": one, "other": other})
    return row, [query["sql"].split()[0] for query in queries]


def test_it_is_prepared_once_for_each_connection() -> None:
    assert prepared() == 0
    assert added(1, 2) == ((3, "%"), ["EXECUTE"])
    assert added(2, 2) == ((4, "%"), ["EXECUTE"])
    assert prepared() == 1
    connection.close()
    assert prepared() == 0
    assert added(1, 2) == ((3, "%"), ["EXECUTE"])


def test_another_text_is_another_statement() -> None:
    added(1, 2)
    assert added(1, 2, ADD.replace("+", "-")) == ((-1, "%"), ["EXECUTE"])
    assert added(1, 2) == ((3, "%"), ["EXECUTE"])
    assert prepared() == 2


def test_it_outlives_the_transaction_that_failed() -> None:
    with pytest.raises(DataError), transaction.atomic():
        added(2_147_483_647, 1)
    assert added(1, 2) == ((3, "%"), ["EXECUTE"])
    assert prepared() == 1
