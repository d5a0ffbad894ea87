"""Who receives a member's expiry notices, as SQL for statements that plan thousands at once (S29-S32)."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from sms.models import Recipient

# One row for each member and number: the representative, unless opted out or without a number, and the active
# additional recipients who get this notice and whose number is proven. A number two people share is one person,
# and bears the representative's name. The number of a representative who opted out receives nothing, under
# whatever name it is registered again.
#
# Columns: member_id, mobile (eleven digits), name. Stands in parentheses as a table; holds no parameter and
# no percent sign. A constant condition on member_id reaches the tables inside, so it serves few members too.
RECIPIENTS_SQL = """
    SELECT DISTINCT ON (member_id, mobile) member_id, mobile, name
      FROM (SELECT m.id AS member_id, m.representative_mobile AS mobile, m.representative_name AS name,
                   0 AS turn
              FROM members_member m
              LEFT JOIN sms_reception c ON c.member_id = m.id
             WHERE m.representative_mobile <> '' AND COALESCE(c.representative_receives, true)
             UNION ALL
            SELECT a.member_id, a.mobile, a.name, a.id AS turn
              FROM sms_recipient a
             WHERE a.is_active AND a.proven_at IS NOT NULL AND 'expiry' = ANY(a.kinds)
               AND NOT EXISTS (SELECT FROM sms_reception o JOIN members_member w ON w.id = o.member_id
                                WHERE o.member_id = a.member_id AND NOT o.representative_receives
                                  AND w.representative_mobile = a.mobile)) AS people
     ORDER BY member_id, mobile, turn
"""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody a notice would go to: a mobile number (eleven digits) and its name."""

    mobile: str
    name: str


def receivers_of(member_id: int) -> list[Receiver]:
    """Whom the run of this moment would send the member's notices to."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT mobile, name FROM ({RECIPIENTS_SQL}) r WHERE member_id = %s", [member_id])  # noqa: S608
        return [Receiver(*row) for row in cursor.fetchall()]


def added_receivers(member_ids: Collection[int], kind: str) -> dict[int, list[Receiver]]:
    """The additional recipients of `kind` whose number is proven, by member; members without any are left out."""
    people = Recipient.everything.filter(
        member_id__in=member_ids, is_active=True, proven_at__isnull=False, kinds__contains=[kind]
    )
    found: dict[int, list[Receiver]] = {}
    for member_id, mobile, name in people.values_list("member_id", "mobile", "name").order_by("id"):
        found.setdefault(member_id, []).append(Receiver(mobile, name))
    return found
