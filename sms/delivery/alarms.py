"""Alarms about gateways: one open row a kind, counted up, until a person settles it. Each is logged as well."""

import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.refusals import Refusal
from sms.models import GatewayAlarm

log = logging.getLogger(__name__)

_RAISE = """
    INSERT INTO sms_gatewayalarm (kind, gateway, text, times, first_at, last_at, note)
    VALUES (%s, %s, %s, 1, %s, %s, '')
    ON CONFLICT (kind, gateway) WHERE settled_at IS NULL
    DO UPDATE SET times = sms_gatewayalarm.times + 1, last_at = excluded.last_at, text = excluded.text
"""


class AlreadySettled(Refusal):
    """Somebody else has settled the alarm."""

    message = "다른 담당자가 이미 확인한 경보입니다. 목록을 새로 고쳐 주세요."


def raise_alarm(kind: GatewayAlarm.Kind, *, gateway: str, text: str, at: datetime) -> None:
    """Tell the operators. Never stops whoever found it."""
    log.error("gateway %s: %s: %s", gateway, kind, text)
    values: list[Any] = [kind.value, gateway, text[:200], at, at]
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, values)


def settle_alarm(*, alarm_id: int, note: str, by: Actor, at: datetime) -> GatewayAlarm:
    """A person has looked and says what he found. Raises AlreadySettled."""
    with transaction.atomic():
        alarm = GatewayAlarm.objects.select_for_update().filter(pk=alarm_id, settled_at__isnull=True).first()
        if alarm is None:
            raise AlreadySettled
        alarm.settled_at, alarm.settled_by_id, alarm.note = at, by.user_id, note
        alarm.save(update_fields=["settled_at", "settled_by", "note"])
        trail.record(action="gatewayalarm.settle", by=by, at=at, subject=alarm, detail={"note": note})
    return alarm
