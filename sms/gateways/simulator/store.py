"""The simulator's own SQLite file. What it says was accepted is the judge in every test.

Write-ahead log without fsync per commit: survives kill -9 of the simulator, not a power cut.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, batch TEXT NOT NULL,
  size INTEGER NOT NULL, answer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY, request INTEGER NOT NULL, batch TEXT NOT NULL, key TEXT NOT NULL,
  recipient TEXT NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  text TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
  state TEXT NOT NULL, code TEXT NOT NULL, state_at INTEGER NOT NULL, step INTEGER NOT NULL, due INTEGER
);
CREATE INDEX IF NOT EXISTS message_key ON message (key);
CREATE INDEX IF NOT EXISTS message_batch ON message (batch);
CREATE INDEX IF NOT EXISTS message_due ON message (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS callback (
  id INTEGER PRIMARY KEY, reports TEXT NOT NULL, forged INTEGER NOT NULL, due INTEGER,
  tries INTEGER NOT NULL DEFAULT 0, answered INTEGER
);
CREATE INDEX IF NOT EXISTS callback_due ON callback (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS solapi_group (id TEXT PRIMARY KEY, at INTEGER NOT NULL, is_deleted INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS solapi_message (
  id TEXT PRIMARY KEY, grouped TEXT NOT NULL, key TEXT NOT NULL, given TEXT NOT NULL, code TEXT NOT NULL,
  seq INTEGER
);
CREATE INDEX IF NOT EXISTS solapi_message_grouped ON solapi_message (grouped);
CREATE INDEX IF NOT EXISTS solapi_message_seq ON solapi_message (seq);
CREATE TABLE IF NOT EXISTS solapi_signature (value TEXT PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# States of a message row: late (will be accepted), refused, pending, delivered, undelivered.
IS_ACCEPTED = "state IN ('pending', 'delivered', 'undelivered')"


class Store:
    """One connection, one lock: a transaction at a time."""

    def __init__(self, file: Path) -> None:
        self._lock = RLock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Committed when the block ends, rolled back when it raises."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.close()


def read_setting(db: sqlite3.Connection, name: str) -> Any:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return json.loads(row["value"]) if row else None


def write_setting(db: sqlite3.Connection, name: str, value: object) -> None:
    db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value)))
