"""Whether this machine and the database agree on the time.

Terms, lapses and the day of a notice are decided by the clock of the process, leases and quarantines by the
database's (faults 25 to 27). Where the two differ nobody can tell which is right, so nothing that time decides is
done until they agree again.
"""

import logging
from datetime import timedelta
from typing import Any

from celery import Task
from django.conf import settings
from django.db import connection

from portal import clock
from portal.refusals import Refusal

log = logging.getLogger(__name__)


class ClocksDiffer(Refusal):
    """This machine's clock is further from the database's than CLOCK_TOLERANCE allows."""

    def __init__(self, by: timedelta) -> None:
        super().__init__(
            f"이 서버와 데이터베이스 서버의 시계가 {abs(by).total_seconds():,.0f}초 다릅니다. "
            "어느 쪽이 맞는지 알 수 없어 아무것도 처리하지 않았습니다. "
            "두 서버의 시각 동기화(NTP)를 바로잡은 뒤 다시 실행해 주세요."
        )


def ahead() -> timedelta:
    """How far this process is ahead of the database, negative when behind.

    Zero where the database's instant falls within the time that the question took.
    """
    before = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    after = clock.now()
    return max(before - theirs, timedelta()) or min(after - theirs, timedelta())


def check() -> None:
    """Raises ClocksDiffer. With a tolerance of 0 seconds nothing is compared."""
    if settings.CLOCK_TOLERANCE and abs(by := ahead()) > timedelta(seconds=settings.CLOCK_TOLERANCE):
        raise ClocksDiffer(by)


class PunctualTask(Task):
    """Every task of the portal: not begun while the clocks differ. The next ring asks again."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            check()
        except ClocksDiffer as refusal:
            log.critical("%s was not begun: %s", self.name, refusal.message)
            return None
        return super().__call__(*args, **kwargs)
