"""What must hold of bank certificates (I6)."""

from portal.invariants import Invariant, register, wrong_rows

TWO_ACTIVE = """
    SELECT min(id) FROM certificates_bankcertificate WHERE status = 'active'
     GROUP BY member_id HAVING count(*) > 1
"""
ON_TWO_MEMBERS = """
    SELECT min(id) FROM certificates_bankcertificate WHERE status = 'active'
     GROUP BY spki_sha256 HAVING count(DISTINCT member_id) > 1
"""

register(
    Invariant("I6", "쓰고 있는 인증서가 둘 이상인 조합원이 있습니다.", wrong_rows(TWO_ACTIVE)),
    Invariant("I6", "한 인증서가 두 조합원에게 등록되어 있습니다.", wrong_rows(ON_TWO_MEMBERS)),
)
