"""Taking the messages of one request: each is judged, written down and given its first due moment."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sms.gateways.simulator import content, magic
from sms.gateways.simulator.account import PRICES, Account
from sms.gateways.simulator.faults import Fault
from sms.gateways.simulator.store import IS_ACCEPTED

TAKEN = "0000"
HELD_BACK = "3009"
NEW_MESSAGE = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Text:
    """A message as any wire hands it over."""

    key: str
    recipient: str
    sender: str
    kind: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the answer says of one message; `code` is one of magic.SENTENCES, `ref` empty when refused."""

    key: str
    ref: str
    code: str


@dataclass(frozen=True, slots=True)
class Intake:
    """The circumstances of one request: `now` in milliseconds, `request` the row it is noted in."""

    account: Account
    fault: Fault
    request: int
    batch: str
    now: int

    def take(self, db: sqlite3.Connection, texts: Sequence[Text]) -> tuple[list[Result], int]:
        """The results in the order given, and what the taken ones cost in won."""
        seq = db.execute("SELECT coalesce(max(seq), 0) FROM message").fetchone()[0]
        known = _known(db, texts) if self.account.honours_keys else {}
        results, rows, cost = [], [], 0
        for place, text in enumerate(texts):
            if text.key in known:
                results.append(Result(text.key, ref_of(known[text.key]), "3003"))
                continue
            seq += 1
            size = content.size(text.text)
            code = self._code(place, text, size)
            cost += PRICES[text.kind] if code == TAKEN else 0
            rows.append(self._row(seq, text, size or 0, code))
            results.append(Result(text.key, ref_of(seq) if code == TAKEN else "", code))
        db.executemany(NEW_MESSAGE, rows)
        return results, cost

    def _code(self, place: int, text: Text, size: int | None) -> str:
        code = judged(self.account, text, size)
        is_held = self.fault.accept == "none" or place < self.fault.refuse
        return HELD_BACK if code == TAKEN and is_held else code

    def _row(self, seq: int, text: Text, size: int, code: str) -> tuple[object, ...]:
        state, due = "refused", None
        if code == TAKEN and self.fault.accept == "late":
            state, due = "late", self.now + int(self.fault.late * 1000)
        elif code == TAKEN:
            state, due = "pending", due_of(text.recipient, 0, self.now)
        said = "1100" if code == TAKEN else code
        sent = (text.key, text.recipient, text.sender, text.kind, text.subject, text.text)
        return (seq, self.request, self.batch, *sent, size, self.now, state, said, self.now, 0, due)


def judged(account: Account, text: Text, size: int | None) -> str:
    """TAKEN, or why this message of this `size` can never be taken."""
    if account.senders is not None and text.sender not in account.senders:
        return "4001"
    if text.recipient == magic.REFUSED_AT_REGISTRATION or not content.is_mobile(text.recipient):
        return "3001"
    return TAKEN if content.is_sendable(text.kind, text.subject, size) else "3002"


def ref_of(seq: int) -> str:
    """The gateway's name for a message: `S` and twelve digits."""
    return f"S{seq:012d}"


def due_of(recipient: str, step: int, accepted_at: int) -> int | None:
    """When the report number `step` of this message is due; None after the last."""
    steps = magic.script(recipient)
    return accepted_at + steps[step].after if step < len(steps) else None


def _known(db: sqlite3.Connection, texts: Sequence[Text]) -> dict[str, int]:
    rows = db.execute(
        f"SELECT key, min(seq) FROM message WHERE ({IS_ACCEPTED} OR state = 'late')"  # noqa: S608
        " AND key IN (SELECT value FROM json_each(?)) GROUP BY key",
        (json.dumps([text.key for text in texts]),),
    )
    return dict(rows.fetchall())
