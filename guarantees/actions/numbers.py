"""The next number of a series. Gap-free: the counter's row stays locked until the number's user commits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection

from portal.gate.door import GateClosed
from portal.gate.identity import is_open_expression
from portal.refusals import Refusal

log = logging.getLogger(__name__)
GIVEN_ONCE = ("guarantee_number", "guarantees_guarantee_pkey")


class NumberTaken(Refusal):
    """The counter or the database's own sequence was set back: what comes next was given before."""

    message = (
        "발급번호가 이미 쓴 번호와 겹쳐 발급을 멈췄습니다. 발급된 것은 없습니다. "
        "같은 번호의 보증서가 두 장 나가지 않도록 정보시스템부가 번호 발생기를 확인한 뒤 다시 발급해 주세요."
    )


@contextmanager
def refuse_taken() -> Iterator[None]:
    """Around the statement that stores a number. Raises NumberTaken, with an alarm in the log."""
    try:
        yield
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint not in GIVEN_ONCE:
            raise
        log.critical("a number was about to be given twice (%s): nothing was issued", constraint)
        raise NumberTaken from error


def next_in(series: str) -> int:
    """1 for a new series. Call inside the transaction that stores the number.

    The gate is asked in the same statement: a database that was put back has given later numbers before, and
    would give them again. Raises GateClosed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO guarantees_counter (series, last) SELECT %s, 1 WHERE {is_open_expression()} "
            "ON CONFLICT (series) DO UPDATE SET last = guarantees_counter.last + 1 RETURNING last",
            [series],
        )
        row = cursor.fetchone()
    if row is None:
        raise GateClosed
    return int(row[0])
