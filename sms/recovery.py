"""What the outbox does after the database lost its last hours: nothing leaves that may have left before."""

from datetime import datetime
from typing import Any

from django.db import connection

from portal.access import Actor
from portal.gate.models import Recovery
from portal.gate.recovery import Report, Step, register
from sms.delivery.claim import EVERYWHERE
from sms.gateways.registry import in_use
from sms.models import Batch, BatchState, Channel, Purpose

# After whatever is planned anew, so that it is in doubt as well.
PLACE = 50

# A batch that is ready here may have been sent in the lost hours, and one in doubt may have been asked about, not
# been seen and been sent anew. So the gateway is asked for every message by its key: the group that a batch went
# out in is not the one remembered here. What was never due cannot have left. A worker that still holds a batch
# finds its lease gone. E-mails may simply go again. Where there are two gateways, either may have taken it, and no
# answer of one proves anything: then each is asked.
_DOUBT = """
    UPDATE sms_batch
       SET state = 'unknown', not_before = clock_timestamp() + %s, lease_until = NULL, gateway_group = %s,
           token = token + 1, trouble = 'recovered', gateway = CASE WHEN gateway = '' THEN %s ELSE gateway END
     WHERE state IN ('ready', 'claimed', 'unknown') AND channel <> 'email'
       AND (state <> 'ready' OR not_before <= %s OR purpose = %s)
"""


def plan_doubt(*, at: datetime, **_: Any) -> str:
    waiting = Batch.objects.exclude(channel=Channel.EMAIL).filter(
        state__in=[BatchState.READY, BatchState.CLAIMED, BatchState.UNKNOWN]
    )
    return (
        f"발송 대기·발송 중·확인 중인 문자 묶음 {waiting.count()}개(새로 세운 안내 포함)를 보내지 않고 "
        f"중계사 {', '.join(one.name for one in in_use())}에 이미 나갔는지 먼저 물어봅니다."
    )


def doubt(*, recovery: Recovery, by: Actor, at: datetime) -> Report:
    """Put in doubt whatever may have left."""
    gateways = in_use()
    values: list[Any] = [
        max(one.quarantine for one in gateways), EVERYWHERE if len(gateways) > 1 else "", gateways[0].name,
        at, Purpose.EXPIRY_NOTICE.value,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DOUBT, values)
        return {"batches": cursor.rowcount}


register(Step("doubt", "문자", PLACE, plan_doubt, doubt))
