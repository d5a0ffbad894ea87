"""The steps of a recovery that concern no app's business: ids that were given, and people who were signed in."""

from datetime import datetime
from typing import Any

from django.db import connection

from portal.access import Actor
from portal.gate.models import Recovery
from portal.gate.recovery import Report, Step, register
from portal.members.models import LoginSession

# Ids of rows are told to others: to the gateway with each request, to the bank with each order. One that was
# given in the lost hours must not be given to another row.
ID_MARGIN = 1_000_000
_JUMP = """
    SELECT count(setval(format('%%I.%%I', schemaname, sequencename)::regclass,
                        greatest(coalesce(last_value, 1), start_value) + %s))
      FROM pg_sequences
     WHERE schemaname = ANY(current_schemas(false)) AND data_type = 'bigint'::regtype
"""


def plan_ids(**_: Any) -> str:
    return f"모든 일련번호를 {ID_MARGIN:,}만큼 건너뜁니다."


def jump_ids(*, recovery: Recovery, by: Actor, at: datetime) -> Report:
    """Never twice: the step's report is written in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_JUMP, [ID_MARGIN])
        return {"sequences": cursor.fetchone()[0]}


def plan_sessions(**_: Any) -> str:
    count = LoginSession.objects.count()
    return f"로그인 {count}건을 모두 끊습니다. 복원으로 되살아난 로그인이 섞여 있을 수 있습니다."


def end_sessions(*, recovery: Recovery, by: Actor, at: datetime) -> Report:
    """Everybody signs in again, those who had signed out before the loss only if they can."""
    return {"sessions": LoginSession.objects.all().delete()[0]}


register(Step("ids", "일련번호", 10, plan_ids, jump_ids))
register(Step("sessions", "로그인", 90, plan_sessions, end_sessions))
