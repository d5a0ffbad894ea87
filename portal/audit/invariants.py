"""What must hold of the trail (I9), and of what stands in it (I15)."""

from portal.audit.sealing import CHANGED, DELETED
from portal.invariants import Invariant, register, wrong_rows

# Mobile and resident numbers: nothing that is written down for years needs one.
PERSONAL = r"""
    SELECT id FROM audit_auditevent
     WHERE detail::text ~ '(^|[^0-9])(010[-. ]?[0-9]{4}[-. ]?[0-9]{4}|[0-9]{6}-[1-8][0-9]{6})([^0-9]|$)'
"""

register(
    Invariant("I9", "봉인한 감사 기록이 지워졌습니다.", wrong_rows(DELETED)),
    Invariant("I9", "봉인한 감사 기록이 바뀌었거나 봉인이 이어지지 않습니다.", wrong_rows(CHANGED)),
    Invariant("I15", "감사 기록에 휴대폰번호나 주민등록번호가 들어 있습니다.", wrong_rows(PERSONAL)),
)
