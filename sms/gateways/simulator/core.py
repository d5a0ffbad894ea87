"""What the simulated vendor does with a request, whatever wire it came by."""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sms.gateways.simulator import magic
from sms.gateways.simulator.account import PRICES, Account
from sms.gateways.simulator.faults import REFUSALS, Fault, Faults
from sms.gateways.simulator.intake import Intake, Result, Text
from sms.gateways.simulator.store import IS_ACCEPTED, Store, read_setting, write_setting


class Problem(Exception):
    """The whole request is refused; nothing was taken. `retry_after` in seconds."""

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after = status, code, retry_after


@dataclass(frozen=True, slots=True)
class Submission:
    """`fault` is how the answer goes wrong; `reports_first` asks for the callbacks before it."""

    results: Sequence[Result]
    fault: Fault
    reports_first: bool


class Simulator:
    """One account over one store. Safe to call from many threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.faults = Faults()
        with store.transaction() as db:
            self.account = Account.read(read_setting(db, "account") or {})

    def now(self) -> int:
        """Milliseconds since 1970 by the simulator's clock, which `control` can set ahead."""
        return int((time.time() + self.account.clock) * 1000)

    def control(self, switches: dict[str, Any], faults: Sequence[dict[str, Any]], *, clear: bool) -> None:
        """Sets account switches and queues faults. Raises NotASwitch or NotAFault, changing nothing."""
        queued = [Fault.read(given) for given in faults]
        with self.store.transaction() as db:
            self.account = Account.read({**asdict(self.account), **switches})
            write_setting(db, "account", asdict(self.account))
            if clear:
                self.faults.clear()
            for fault in queued:
                self.faults.add(fault)

    def submit(self, batch: str, texts: Sequence[Text]) -> Submission:
        """Takes or refuses each message in one transaction. Raises Problem."""
        with self.store.transaction() as db:
            fault = self.faults.take("send") or Fault()
            problem = self._problem(fault, texts)
            request = self._note(db, "send", batch, len(texts), problem.code if problem else fault.answer)
            intake = Intake(self.account, fault, request, batch, self.now())
            results = [] if problem else self._take(db, intake, texts)
        if problem:
            raise problem
        recipients = {text.recipient for text in texts}
        return Submission(results, self._answered(fault, recipients), magic.REPORTED_FIRST in recipients)

    def look_up(self, keys: Sequence[str]) -> tuple[dict[str, sqlite3.Row], Fault]:
        """The first acceptance of each key that was accepted, late ones once due. Raises Problem."""
        fault = self.asked("look_up", len(keys))
        if self.account.look_up == "off":
            raise Problem(503, "5002")
        rows = self._accepted("key", keys) if self.account.look_up == "on" else []
        return {row["key"]: row for row in reversed(rows)}, fault

    def reports(self, refs: Sequence[str]) -> tuple[list[sqlite3.Row], Fault]:
        """The accepted messages among these references. Raises Problem."""
        fault = self.asked("reports", len(refs))
        return self._accepted("seq", [int(ref[1:]) for ref in refs if ref[1:].isdecimal()]), fault

    def asked(self, kind: str, size: int = 0) -> Fault:
        """Notes a question and says how its answer goes wrong. Raises Problem as scripted."""
        with self.store.transaction() as db:
            fault = self.faults.take(kind) or Fault(on=kind)
            self._note(db, kind, "", size, fault.answer)
        if fault.answer in REFUSALS:
            raise _scripted(fault)
        return fault

    def note_stray(self, path: str) -> None:
        """A request to an address no wire has, such as one that followed a redirect."""
        with self.store.transaction() as db:
            self._note(db, "stray", path[:100], 0, "404")

    def _problem(self, fault: Fault, texts: Sequence[Text]) -> Problem | None:
        if fault.answer in REFUSALS:
            return _scripted(fault)
        refusal = self.account.refusal()
        if refusal:
            return Problem(*refusal)
        cost = sum(PRICES.get(text.kind, 0) for text in texts)
        return Problem(402, "4002") if self.account.balance < cost else None

    def _take(self, db: sqlite3.Connection, intake: Intake, texts: Sequence[Text]) -> list[Result]:
        results, cost = intake.take(db, texts)
        if cost:
            self.account = replace(self.account, balance=self.account.balance - cost)
            write_setting(db, "account", asdict(self.account))
        return results

    def _note(self, db: sqlite3.Connection, kind: str, batch: str, size: int, answer: str) -> int:
        row = db.execute(
            "INSERT INTO request (at, kind, batch, size, answer) VALUES (?, ?, ?, ?, ?)",
            (self.now(), kind, batch, size, answer),
        )
        return row.lastrowid or 0

    def _answered(self, fault: Fault, recipients: set[str]) -> Fault:
        """The scripted fault, else the one a recipient stands for, else the account's slowness."""
        if fault.answer != "normal":
            return fault
        troublesome = recipients & magic.ANSWER_TROUBLE.keys()
        if troublesome:
            return replace(fault, answer=magic.ANSWER_TROUBLE[min(troublesome)])
        if self.account.latency:
            return replace(fault, answer="delay", seconds=self.account.latency)
        return fault

    def _accepted(self, column: str, values: Sequence[object]) -> list[sqlite3.Row]:
        return self.store.rows(
            f"SELECT * FROM message WHERE {IS_ACCEPTED}"  # noqa: S608
            f" AND {column} IN (SELECT value FROM json_each(?)) ORDER BY seq",
            json.dumps(list(values)),
        )


def _scripted(fault: Fault) -> Problem:
    return Problem(*REFUSALS[fault.answer], int(fault.seconds) or None)
