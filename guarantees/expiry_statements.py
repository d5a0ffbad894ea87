"""The set-based statements of the expiry run: notices, digests, messages. Never a loop over guarantees.

150,000 messages take the database about two seconds this way and a row-by-row loop three minutes.
"""

from guarantees.rules.expiry import MINIMUM_AMOUNT
from sms.recipients_sql import RECIPIENTS_SQL

KIND = "expiry15"

# Guarantees inside the window that have no notice for their present end date, with what became of each.
# `state = 'active'` and the amount are spelled out so that the partial index `guarantee_due` serves.
DUE = f"""
    SELECT g.id, g.number, g.ends_on,
           COALESCE(r.people, 0) AS people,
           g.ends_on - 15 < %(on)s AS is_late,
           CASE
             WHEN g.ends_on - 15 < %(go_live)s THEN 'before_go_live'
             WHEN NOT %(late_issue)s
                  AND g.issued_on > (SELECT d.send_on FROM unnest(%(ends)s::date[], %(send_days)s::date[])
                                                        AS d (ends_on, send_on)
                                      WHERE d.ends_on = g.ends_on) THEN 'issued_late'
             WHEN r.people IS NULL AND NOT COALESCE(rc.representative_receives, true) THEN 'opted_out'
             WHEN r.people IS NULL THEN 'no_number'
             WHEN m.sms_name = '' THEN 'no_sms_name'
             ELSE 'planned'
           END AS state,
           g.member_id
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

# `rules.expiry.digest_of` in SQL, of rows with public_id and ends_on.
DIGEST_NAME = """left(encode(sha256(convert_to(
    string_agg(public_id || ':' || ends_on, ',' ORDER BY (public_id || ':' || ends_on) COLLATE "C"),
    'UTF8')), 'hex'), 32)"""

# Companies with many notices in one go get one text: its lines are written before it, and say what it tells of.
INSERT_DIGESTS = f"""
    WITH fresh AS MATERIALIZED (
        SELECT n.id, n.ends_on, g.public_id, g.member_id
          FROM guarantees_expirynotice n JOIN guarantees_guarantee g ON g.id = n.guarantee_id
         WHERE n.run_id = %(run)s AND n.at = %(at)s AND n.state = 'planned'
    ), crowded AS (
        SELECT member_id FROM fresh GROUP BY member_id HAVING count(*) >= %(digest_from)s
    ), named AS (
        SELECT member_id, {DIGEST_NAME} AS digest FROM fresh JOIN crowded USING (member_id) GROUP BY member_id
    )
    INSERT INTO guarantees_digestline (digest, notice_id)
    SELECT named.digest, fresh.id FROM fresh JOIN named USING (member_id) ORDER BY fresh.id
        ON CONFLICT (digest, notice_id) DO NOTHING
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

# Days between the last run and this one that nobody ran on: each gets its row, so that none is simply absent.
INSERT_MISSED_DAYS = """
    INSERT INTO guarantees_expiryrun (run_on, state, ticks, started_at, planned, late, messages, skipped,
                                      calendar_version, code_version)
    SELECT day::date, 'missed', 0, %(at)s, 0, 0, 0, '{}', '', ''
      FROM generate_series((SELECT max(run_on) + 1 FROM guarantees_expiryrun WHERE run_on < %(on)s),
                           %(on)s::date - 1, interval '1 day') AS day
        ON CONFLICT (run_on) DO NOTHING
"""

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

# Digests that were stopped because one of their guarantees had changed: what of them is still to be told, to whom.
# Only the last text that told a number of a guarantee counts, so that nothing is told a second time. OFFSET 0: one
# member's receivers are looked up for each, for mostly there is none, instead of everybody's being listed first.
LEFT_OF_DIGESTS = f"""
    SELECT n.id, n.guarantee_id, n.ends_on, g.public_id, g.member_id, m."to"
      FROM sms_result res
      JOIN sms_message m ON m.id = res.message_id AND m.purpose = 'expiry_notice'
      JOIN guarantees_digestline l ON m.reference = 'digest:' || l.digest
      JOIN guarantees_expirynotice n ON n.id = l.notice_id
      JOIN guarantees_guarantee g ON g.id = n.guarantee_id AND g.ends_on = n.ends_on
      JOIN guarantees_product p ON p.code = g.product_id AND p.expiry_sms
     CROSS JOIN LATERAL (SELECT FROM ({RECIPIENTS_SQL}) AS everyone
                          WHERE everyone.member_id = g.member_id AND everyone.mobile = m."to" OFFSET 0) r
     WHERE res.state = 'skipped' AND res.reason = 'digest_changed' AND res.at >= %(since)s
       AND g.state = 'active' AND g.outstanding >= {MINIMUM_AMOUNT} AND n.ends_on >= %(earliest_end)s
       AND NOT EXISTS (SELECT FROM sms_message later
                        WHERE later.reference = 'guarantee:' || g.public_id || ':' || n.ends_on
                          AND later."to" = m."to" AND later.id > m.id)
       AND NOT EXISTS (SELECT FROM guarantees_digestline again
                         JOIN sms_message later ON later.reference = 'digest:' || again.digest
                        WHERE again.notice_id = n.id AND later."to" = m."to" AND later.id > m.id)
     ORDER BY n.ends_on, g.id
"""  # noqa: S608
