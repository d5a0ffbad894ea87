"""The two statements that write messages, and the gateway's key in SQL."""

# `outbox.gateway_key` in SQL, of a column named key.
GATEWAY_KEY = """overlay(overlay(left(encode(sha256(convert_to('message:' || key, 'UTF8')), 'hex'), 32)
                         placing '8' from 13) placing 'a' from 17)::uuid"""

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

# Answers with each batch, its planned size and how many messages it really got.
_INSERT_SELECTED = f"""
    WITH chosen (key, member_id, recipient, recipient_name, body, reference, valid_until) AS MATERIALIZED (
        /* select */
    ), numbered AS (
        SELECT *, row_number() OVER () - 1 AS place FROM chosen
    ), batches AS (
        INSERT INTO sms_batch (channel, purpose, size, state, not_before, token, attempt, gateway, trouble,
                               sender, created_at)
        SELECT %s, %s, least(%s, total - first), 'ready', %s, 0, 0, '', '', %s, %s
          FROM (SELECT count(*) AS total FROM chosen) AS counted, generate_series(0, total - 1, %s) AS first
         ORDER BY first
        RETURNING id, size
    ), slots AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS slot FROM batches
    ), written AS (
        INSERT INTO sms_message (batch_id, channel, purpose, sender, created_at, gateway_key, key, member_id,
                                 recipient_name, "to", subject, body, html, reference, valid_until)
        SELECT slots.id, %s, %s, %s, %s, {GATEWAY_KEY}, key, member_id,
               recipient_name, recipient, '', body, '', reference, coalesce(valid_until::timestamptz, %s)
          FROM numbered JOIN slots ON slots.slot = numbered.place / %s
         ORDER BY place
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
        *("channel", "purpose", "sender", "at", "valid_until", "size"),
    ),
)
