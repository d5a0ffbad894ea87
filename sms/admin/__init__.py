"""Admin pages of messages, recipients and mileage."""

from portal.audit import words
from sms.admin import members, messages, mileage, recipients, senders, worklists

__all__ = ["members", "messages", "mileage", "recipients", "senders", "worklists"]

words.register(
    {
        "reception.opted_out": "대표이사 수신거부",
        "reception.opted_in": "대표이사 수신 재개",
        "reception.added": "수신자 추가",
        "reception.removed": "수신자 삭제",
        "free_sms.send": "문자메시지서비스 발송",
        "batch.decide": "발송 묶음 확인",
        "sendernumber.add": "발신번호 등록",
        "sendernumber.change": "발신번호 변경",
    }
)
