"""Solapi's wire, Messages v4: groups, their messages and sending, one-shot sending, lists and balance."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sms.gateways.simulator import content, magic
from sms.gateways.simulator.core import Problem
from sms.gateways.simulator.faults import Fault
from sms.gateways.simulator.intake import HELD_BACK, TAKEN, Text, judged
from sms.gateways.simulator.solapi_auth import refusal
from sms.gateways.simulator.solapi_rows import (
    group_row,
    listed,
    message_id,
    registered_row,
    status_of,
)
from sms.gateways.simulator.solapi_words import ACCOUNT_ID, ERRORS, STATUS_CODES
from sms.gateways.simulator.wire import BadRequest, Call, Patterns, Reply, Routes, as_json, read_object

MOST = 10_000
MOST_LISTED = 500


class Refusal(Exception):
    """The request is refused in Solapi's words: HTTP status and errorCode."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def create(call: Call) -> Reply:
    given = read_object(call)
    fault = _asked(call, "group")
    group = _new_group(call, allow_duplicates=given.get("allowDuplicates") is True)
    return as_json(group_row(call.simulator.store, group), fault=fault)


def put(call: Call) -> Reply:
    group, rows = _group(call), _messages(call)
    fault = _asked(call, "register", len(rows))
    if status_of(call.simulator.store, group) != "PENDING":
        raise Refusal(400, "InvalidStatus")
    if fault.accept == "none":
        return as_json({"errorCount": "0", "resultList": []}, fault=fault)
    results = _register(call, group, rows, held=fault.refuse)
    answered = [*results[: len(results) - fault.drop], *_strangers(fault.alien)]
    if fault.shared_ref:
        answered = [{**row, "messageId": answered[0]["messageId"]} for row in answered]
    failed = sum(row["statusCode"] != "2000" for row in results)
    return as_json({"errorCount": str(failed), "resultList": answered}, fault=fault)


def send(call: Call) -> Reply:
    group = _group(call)
    if status_of(call.simulator.store, group) == "DELETED":
        raise Refusal(400, "DeletedGroup")
    if status_of(call.simulator.store, group) != "PENDING":
        raise Refusal(400, "AlreadySent")
    fault = _send(call, group)
    return as_json(group_row(call.simulator.store, group), fault=fault)


def delete(call: Call) -> Reply:
    group = _group(call)
    fault = _asked(call, "look_up")
    if status_of(call.simulator.store, group) not in ("PENDING", "DELETED"):
        raise Refusal(400, "AlreadySent")
    with call.simulator.store.transaction() as db:
        db.execute("UPDATE solapi_group SET is_deleted = 1 WHERE id = ?", (group,))
        db.execute("UPDATE message SET state = 'refused', due = NULL WHERE batch = ? AND state = 'late'", (group,))
    return as_json(group_row(call.simulator.store, group), fault=fault)


def group(call: Call) -> Reply:
    found = _group(call)
    fault = _asked(call, "look_up")
    switch = call.simulator.account.look_up
    if switch == "off":
        raise Problem(503, "5002")
    row = group_row(call.simulator.store, found)
    return as_json({**row, "status": "PENDING"} if switch == "lie" else row, fault=fault)


def messages(call: Call) -> Reply:
    fault = _asked(call, "reports")
    query = {**call.query, "groupId": _group(call)} if call.parts else call.query
    limit = min(_number(query.get("limit", "20")), MOST_LISTED)
    rows = listed(call.simulator.store, query)
    start = _number(query.get("startKey", "0"))
    page = rows[start : start + limit]
    following = start + limit if start + limit < len(rows) else None
    found = {str(row["messageId"]): row for row in page[fault.drop :]}
    return as_json(
        {
            "startKey": str(start) if start else None,
            "nextKey": str(following) if following else None,
            "limit": limit,
            "messageList": found,
        },
        fault=fault,
    )


def send_many(call: Call) -> Reply:
    """What the official SDK uses for one message and for many: register and send in one request."""
    given = read_object(call)
    rows = _messages(call)
    found = _new_group(call, allow_duplicates=given.get("allowDuplicates") is True)
    results = _register(call, found, rows)
    fault = _send(call, found) if any(row["statusCode"] == "2000" for row in results) else Fault()
    info = group_row(call.simulator.store, found)
    body: dict[str, Any] = {
        "failedMessageList": [row for row in results if row["statusCode"] != "2000"],
        "groupInfo": info,
    }
    if given.get("showMessageList") is True:
        names = ("messageId", "statusCode", "statusMessage", "customFields")
        body["messageList"] = [{name: row[name] for name in names} for row in results]
    return as_json(body, fault=fault)


def send_one(call: Call) -> Reply:
    rows = _messages(call)
    found = _new_group(call, allow_duplicates=True)
    (result,) = _register(call, found, rows[:1])
    fault = _send(call, found) if result["statusCode"] == "2000" else Fault()
    return as_json({"groupId": found, **result}, fault=fault)


def balance(call: Call) -> Reply:
    fault = _asked(call, "balance")
    return as_json({"balance": call.simulator.account.balance, "point": 0}, fault=fault)


