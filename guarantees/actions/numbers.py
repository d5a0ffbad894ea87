"""The next number of a series. Gap-free: the counter's row stays locked until the number's user commits."""

from django.db import connection


def next_in(series: str) -> int:
    """1 for a new series. Call inside the transaction that stores the number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO guarantees_counter (series, last) VALUES (%s, 1) "
            "ON CONFLICT (series) DO UPDATE SET last = guarantees_counter.last + 1 RETURNING last",
            [series],
        )
        return int(cursor.fetchone()[0])
