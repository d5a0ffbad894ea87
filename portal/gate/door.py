"""Whether the gate stands open, for those who would issue or pay out, and for the pages that say so."""

import time

from django.conf import settings
from django.db import DatabaseError, connection

from portal.gate.identity import is_open_expression
from portal.gate.models import Gate
from portal.refusals import Refusal


class GateClosed(Refusal):
    """After a fail-over or a restore, or by a person's word, nothing is issued or sent for now."""

    message = (
        "지금은 시스템 점검 중이라 접수와 발급을 잠시 멈췄습니다. 조회와 임시 저장은 그대로 쓸 수 있으니, "
        "점검이 끝난 뒤 다시 시도해 주세요. 급하면 관할 지점에 문의해 주세요."
    )


def is_open() -> bool:
    """Whether the gate is open for the database we are in, by one query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {is_open_expression()}")
        return bool(cursor.fetchone()[0])


def require_open() -> None:
    """Call inside the transaction that must not happen behind a closed gate. Raises GateClosed."""
    if not is_open():
        raise GateClosed


class Glance:
    """What the last look of this process said, renewed every GATE_LOOK_SECONDS: no query for each page."""

    def __init__(self) -> None:
        self.is_open = True
        self._good_until = 0.0

    def look(self) -> bool:
        """Whether pages should show the gate as open. A page may be that much late; what counts asks itself."""
        if settings.GATE_LOOK_SECONDS is not None and time.monotonic() >= self._good_until:
            self._good_until = time.monotonic() + settings.GATE_LOOK_SECONDS
            try:
                self.is_open = Gate.objects.filter(is_open=True).exists()
            except DatabaseError:  # the page itself will say what is wrong with the database
                return self.is_open
        return self.is_open


glance = Glance()
