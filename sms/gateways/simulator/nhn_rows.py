"""What NHN Cloud shows of a message, as rows of its answers and callbacks."""

import sqlite3
from typing import Any

from sms.gateways.simulator import magic
from sms.gateways.simulator.nhn_words import CALLBACK_STATUS, MESSAGE_STATUS, RESULT_CODES, wall
from sms.gateways.simulator.store import Store


def message_row(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    """A message as the lists show it. `recipientSeq` counts within its request, refused ones too."""
    before = store.rows(
        "SELECT count(*) AS count FROM message WHERE batch = ? AND seq <= ?", row["batch"], row["seq"]
    )
    final = row["state"] in ("delivered", "undelivered")
    code = RESULT_CODES.get(row["code"], "") if final else None
    return {
        "requestId": row["batch"],
        "requestDate": wall(row["at"]),
        "resultDate": wall(row["state_at"]) if final else None,
        "body": row["text"],
        "sendNo": row["sender"],
        "countryCode": "82",
        "recipientNo": row["recipient"],
        "msgStatus": MESSAGE_STATUS[row["state"]],
        "resultCode": code,
        "resultCodeName": magic.SENTENCES[row["code"]],
        "telecomCodeName": "SKT",
        "recipientSeq": before[0]["count"],
        "sendType": "0" if row["kind"] == "sms" else "1",
        "messageType": row["kind"].upper(),
        "senderGroupingKey": None,
        "recipientGroupingKey": row["key"],
    }


def hook_row(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    """The same as a callback tells it, with the misspelt key of NHN's own sample."""
    shown = message_row(store, row)
    return {
        "hookId": f"{row['seq']:020d}",
        "senderType": "NORMAL_SMS" if row["kind"] == "sms" else "NORMAL_MMS",
        "requestId": shown["requestId"],
        "recipientSeq": shown["recipientSeq"],
        "requestDate": shown["requestDate"][:19].replace(" ", "T"),
        "receiveDate": (shown["resultDate"] or shown["requestDate"])[:19].replace(" ", "T"),
        "sendNo": shown["sendNo"],
        "recipientNo": shown["recipientNo"],
        "messageStatus": CALLBACK_STATUS[row["state"]],
        "resultCode": shown["resultCode"],
        "recipientGropuingKey": shown["recipientGroupingKey"],
        "messageCount": 1,
    }
