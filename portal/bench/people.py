"""Branches and member companies by the thousand, in two statements. Nobody of them exists."""

from django.db import connection

BRANCHES = 20

_BRANCHES = """
    INSERT INTO members_branch (code, name, phone, address, hours)
    SELECT 'Z' || n, '시험지점' || n, '02-000-' || lpad(n::text, 4, '0'), '', ''
      FROM generate_series(1, %s) AS n
     WHERE NOT EXISTS (SELECT FROM members_branch)
"""
# A made-up business number holds ten digits; its check digit matters only where somebody types it. No mobile
# number is one by which the gateway simulator plays a fault.
_MEMBERS = """
    INSERT INTO members_member (name, sms_name, business_number, corporate_number, representative_name,
                                representative_mobile, representative_email, contact_name, contact_mobile,
                                contact_email, address, branch_id, status, joined_on)
    SELECT '시험설비' || n || '(주)', '시험설비' || n, lpad(n::text, 10, '0'), '', '김시험',
           '0105' || lpad(n::text, 7, '0'), 'rep' || n || '@example.kr', '', '', '', '',
           (SELECT min(id) FROM members_branch) + n %% %s, 'active', '2020-01-02'
      FROM generate_series(%s, %s) AS n
"""


def fill_members(count: int) -> None:
    """That many members over the branches, ids in a row. What stands already stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_member")
        (there,) = cursor.fetchone()
        cursor.execute(_BRANCHES, [BRANCHES])
        cursor.execute(_MEMBERS, [BRANCHES, there + 1, count])
        cursor.execute("ANALYZE members_branch, members_member")