def with_signature(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Refuses what is not signed well, and words refusals the way this wire does."""

    def answer(call: Call) -> Reply:
        if code := refusal(call):
            return _refused(403, code)
        account = call.simulator.account.refusal()
        try:
            if account and call.method != "GET":
                raise Problem(*account)
            return handler(call)
        except Refusal as refused:
            return _refused(refused.status, refused.code)
        except BadRequest as error:
            return _refused(400, "ValidationError", str(error))
        except Problem as problem:
            status, code = ERRORS[problem.code]
            reply = _refused(status, code, magic.SENTENCES[problem.code])
            wait = problem.retry_after
            return reply if wait is None else replace(reply, headers={"Retry-After": str(wait)})

    return answer


ROUTES: Routes = {
    ("POST", "/messages/v4/groups"): with_signature(create),
    ("POST", "/messages/v4/send"): with_signature(send_one),
    ("POST", "/messages/v4/send-many/detail"): with_signature(send_many),
    ("GET", "/messages/v4/list"): with_signature(messages),
    ("GET", "/messages/v4/list-old"): with_signature(messages),  # what the Python SDK still asks
    ("GET", "/cash/v1/balance"): with_signature(balance),
}
_GROUP = r"/messages/v4/groups/([A-Za-z0-9]+)"
PATTERNS: Patterns = [
    ("GET", re.compile(_GROUP), with_signature(group)),
    ("DELETE", re.compile(_GROUP), with_signature(delete)),
    ("PUT", re.compile(_GROUP + "/messages"), with_signature(put)),
    ("GET", re.compile(_GROUP + "/messages"), with_signature(messages)),
    ("POST", re.compile(_GROUP + "/send"), with_signature(send)),
]


def _asked(call: Call, kind: str, size: int = 0) -> Fault:
    return call.simulator.asked(kind, size)


def _refused(status: int, code: str, text: str = "") -> Reply:
    return as_json({"errorCode": code, "errorMessage": text or code}, status=status)


def _new_group(call: Call, *, allow_duplicates: bool) -> str:
    made = f"G4V{uuid4().hex[:24].upper()}{'D' if allow_duplicates else 'S'}"
    with call.simulator.store.transaction() as db:
        db.execute("INSERT INTO solapi_group VALUES (?, ?, 0)", (made, call.simulator.now()))
    return made


def _group(call: Call) -> str:
    found = call.parts[0]
    if not call.simulator.store.rows("SELECT 1 FROM solapi_group WHERE id = ?", found):
        raise Refusal(404, "ResourceNotFound")
    return found


def _messages(call: Call) -> list[dict[str, Any]]:
    given = read_object(call)
    rows = given.get("messages", [given.get("message")])
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST or not all(isinstance(row, dict) for row in rows):
        raise BadRequest(f"1-{MOST} messages")
    return rows


def _register(call: Call, group: str, rows: list[dict[str, Any]], held: int = 0) -> list[dict[str, Any]]:
    """Puts messages into the group and says of each whether it is in it; the first `held` are put off."""
    store, results = call.simulator.store, []
    earlier = [json.loads(row["given"])["to"] for row in
               store.rows("SELECT given FROM solapi_message WHERE grouped = ?", group)]  # fmt: skip
    seen = Counter(earlier)
    with store.transaction() as db:
        for place, row in enumerate(rows, start=len(earlier)):
            text = text_of(row)
            code = STATUS_CODES[judged(call.simulator.account, text, content.size(text.text))]
            seen[text.recipient] += 1
            if place - len(earlier) < held:
                code = STATUS_CODES[HELD_BACK]
            if group.endswith("S") and seen[text.recipient] > 1:
                code = STATUS_CODES["3003"]
            identity = message_id(group, place)
            db.execute(
                "INSERT INTO solapi_message VALUES (?, ?, ?, ?, ?, NULL)",
                (identity, group, text.key, json.dumps(row), code),
            )
            results.append(registered_row(identity, row, text, code))
    return results


def _send(call: Call, group: str) -> Fault:
    """Hands what is registered to the vendor's core. Raises Problem."""
    rows = call.simulator.store.rows(
        "SELECT * FROM solapi_message WHERE grouped = ? AND code = '2000' ORDER BY id", group
    )
    submission = call.simulator.submit(group, [text_of(json.loads(row["given"])) for row in rows])
    with call.simulator.store.transaction() as db:
        for row, result in zip(rows, submission.results, strict=True):
            if result.code == TAKEN or result.ref:
                db.execute("UPDATE solapi_message SET seq = ? WHERE id = ?", (int(result.ref[1:]), row["id"]))
    if submission.reports_first:
        call.pump.run_once()
    if submission.fault.answer == "normal" and all(result.code == HELD_BACK for result in submission.results):
        raise Problem(503, "5002")
    return submission.fault


def text_of(row: dict[str, Any]) -> Text:
    """Our own measure needs a kind: what the row says, else by its length as Solapi would choose."""
    given = row.get("text")
    text = given if isinstance(given, str) else ""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    size = content.size(text)
    kind = str(row.get("type") or ("SMS" if size is None or size <= content.LIMITS["sms"] else "LMS")).lower()
    custom = row.get("customFields")
    key = str(custom.get("key", "")) if isinstance(custom, dict) else ""
    return Text(key, str(row.get("to", "")), str(row.get("from", "")), kind, str(row.get("subject") or ""), text)


def _strangers(count: int) -> list[dict[str, Any]]:
    return [
        {
            **registered_row(f"M4VSTRANGER{number}", {}, text_of({}), "2000"),
            "customFields": {"key": f"00000000-0000-4000-8000-{number:012d}"},
            "accountId": ACCOUNT_ID,
        }
        for number in range(count)
    ]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("a number")
    return int(text)
