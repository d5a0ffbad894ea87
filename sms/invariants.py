"""What must hold of messages and mileage (I2 to I5, I10 to I12 and I16)."""

from portal.invariants import Invariant, register, wrong_rows
from sms.invariants_ledger import I4, I5, I16, subjects
from sms.models import Purpose

# A result may be written this long after the claim that read who has opted out.
IN_FLIGHT = "interval '10 minutes'"

TWICE = """
    SELECT min(message_id) FROM sms_result WHERE state = 'accepted'
     GROUP BY message_id HAVING count(*) > 1
     UNION ALL
    SELECT min(id) FROM sms_message GROUP BY gateway_key HAVING count(*) > 1
"""
FORGOTTEN = """
    SELECT message.id FROM sms_message AS message JOIN sms_batch AS batch ON batch.id = message.batch_id
     WHERE batch.state = 'done'
       AND NOT EXISTS (SELECT FROM sms_result AS result
                        WHERE result.message_id = message.id AND result.number = 32767)
       AND NOT EXISTS (SELECT FROM sms_batch AS part
                        WHERE part.state <> 'done' AND message.id = ANY(part.message_ids))
"""
ENDED_TWICE = """
    SELECT message_id FROM sms_result AS result
     WHERE number < 32767 AND state IN ('accepted', 'refused', 'skipped', 'expired')
        OR number = 32767 AND state IN ('deferred', 'unknown')
"""
# The representative alone: who stands in the list of recipients asked for it himself.
SENT_TO_OPTED_OUT = f"""
    SELECT message.id
      FROM sms_reception AS reception
      JOIN members_member AS member ON member.id = reception.member_id
      JOIN sms_message AS message ON message.member_id = member.id
       AND message.purpose = '{Purpose.EXPIRY_NOTICE.value}' AND message."to" = member.representative_mobile
      JOIN sms_result AS result ON result.message_id = message.id AND result.state = 'accepted'
     WHERE NOT reception.representative_receives AND result.at > reception.changed_at + {IN_FLIGHT}
       AND NOT EXISTS (SELECT FROM sms_recipient AS recipient
                        WHERE recipient.member_id = member.id AND recipient.is_active
                          AND recipient.mobile = message."to")
"""  # noqa: S608 - constants only
STUCK = """
    SELECT id FROM sms_batch
     WHERE state = 'claimed' AND lease_until < %(at)s - interval '60 seconds'
        OR state = 'unknown' AND created_at < %(at)s - interval '24 hours'
           AND not_before < %(at)s - interval '1 hour'
"""

register(
    Invariant("I2", "한 메시지가 두 번 접수되었거나 같은 발송 키가 두 번 쓰였습니다.", wrong_rows(TWICE)),
    Invariant("I3", "처리된 묶음에 결과가 없는 메시지가 있습니다.", wrong_rows(FORGOTTEN)),
    Invariant("I4", "마일리지 적립분이나 사용 요청이 그 내역과 맞지 않습니다.", wrong_rows(subjects(I4))),
    Invariant("I5", "마일리지의 사용이나 소멸이 소멸 시각과 어긋납니다.", wrong_rows(subjects(I5))),
    Invariant("I10", "끝난 결과와 중간 결과가 뒤바뀐 메시지가 있습니다.", wrong_rows(ENDED_TWICE)),
    Invariant("I11", "수신거부 뒤에 대표이사에게 안내 문자가 나갔습니다.", wrong_rows(SENT_TO_OPTED_OUT)),
    Invariant("I12", "발송 중이거나 확인 중인 채로 오래 멈춘 묶음이 있습니다.", wrong_rows(STUCK)),
    Invariant(
        "I16", "마일리지 내역의 조합원이 적립분이나 사용 요청의 조합원과 다릅니다.", wrong_rows(subjects(I16))
    ),
)
