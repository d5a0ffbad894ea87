"""Sealing the trail: a chain of hashes over its events, made after them so that no event waits for another."""

import logging
from datetime import datetime

from django.db import connection, transaction

log = logging.getLogger(__name__)

AT_ONCE = 10_000  # events in one seal, and how far behind the last one a late commit is still looked for
SEAL_LOCK = 0x15_EA_1

# The same text whatever the session's time zone, and whatever columns are added later.
_CONTENT = """jsonb_build_array(event.id, extract(epoch FROM event.at), event.actor_id, event.actor_name,
    event.channel, host(event.address), event.action, event.subject_type, event.subject_id, event.subject_label,
    event.member_id, event.detail)::text"""
_CHAINED = """encode(sha256(convert_to(coalesce({before}, '') ||
    string_agg({content}, E'\\n' ORDER BY event.id), 'UTF8')), 'hex')"""
_HEAD = "(SELECT digest FROM audit_auditseal ORDER BY id DESC LIMIT 1)"
# Numbers are given before their transactions commit, so that a smaller one may appear after a larger one.
_SEAL = f"""
    WITH last AS (SELECT coalesce(max(through), 0) AS through FROM audit_auditseal),
    fresh AS (
        SELECT event.* FROM audit_auditevent AS event, last
         WHERE event.id > last.through - {AT_ONCE}
           AND NOT EXISTS (SELECT FROM audit_auditseal AS seal
                            WHERE seal.through > last.through - {AT_ONCE} AND event.id = ANY(seal.ids))
         ORDER BY event.id LIMIT {AT_ONCE})
    INSERT INTO audit_auditseal (at, through, ids, digest)
    SELECT %s, greatest(max(event.id), (SELECT through FROM last)), array_agg(event.id ORDER BY event.id),
           {_CHAINED.format(before=_HEAD, content=_CONTENT)}
      FROM fresh AS event HAVING count(*) > 0
    RETURNING id, cardinality(ids), digest
"""  # noqa: S608 - constants only
DELETED = """
    SELECT sealed.id FROM audit_auditseal AS seal, unnest(seal.ids) AS sealed (id)
     WHERE NOT EXISTS (SELECT FROM audit_auditevent AS event WHERE event.id = sealed.id)
"""
CHANGED = f"""
    SELECT 'seal ' || chain.id
      FROM (SELECT id, ids, digest, lag(digest) OVER (ORDER BY id) AS before FROM audit_auditseal) AS chain
      LEFT JOIN LATERAL (SELECT {_CHAINED.format(before="chain.before", content=_CONTENT)} AS digest
                           FROM audit_auditevent AS event WHERE event.id = ANY(chain.ids)) AS now ON true
     WHERE now.digest IS DISTINCT FROM chain.digest
"""  # noqa: S608 - constants only


def seal(*, at: datetime) -> int:
    """Seal what has none yet. How many events; the chain's new head stands in the log, outside the database."""
    sealed = 0
    while (count := _seal_once(at)) > 0:
        sealed += count
    return sealed


@transaction.atomic
def _seal_once(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        cursor.execute(_SEAL, [at])
        row = cursor.fetchone()
    if row is None:
        return 0
    log.info("audit seal %s over %s events: %s", *row)
    return int(row[1])
