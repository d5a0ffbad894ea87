"""Handing the written messages to a gateway: the barest way, ours, and two that are written first."""

import csv
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.db import connection, transaction

from portal.bench.crew import Crew
from sms.bench.gateway import BenchGateway
from sms.delivery.drain import drain
from sms.models import Batch, Purpose, Result

SECONDS = 3_600.0  # a drain begins no batch after so long
AGAIN_SECONDS = 0.005
_COLUMNS = 'id, gateway_key::text, "to", sender, body'
_AFRESH = """
    UPDATE sms_batch SET state = 'ready', purpose = %s, token = 0, attempt = 0, trouble = '', settled_at = NULL,
                         lease_until = NULL, message_ids = NULL, not_before = %s
"""
_COPY = "COPY sms_result (message_id, number, state, reason, gateway, provider_ref, at) FROM STDIN (FORMAT csv)"
_QUEUE = (
    f"CREATE TABLE bench_queue AS SELECT {_COLUMNS}, 'ready'::text AS state, ''::text AS provider_ref,"  # noqa: S608
    " NULL::timestamptz AS at FROM sms_message",
    "ALTER TABLE bench_queue ADD PRIMARY KEY (id)",
    "CREATE INDEX bench_queue_ready ON bench_queue (id) WHERE state = 'ready'",
    "ANALYZE bench_queue",
)
_CLAIM_ROWS = """
    WITH due AS MATERIALIZED (SELECT id FROM bench_queue WHERE state = 'ready' ORDER BY id LIMIT %s
                                 FOR UPDATE SKIP LOCKED)
    UPDATE bench_queue SET state = 'sending', at = now() FROM due WHERE bench_queue.id = due.id
    RETURNING bench_queue.id, bench_queue.gateway_key, bench_queue."to", bench_queue.sender, bench_queue.body
"""
_SETTLE_ROWS = """
    UPDATE bench_queue SET state = 'accepted', provider_ref = told.ref, at = now()
      FROM unnest(%s::bigint[], %s::text[]) AS told (id, ref) WHERE bench_queue.id = told.id
"""


@dataclass(frozen=True)
class Ways:
    """`messages` written and waiting, `size` to a request, at the instant `at`."""

    gateway: BenchGateway
    messages: int
    size: int
    at: datetime

    def make_ready(self, purpose: Purpose, milliseconds: int) -> None:
        """As planned: nothing sent, every batch ready, under `purpose`, whose check is then asked."""
        self.gateway.answer_after(milliseconds)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE sms_result, sms_receipt CASCADE")
            cursor.execute(_AFRESH, [purpose.value, self.at])

    def floor(self) -> int:
        """One SELECT, the requests over one kept connection, one COPY; nobody could tell what a crash had sent."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} FROM sms_message ORDER BY id")  # noqa: S608
            rows = cursor.fetchall()
            lines = StringIO()
            writer = csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC)
            for start in range(0, len(rows), self.size):
                page = rows[start : start + self.size]
                writer.writerows(
                    (row[0], Result.LAST, "accepted", "", "local", ref, self.at.isoformat())
                    for row, ref in zip(page, self._sent(page), strict=True)
                )
            lines.seek(0)
            cursor.copy_expert(_COPY, lines)
        return len(rows)

    def bare(self) -> Callable[[], int]:
        """The requests alone, made ready before: what the gateway itself takes."""
        requests = []
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} FROM sms_message ORDER BY id")  # noqa: S608
            rows = cursor.fetchall()
        for start in range(0, len(rows), self.size):
            requests.append(self.gateway.request_of([row[1:] for row in rows[start : start + self.size]]))

        def send() -> int:
            for request in requests:
                self.gateway.send(request)
            return len(rows)

        return send

    def ours(self, crew: Crew) -> int:
        """What the workers do, one for each thread. Raises RuntimeError where a message was left."""
        adapter = self.gateway.adapter()

        def deliver(_number: int) -> None:
            # A worker that finds every batch taken or the gateway busy comes again, as beat lets it.
            while drain(now=lambda: self.at, gateway=adapter, seconds=SECONDS) or self._is_ready():
                time.sleep(AGAIN_SECONDS)

        crew.run(deliver)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sms_result WHERE state = 'accepted'")
            (accepted,) = cursor.fetchone()
        if accepted != self.messages:
            raise RuntimeError(f"{accepted} of {self.messages} messages were accepted")
        return accepted

    def _is_ready(self) -> bool:
        return Batch.objects.filter(state="ready").exists()

    def fill_queue(self) -> None:
        """The plain way's table: each message with its state, claimed and settled in place."""
        self.make_ready(Purpose.HELPDESK, 0)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_queue")
            for statement in _QUEUE:
                cursor.execute(statement)

    def by_rows(self) -> int:
        """Claims rows and updates them, as most queues in a table do."""
        done = 0
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_CLAIM_ROWS, [self.size])
                rows = cursor.fetchall()
            if not rows:
                return done
            refs = self._sent(rows)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_SETTLE_ROWS, [[row[0] for row in rows], refs])
            done += len(rows)

    def drop_queue(self) -> None:
        """The plain way's table goes."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_queue")

    def _sent(self, rows: Sequence[tuple[int, str, str, str, str]]) -> list[str]:
        answer = json.loads(self.gateway.send(self.gateway.request_of([row[1:] for row in rows])))
        return [result["ref"] for result in answer["results"]]
