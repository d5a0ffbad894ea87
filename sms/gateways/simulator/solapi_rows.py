"""What Solapi shows of a group and of its messages, as rows of its answers and callbacks."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sms.gateways.simulator import magic
from sms.gateways.simulator.intake import Text
from sms.gateways.simulator.solapi_words import ACCOUNT_ID, CASH, COUNTED, STATUS_CODES
from sms.gateways.simulator.store import Store

SENTENCES = {theirs: magic.SENTENCES[ours] for ours, theirs in STATUS_CODES.items()}
_ROWS = """
    SELECT own.*, grouped.at AS created, message.state, message.code AS result, message.state_at
      FROM solapi_message AS own
      JOIN solapi_group AS grouped ON grouped.id = own.grouped
      LEFT JOIN message ON message.seq = own.seq
     WHERE {which} ORDER BY own.id
"""


def message_id(group: str, place: int) -> str:
    return f"M4V{group[3:-1]}{place:07d}"


def status_of(store: Store, group: str) -> str:
    """PENDING until a message of it was accepted, however late that is."""
    if store.rows("SELECT is_deleted FROM solapi_group WHERE id = ?", group)[0]["is_deleted"]:
        return "DELETED"
    states = [row["state"] for row in _rows(store, "own.grouped = ?", group)]
    if not {"pending", "delivered", "undelivered"}.intersection(states):
        return "PENDING"
    return "SENDING" if "pending" in states else "COMPLETE"


def group_row(store: Store, group: str) -> dict[str, Any]:
    """A group as every answer about it shows it."""
    rows = _rows(store, "own.grouped = ?", group)
    failed = sum(row["code"] != "2000" for row in rows)
    made = store.rows("SELECT at FROM solapi_group WHERE id = ?", group)[0]["at"]
    count = {**dict.fromkeys(COUNTED, 0), "total": len(rows), "registeredFailed": failed}
    count["registeredSuccess"] = len(rows) - failed
    count["sentTotal"] = sum(row["state"] in ("pending", "delivered", "undelivered") for row in rows)
    return {
        "groupId": group,
        "status": status_of(store, group),
        "count": count,
        "countForCharge": {},
        "balance": CASH,
        "point": CASH,
        "app": {"profit": {}, "appId": None},
        "log": [],
        "allowDuplicates": group.endswith("D"),
        "isRefunded": False,
        "accountId": ACCOUNT_ID,
        "masterAccountId": None,
        "apiVersion": "4",
        "price": {},
        "dateCreated": _iso(made),
        "dateUpdated": _iso(made),
    }


def registered_row(identity: str, row: Mapping[str, Any], text: Text, code: str) -> dict[str, Any]:
    """What registration says of one message."""
    return {
        "to": text.recipient,
        "from": text.sender,
        "type": text.kind.upper(),
        "country": "82",
        "messageId": identity,
        "statusCode": code,
        "statusMessage": SENTENCES[code],
        "accountId": ACCOUNT_ID,
        "customFields": row.get("customFields") or {},
    }


def listed(store: Store, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """The messages a list request asks for, as their rows."""
    if "groupId" in query:
        rows = _rows(store, "own.grouped = ?", query["groupId"])
    elif "messageId" in query:
        rows = _rows(store, "own.id = ?", query["messageId"])
    elif "messageIds[in]" in query:
        rows = _rows(store, "own.id IN (SELECT value FROM json_each(?))",
                     json.dumps(query["messageIds[in]"].split(",")))  # fmt: skip
    else:
        rows = _rows(store, "1 OR ?", "")
    found = [_message_row(row) for row in rows]
    for name in ("to", "from", "type", "statusCode"):
        if name in query:
            found = [row for row in found if row[name] == query[name]]
    return found


def sent_row(store: Store, seq: int) -> dict[str, Any] | None:
    """The message with this number as a callback shows it; None when it came by another wire."""
    rows = _rows(store, "own.seq = ?", seq)
    if not rows:
        return None
    row = _message_row(rows[0])
    return {**row, "statusMessage": SENTENCES[row["statusCode"]], "networkCode": "KT"}


def _message_row(row: sqlite3.Row) -> dict[str, Any]:
    given = json.loads(row["given"])
    is_open = row["state"] in (None, "late")
    code = row["code"] if is_open else STATUS_CODES[row["result"]]
    final = row["state"] in ("delivered", "undelivered")
    at = _iso(row["state_at"]) if final else None
    return {
        "messageId": row["id"],
        "groupId": row["grouped"],
        "to": str(given.get("to", "")),
        "from": str(given.get("from", "")),
        "text": given.get("text"),
        "type": str(given.get("type") or "SMS"),
        "country": "82",
        "statusCode": code,
        "status": "COMPLETE" if final else "PENDING" if is_open else "SENDING",
        "customFields": given.get("customFields") or {},
        "dateCreated": _iso(row["created"]),
        "dateUpdated": _iso(row["state_at"] or row["created"]),
        "dateProcessed": _iso(row["created"]),
        "dateReported": at,
        "dateReceived": at,
        "log": [],
    }


def _rows(store: Store, which: str, value: object) -> list[sqlite3.Row]:
    return store.rows(_ROWS.format(which=which), value)


def _iso(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
