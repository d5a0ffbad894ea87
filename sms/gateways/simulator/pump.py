"""What happens without being asked: late acceptance, delivery reports, and the callbacks that carry them."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any

from sms.gateways.simulator import callbacks, magic
from sms.gateways.simulator.core import Simulator
from sms.gateways.simulator.intake import due_of, ref_of

PAUSE = 0.05
PER_ROUND = 1000
PER_CALLBACK = 100
CALLBACK_TIMEOUT = 5

Report = dict[str, Any]
# Five calls in all, as vendors do; milliseconds to the next one.
RETRIES = (1_000, 2_000, 4_000, 8_000)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A callback goes where it was told to go."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


class Pump:
    """Runs in a thread of its own; `run_once` may also be called to have due callbacks go out now."""

    def __init__(self, simulator: Simulator, webhook: str, secret: str, wire: str = "local") -> None:
        self._callback = callbacks.WIRES[wire]
        self._simulator, self._webhook, self._secret = simulator, webhook, secret
        self._opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
        self._posting = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="pump", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def run_once(self) -> None:
        """Everything due by the simulator's clock."""
        with self._posting:
            while self._advance():
                pass
            if self._webhook:
                self._call_back()

    def push(self, reports: Sequence[Report], *, forged: bool) -> None:
        """Queues a callback with exactly these report rows, true or not."""
        with self._simulator.store.transaction() as db:
            self._queue(db, list(reports), self._simulator.now(), forged=forged)

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            self.run_once()

    def _advance(self) -> bool:
        """One round of due messages; False when none was due. A message may be due again at once."""
        now, account = self._simulator.now(), self._simulator.account
        if not self._simulator.store.rows("SELECT 1 FROM message WHERE due <= ? LIMIT 1", now):
            return False
        with self._simulator.store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM message WHERE due <= ? ORDER BY due, seq LIMIT ?", (now, PER_ROUND)
            ).fetchall()
            moved = [report for row in rows if (report := _step(db, row))]
            if self._webhook and account.callbacks:
                due = now + int(account.report_delay * 1000)
                for reports in _callbacks(moved, account.report_copies):
                    self._queue(db, reports, due, forged=False)
        return True

    def _queue(self, db: sqlite3.Connection, reports: list[Report], due: int, *, forged: bool) -> None:
        db.execute(
            "INSERT INTO callback (reports, forged, due) VALUES (?, ?, ?)", (json.dumps(reports), forged, due)
        )

    def _call_back(self) -> None:
        store, now = self._simulator.store, self._simulator.now()
        for row in store.rows("SELECT * FROM callback WHERE due <= ? ORDER BY due, id LIMIT 50", now):
            status = self._post(row["reports"], row["tries"], forged=bool(row["forged"]))
            again = status != 200 and row["tries"] < len(RETRIES)
            due = self._simulator.now() + RETRIES[row["tries"]] if again else None
            with store.transaction() as db:
                db.execute(
                    "UPDATE callback SET tries = tries + 1, answered = ?, due = ? WHERE id = ?",
                    (status, due, row["id"]),
                )

    def _post(self, reports: str, tries: int, *, forged: bool) -> int:
        """The HTTP status, 0 when there was none."""
        secret = callbacks.FORGED if forged else self._secret
        body, proof = self._callback(self._simulator.store, json.loads(reports), secret, tries)
        headers = {"Content-Type": "application/json", **proof}
        request = urllib.request.Request(self._webhook, body, headers)  # noqa: S310 - operator's own setting
        try:
            with self._opener.open(request, timeout=CALLBACK_TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except (OSError, ValueError):
            return 0


def report_of(row: sqlite3.Row) -> Report:
    """A message's present state in the words of a report."""
    at = datetime.fromtimestamp(row["state_at"] / 1000, UTC).isoformat()
    return {
        "key": row["key"],
        "ref": ref_of(row["seq"]),
        "status": row["state"],
        "code": row["code"],
        "at": at,
    }


def _callbacks(moved: Sequence[tuple[Report, int]], copies: int) -> Iterator[list[Report]]:
    """The callbacks to make: full ones first, then the repeats, each in a call of its own."""
    once = [report for report, _times in moved]
    for start in range(0, len(once), PER_CALLBACK):
        yield from [once[start : start + PER_CALLBACK]] * copies
    for report, times in moved:
        yield from [[report]] * (times - 1)


def _step(db: sqlite3.Connection, row: sqlite3.Row) -> tuple[Report, int] | None:
    """Moves one message to what is due for it: its new report, and how often to call back with it."""
    if row["state"] == "late":
        due = due_of(row["recipient"], 0, row["due"])
        db.execute(
            "UPDATE message SET state = 'pending', at = due, state_at = due, due = ? WHERE seq = ?",
            (due, row["seq"]),
        )
        return None
    step = magic.script(row["recipient"])[row["step"]]
    due = due_of(row["recipient"], row["step"] + 1, row["at"])
    db.execute(
        "UPDATE message SET state = ?, code = ?, state_at = ?, step = step + 1, due = ? WHERE seq = ?",
        (step.status, step.code, row["due"], due, row["seq"]),
    )
    return report_of(db.execute("SELECT * FROM message WHERE seq = ?", (row["seq"],)).fetchone()), step.copies
