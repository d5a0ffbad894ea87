"""The set-based statements of the expiry run. One for the notices, one for their messages: never a loop.

150,000 messages take the database about two seconds this way and a row-by-row loop three minutes.
"""

from datetime import datetime

from guarantees.rules.expiry import MINIMUM_AMOUNT
from portal.ksx1001 import byte_size
from sms.recipients_sql import RECIPIENTS_SQL
from sms.rules.texts import SMS_BYTES, Field, segments

KIND = "expiry15"

# Guarantees inside the window that have no notice for their present end date, with what became of each.
# `state = 'active'` and the amount are spelled out so that the partial index `guarantee_due` serves.
DUE = f"""
    SELECT g.id, g.number, g.ends_on,
           COALESCE(r.people, 0) AS people,
           g.ends_on - 15 < %(on)s AS is_late,
           CASE
             WHEN g.ends_on - 15 < %(go_live)s THEN 'before_go_live'
             WHEN r.people IS NULL AND NOT COALESCE(rc.representative_receives, true) THEN 'opted_out'
             WHEN r.people IS NULL THEN 'no_number'
             WHEN m.sms_name = '' THEN 'no_sms_name'
             ELSE 'planned'
           END AS state
      FROM guarantees_guarantee g
      JOIN guarantees_product p ON p.code = g.product_id AND p.expiry_sms
      JOIN members_member m ON m.id = g.member_id
      LEFT JOIN sms_reception rc ON rc.member_id = g.member_id
      LEFT JOIN (SELECT member_id, count(*) AS people FROM ({RECIPIENTS_SQL}) AS everyone
                  GROUP BY member_id) r ON r.member_id = g.member_id
     WHERE g.state = 'active' AND g.outstanding >= {MINIMUM_AMOUNT}
       AND g.ends_on BETWEEN %(earliest_end)s AND %(last_end)s
       AND NOT EXISTS (SELECT FROM guarantees_expirynotice n
                        WHERE n.guarantee_id = g.id AND n.ends_on = g.ends_on AND n.kind = '{KIND}')
"""  # noqa: S608 - the parts are constants of this project

INSERT_NOTICES = f"""
    INSERT INTO guarantees_expirynotice (guarantee_id, ends_on, kind, run_id, state, is_late, at)
    SELECT due.id, due.ends_on, '{KIND}', %(run)s, due.state, due.is_late, %(at)s
      FROM ({DUE}) AS due
     ORDER BY due.ends_on, due.id
        ON CONFLICT (guarantee_id, ends_on, kind) DO NOTHING
"""  # noqa: S608

# Known to us while a notice would still have helped, and now too late for one: for the staff to see.
INSERT_MISSED = f"""
    INSERT INTO guarantees_expirynotice (guarantee_id, ends_on, kind, run_id, state, is_late, at)
    SELECT g.id, g.ends_on, '{KIND}', %(run)s,
           CASE WHEN g.ends_on - 15 < %(go_live)s THEN 'before_go_live' ELSE 'missed' END, true, %(at)s
      FROM guarantees_guarantee g
      JOIN guarantees_product p ON p.code = g.product_id AND p.expiry_sms
     WHERE g.state IN ('active', 'expired') AND g.outstanding >= {MINIMUM_AMOUNT}
       AND g.ends_on BETWEEN %(missed_from)s AND %(on)s
       AND COALESCE(g.issued_at, g.imported_at) < g.ends_on::timestamp AT TIME ZONE 'Asia/Seoul'
        ON CONFLICT (guarantee_id, ends_on, kind) DO NOTHING
"""  # noqa: S608

# Bytes of a text in an SMS, as `portal.ksx1001.byte_size` counts them.
BYTES = r"(char_length({0}) + char_length(regexp_replace({0}, '[\x01-\x7F]', '', 'g')))"
VALUES = {
    "company": "company.name",
    "kind": "p.sms_label",
    "no": "g.sms_number",
    "end": "to_char(g.ends_on, 'YY.MM.DD')",
    "tel": "b.phone",
}


def text_expression(prefix: str) -> tuple[str, list[str], str]:
    """The notice as an SQL expression, its literal parts as parameters in order, and the room they leave.

    The third value is an expression too: the bytes left for the company's name.
    """
    parts: list[str] = []
    literals: list[str] = []
    for segment in segments("EXPIRY15"):
        if isinstance(segment, Field) and segment.name != "prefix":
            parts.append(VALUES[segment.name])
        else:
            literals.append(prefix if isinstance(segment, Field) else segment)
            parts.append("%s")
    taken = SMS_BYTES - sum(map(byte_size, literals)) - len("26.12.31")
    variable = " - ".join(BYTES.format(VALUES[name]) for name in ("kind", "no", "tel"))
    return " || ".join(parts), literals, f"{taken} - {variable}"


def messages_of(*, run_id: int, at: datetime, prefix: str) -> tuple[str, list[object]]:
    """The messages of the notices written at `at`, as the select that `sms.outbox` files.

    A text is of no use once the end date has come, so that it is valid until then.
    """
    text, literals, room = text_expression(prefix)
    select = f"""
        SELECT 'expiry:' || g.public_id || ':' || n.ends_on || ':' || r.mobile,
               g.member_id, r.mobile, r.name, {text},
               'guarantee:' || g.public_id || ':' || n.ends_on,
               n.ends_on::timestamp AT TIME ZONE 'Asia/Seoul'
          FROM guarantees_expirynotice n
          JOIN guarantees_guarantee g ON g.id = n.guarantee_id
          JOIN guarantees_product p ON p.code = g.product_id
          JOIN members_member m ON m.id = g.member_id
          JOIN members_branch b ON b.id = m.branch_id
          JOIN ({RECIPIENTS_SQL}) r ON r.member_id = g.member_id
         CROSS JOIN LATERAL (SELECT {room} AS bytes) AS room
         CROSS JOIN LATERAL (
             SELECT CASE WHEN {BYTES.format("m.sms_name")} <= room.bytes THEN m.sms_name
                    ELSE (SELECT rtrim(left(m.sms_name, max(n))) || '…'
                            FROM generate_series(1, char_length(m.sms_name)) AS n
                           WHERE {BYTES.format("left(m.sms_name, n)")} <= room.bytes - 2)
                    END AS name) AS company
         WHERE n.run_id = %s AND n.at = %s AND n.state = 'planned'
         ORDER BY n.ends_on, g.id, r.mobile
    """  # noqa: S608 - the parts are constants of this project
    return select, [*literals, run_id, at]


# Why guarantees that end inside the window get no text, beside the notices' own reasons.
PASSED_OVER = f"""
    SELECT CASE
             WHEN g.state = 'released' THEN 'released'
             WHEN g.state = 'cancelled' THEN 'cancelled'
             WHEN NOT p.expiry_sms THEN 'product'
             ELSE 'below_amount'
           END AS reason, count(*)
      FROM guarantees_guarantee g JOIN guarantees_product p ON p.code = g.product_id
     WHERE g.ends_on BETWEEN %(first_end)s AND %(last_end)s
       AND (g.state IN ('released', 'cancelled') OR NOT p.expiry_sms OR g.outstanding < {MINIMUM_AMOUNT})
     GROUP BY 1
"""  # noqa: S608
