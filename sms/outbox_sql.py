"""The two statements that write messages, and the gateway's key in SQL."""

from functools import reduce

# `outbox.gateway_key` in SQL, of a column named key: sixteen bytes of the digest with version 8 and variant a. By
# bits, for to replace digits in a text of digits takes as long as the digest.
_DIGEST = "substr(sha256(convert_to('message:' || key, 'UTF8')), 1, 16)"
_BITS = {52: 0, 53: 0, 54: 0, 55: 1, 68: 0, 69: 1, 70: 0, 71: 1}
_MARKED = reduce(lambda made, bit: f"set_bit({made}, {bit[0]}, {bit[1]})", _BITS.items(), _DIGEST)
GATEWAY_KEY = f"encode({_MARKED}, 'hex')::uuid"

# Parameters: batch, channel, purpose, sender, at, then one list a column.
INSERT_MESSAGES = f"""
    INSERT INTO sms_message (batch_id, channel, purpose, sender, created_at, gateway_key,
                             key, member_id, recipient_name, "to", subject, body, html, reference, valid_until)
    SELECT %s, %s, %s, %s, %s, {GATEWAY_KEY},
           key, member_id, recipient_name, recipient, subject, body, html, reference, valid_until
      FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                  %s::text[], %s::timestamptz[])
        AS draft (key, member_id, recipient_name, recipient, subject, body, html, reference, valid_until)
     ORDER BY key
    ON CONFLICT (key) DO NOTHING
"""  # noqa: S608 - constants only

# Answers with each batch, its planned size and how many messages it really got. Batches are looked up by place in
# a list: joined, the messages would have to be sorted a second time.
_INSERT_SELECTED = f"""
    WITH chosen (key, member_id, recipient, recipient_name, body, reference, valid_until) AS MATERIALIZED (
        /* select */
    ), batches AS (
        INSERT INTO sms_batch (channel, purpose, size, state, not_before, token, attempt, gateway, trouble,
                               sender, created_at)
        SELECT %s, %s, least(%s, total - first), 'ready', %s, 0, 0, '', '', %s, %s
          FROM (SELECT count(*) AS total FROM chosen) AS counted, generate_series(0, total - 1, %s) AS first
         ORDER BY first
        RETURNING id, size
    ), slots AS (
        SELECT array_agg(id ORDER BY id) AS ids FROM batches
    ), written AS (
        INSERT INTO sms_message (batch_id, channel, purpose, sender, created_at, gateway_key, key, member_id,
                                 recipient_name, "to", subject, body, html, reference, valid_until)
        SELECT (SELECT ids FROM slots)[1 + place / %s], %s, %s, %s, %s, {GATEWAY_KEY}, key, member_id,
               recipient_name, recipient, '', body, '', reference, coalesce(valid_until::timestamptz, %s)
          FROM (SELECT *, row_number() OVER () - 1 AS place FROM chosen) AS numbered
        ON CONFLICT (key) DO NOTHING
        RETURNING batch_id
    )
    SELECT batches.id, batches.size, coalesce(got.messages, 0)
      FROM batches
      LEFT JOIN (SELECT batch_id, count(*) AS messages FROM written GROUP BY batch_id) AS got
             ON got.batch_id = batches.id
"""  # noqa: S608 - constants only

# The statement, and what its parameters after those of the query are.
INSERT_SELECTED = (
    _INSERT_SELECTED,
    (
        *("channel", "purpose", "size", "not_before", "sender", "at", "size"),
        *("size", "channel", "purpose", "sender", "at", "valid_until"),
    ),
)
