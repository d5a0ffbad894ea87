"""The kill switch of 문자메시지서비스 (DOMAIN decision 10). System notices keep going."""

from datetime import datetime

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.free_service import last_switch
from sms.models import ServiceSwitch

SWITCHERS = frozenset({Role.HQ_UNDERWRITER, Role.IT_SUPPORT})
REASON_MOST = 200
# Two people pressing at once: the second waits and is told that it is done.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('sms_serviceswitch'))"


class NotASwitcher(Refusal):
    """Somebody without the authority to stop the service."""

    message = "문자메시지서비스는 본부 심사와 정보시스템부만 끄고 켤 수 있습니다. 담당 부서에 요청해 주세요."


class ReasonMissing(Refusal):
    """A change nobody could explain later."""

    message = "사유를 적어 주세요. 끌 때의 사유는 조합원 화면에 그대로 나옵니다."


class AlreadySo(Refusal):
    """The service is already as asked for."""


def switch(*, on: bool, reason: str, by: Actor, at: datetime) -> ServiceSwitch:
    """Switch the service on or off; the reason for off is shown to members.

    Raises NotASwitcher, ReasonMissing, AlreadySo.
    """
    if not by.roles & SWITCHERS:
        raise NotASwitcher
    words = " ".join(reason.split())[:REASON_MOST]
    if not words:
        raise ReasonMissing
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME)
        last = last_switch()
        if (last is None or last.is_on) == on:
            who = f"{last.by or '시스템'} 님이 " if last else ""
            raise AlreadySo(f"{who}이미 {'켜' if on else '꺼'} 두었습니다. 바뀐 것은 없습니다.")
        row = ServiceSwitch.objects.create(is_on=on, reason=words, by_id=by.user_id, at=at)
        verb = "on" if on else "off"
        trail.record(action=f"free_sms.{verb}", by=by, at=at, subject=row, detail={"reason": words})
    return row
