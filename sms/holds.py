"""What this app itself holds back: members' own messages while their service is switched off."""

from sms import eligibility
from sms.free_service import SWITCHED_OFF, is_switched_off
from sms.models import Purpose

HELD_TOO_LONG = "문자메시지서비스가 멈춘 동안 보낼 수 있는 시간이 지났습니다"


def register() -> None:
    """Called once, when the app is ready."""
    eligibility.register_hold(Purpose.FREE_SMS, is_switched_off, code=SWITCHED_OFF, label=HELD_TOO_LONG)
