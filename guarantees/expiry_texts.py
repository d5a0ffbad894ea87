"""The texts of expiry notices as SQL: one for a guarantee, or one for many of a company (DOMAIN §7.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.ksx1001 import byte_size
from sms.recipients_sql import RECIPIENTS_SQL
from sms.rules.texts import SMS_BYTES, Field, segments

# Bytes of a text in an SMS, as `portal.ksx1001.byte_size` counts them.
BYTES = r"(char_length({0}) + char_length(regexp_replace({0}, '[\x01-\x7F]', '', 'g')))"
# Never fewer than these, and no look at each character.
BYTES_AT_MOST = "(2 * char_length({0}))"
OF_ONE = {
    "company": "company.name",
    "kind": "p.sms_label",
    "no": "g.sms_number",
    "end": "to_char(d.ends_on, 'YY.MM.DD')",
    "tel": "b.phone",
}
# Fields of ASCII alone: their bytes are known without looking at each character.
PLAIN = frozenset({"no", "tel", "n"})
OF_MANY = {
    "company": "company.name",
    "n": "d.guarantees::text",
    "end": "to_char(d.ends_on, 'YY.MM.DD')",
}

# What `messages_of` tells of: notices, each alone (digest null) or in a digest, to one number or (null) to all.
FRESH = """
    SELECT n.guarantee_id, n.ends_on, l.digest, NULL::text AS mobile
      FROM guarantees_expirynotice n LEFT JOIN guarantees_digestline l ON l.notice_id = n.id
     WHERE n.run_id = %s AND n.at = %s AND n.state = 'planned'
"""
LEFT_OVER = """
    SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[])
               AS rest (guarantee_id, ends_on, digest, mobile)
"""


@dataclass(frozen=True)
class Room:
    """SQL of the bytes a text leaves for the company's name: exactly, and a cheap figure that is never more."""

    exactly: str
    at_least: str


def fresh(run_id: int, at: datetime) -> tuple[str, list[object]]:
    """The notices that a run wrote at `at`, with the digests they are in."""
    return FRESH, [run_id, at]


def left_over(rows: Sequence[tuple[int, object, str | None, str]]) -> tuple[str, list[object]]:
    """(guarantee, end date, digest or None, mobile) of what a stopped digest leaves to tell."""
    return LEFT_OVER, [[row[column] for row in rows] for column in range(4)]


def text_expression(key: str, values: Mapping[str, str], prefix: str) -> tuple[str, list[str], Room]:
    """A text as an SQL expression, its literal parts as parameters in order, and the room they leave.

    `values` are the SQL of its fields.
    """
    parts: list[str] = []
    literals: list[str] = []
    for segment in segments(key):
        if isinstance(segment, Field) and segment.name != "prefix":
            parts.append(values[segment.name])
        else:
            literals.append(prefix if isinstance(segment, Field) else segment)
            parts.append("%s")
    taken = SMS_BYTES - sum(map(byte_size, literals)) - len("26.12.31")
    return " || ".join(parts), literals, Room(_left(taken, values, BYTES), _left(taken, values, BYTES_AT_MOST))


def _left(taken: int, values: Mapping[str, str], counted: str) -> str:
    variable = [
        (f"octet_length({sql})" if name in PLAIN else counted.format(sql))
        for name, sql in values.items()
        if name not in ("company", "end")
    ]
    return " - ".join([str(taken), *variable])


def company_in(room: Room) -> str:
    """The lateral that gives `company.name`: whole where it fits into the room, else cut with "…".

    Most names fit by the cheap figures; only those near the limit are counted character by character.
    """
    return f"""
         CROSS JOIN LATERAL (
             SELECT CASE WHEN {BYTES_AT_MOST.format("m.sms_name")} <= {room.at_least}
                           OR {BYTES.format("m.sms_name")} <= {room.exactly} THEN m.sms_name
                    ELSE (SELECT rtrim(left(m.sms_name, max(n))) || '…'
                            FROM generate_series(1, char_length(m.sms_name)) AS n
                           WHERE {BYTES.format("left(m.sms_name, n)")} <= {room.exactly} - 2)
                    END AS name) AS company"""  # noqa: S608 - the parts are constants of this project


def messages_of(told: tuple[str, list[object]], *, prefix: str) -> tuple[str, list[object]]:
    """The messages for `fresh` or `left_over` notices, as the select that `sms.outbox` files.

    The key of a digest covers its set. A text is of no use once the (first) end date has come, so that it is
    valid until then. Within a day they are ordered as their keys are, so that the indexes fill page by page.
    """
    source, parameters = told
    one, one_literals, one_room = text_expression("EXPIRY15", OF_ONE, prefix)
    many, many_literals, many_room = text_expression("EXPIRY_MULTI", OF_MANY, prefix)
    select = f"""
        WITH told AS MATERIALIZED ({source}), receivers AS MATERIALIZED ({RECIPIENTS_SQL})
        SELECT key, member_id, mobile, name, body, reference, ends_on::timestamp AT TIME ZONE 'Asia/Seoul'
          FROM (
            SELECT 'expiry:' || g.public_id || ':' || d.ends_on || ':' || r.mobile AS key,
                   g.member_id, r.mobile, r.name, {one} AS body,
                   'guarantee:' || g.public_id || ':' || d.ends_on AS reference, d.ends_on, g.public_id AS place
              FROM told d
              JOIN guarantees_guarantee g ON g.id = d.guarantee_id
              JOIN guarantees_product p ON p.code = g.product_id
              JOIN members_member m ON m.id = g.member_id
              JOIN members_branch b ON b.id = m.branch_id
              JOIN receivers r ON r.member_id = g.member_id AND (d.mobile IS NULL OR d.mobile = r.mobile)
              {company_in(one_room)}
             WHERE d.digest IS NULL
             UNION ALL
            SELECT 'expiry:' || d.digest || ':' || r.mobile, d.member_id, r.mobile, r.name, {many},
                   'digest:' || d.digest, d.ends_on, d.digest::uuid
              FROM (SELECT t.digest, t.mobile, g.member_id, count(*) AS guarantees, min(t.ends_on) AS ends_on
                      FROM told t JOIN guarantees_guarantee g ON g.id = t.guarantee_id
                     WHERE t.digest IS NOT NULL
                     GROUP BY t.digest, t.mobile, g.member_id) d
              JOIN members_member m ON m.id = d.member_id
              JOIN receivers r ON r.member_id = d.member_id AND (d.mobile IS NULL OR d.mobile = r.mobile)
              {company_in(many_room)}
          ) AS texts
         ORDER BY ends_on, place, mobile
    """  # noqa: S608 - the parts are constants of this project
    return select, [*parameters, *one_literals, *many_literals]
