"""NHN Cloud's wire, SMS v3.0: sending, lists, single looks, bulk results and sender numbers."""

import hmac
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sms.gateways.simulator import magic
from sms.gateways.simulator.core import Problem, Submission
from sms.gateways.simulator.faults import Fault
from sms.gateways.simulator.intake import Result, Text
from sms.gateways.simulator.nhn_rows import message_row
from sms.gateways.simulator.nhn_words import HEADERS, RECIPIENT_CODES, moment, wall
from sms.gateways.simulator.store import IS_ACCEPTED, Store
from sms.gateways.simulator.wire import BadRequest, Call, Patterns, Reply, as_json, read_object

MOST = 1000
MONTH = 31 * 24 * 3600 * 1000
DAY = 24 * 3600 * 1000
RESULT_FIELDS = (
    "messageType", "requestId", "recipientSeq", "resultCode", "resultCodeName", "requestDate", "resultDate",
    "recipientGroupingKey", "senderGroupingKey",
)  # fmt: skip


def send(call: Call) -> Reply:
    given = read_object(call)
    kind = "sms" if call.parts[1] == "sms" else "lms"
    recipients = given.get("recipientList")
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MOST:
        raise BadRequest(f"1-{MOST} recipients")
    texts = [_text(given, row, kind) for row in recipients]
    request = f"{wall(call.simulator.now())[:19].translate({ord(c): None for c in '-: '})}{uuid4().hex[:10]}0"
    submission = call.simulator.submit(request, texts)
    if submission.reports_first:
        call.pump.run_once()
    data = {
        "requestId": request,
        "statusCode": "2",
        "senderGroupingKey": given.get("senderGroupingKey"),
        "sendResultList": _results(submission, texts),
    }
    return _said({"data": data}, fault=submission.fault)


def rows(call: Call) -> Reply:
    """The list: by request, or by time of creation with our key."""
    fault = _question(call, "look_up" if "recipientGroupingKey" in call.query else "reports")
    kind = "sms" if call.parts[1] == "sms" else "lms"
    query, where = call.query, ["kind = ?"]
    values: list[Any] = [kind]
    if "requestId" in query:
        where, values = [*where, "batch = ?"], [*values, query["requestId"]]
    else:
        since, until = _window(query, "startCreateDate", "endCreateDate", MONTH)
        where, values = [*where, "at BETWEEN ? AND ?"], [*values, since, until]
    if "recipientGroupingKey" in query:
        where, values = [*where, "key = ?"], [*values, query["recipientGroupingKey"]]
    found = [] if _lies(call) else _accepted(call.simulator.store, where, values)
    return _page(call, [message_row(call.simulator.store, row) for row in found], fault)


def single(call: Call) -> Reply:
    fault = _question(call, "reports")
    kind = "sms" if call.parts[1] == "sms" else "lms"
    found = _accepted(call.simulator.store, ["kind = ?", "batch = ?"], [kind, call.parts[2]])
    shown = [message_row(call.simulator.store, row) for row in found]
    ours = [row for row in shown if str(row["recipientSeq"]) == call.query.get("recipientSeq")]
    if not ours:
        return replace(_header(-2006, "DATA_NOT_FOUND"), fault=fault)
    return _said({"data": ours[0]}, fault=fault)


def results(call: Call) -> Reply:
    """Results by the time they came; a day at most."""
    fault = _question(call, "reports")
    since, until = _window(call.query, "startUpdateDate", "endUpdateDate", DAY)
    kind = "sms" if call.query.get("messageType", "SMS") == "SMS" else "lms"
    where = ["kind = ?", "state IN ('delivered', 'undelivered')", "state_at BETWEEN ? AND ?"]
    found = _accepted(call.simulator.store, where, [kind, since, until])
    shown = [message_row(call.simulator.store, row) for row in found]
    updated = [{name: row[name] for name in RESULT_FIELDS} | {"updateDate": row["resultDate"]} for row in shown]
    return _page(call, updated, fault)


def senders(call: Call) -> Reply:
    fault = call.simulator.asked("health")
    account = call.simulator.account
    if refusal := account.refusal():
        raise Problem(*refusal)
    numbers = account.senders if account.senders is not None else ("020000000",)
    return _page(call, [{"sendNo": number, "useYn": "Y", "blockYn": "N"} for number in numbers], fault)


def blocked(call: Call) -> Reply:
    """Who refused at the 080 line: those whose texts came back for it, and those the account names."""
    fault = call.simulator.asked("health")
    found = call.simulator.store.rows(
        "SELECT DISTINCT recipient FROM message WHERE code = '2004' ORDER BY recipient"
    )
    numbers = {row["recipient"] for row in found} | set(call.simulator.account.blocked)
    shown = [{"unsubscribeNo": "08000000000", "recipientNo": number} for number in sorted(numbers)]
    return _page(call, shown, fault)


def with_keys(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Refuses a wrong app or secret key, and words refusals the way this wire does: mostly under HTTP 200."""

    def answer(call: Call) -> Reply:
        if call.parts[0] != call.config.app_key:
            return _header(-1000, "INVALID_APP_KEY")
        if not hmac.compare_digest(call.headers.get("x-secret-key", "").encode(), call.config.api_key.encode()):
            return _header(-1006, "INVALID_SECRET_KEY")
        try:
            return handler(call)
        except BadRequest as error:
            return _header(-9997, str(error))
        except Problem as problem:
            status, code = HEADERS[problem.code]
            reply = replace(_header(code, magic.SENTENCES[problem.code]), status=status)
            wait = problem.retry_after
            return reply if wait is None else replace(reply, headers={"Retry-After": str(wait)})

    return answer


_APP = r"/sms/v3\.0/appKeys/([^/]+)"
PATTERNS: Patterns = [
    ("POST", re.compile(_APP + "/sender/(sms|mms)"), with_keys(send)),
    ("GET", re.compile(_APP + "/sender/(sms|mms)"), with_keys(rows)),
    ("GET", re.compile(_APP + "/sender/(sms|mms)/([^/]+)"), with_keys(single)),
    ("GET", re.compile(_APP + "/message-results"), with_keys(results)),
    ("GET", re.compile(_APP + "/sendNos"), with_keys(senders)),
    ("GET", re.compile(_APP + "/blockservice/recipients"), with_keys(blocked)),
]


def _said(body: dict[str, Any], *, fault: Fault) -> Reply:
    header = {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
    return as_json({"header": header, "body": body}, fault=fault)


def _header(code: int, text: str) -> Reply:
    """HTTP 200 all the same: only the header tells."""
    header = {"isSuccessful": False, "resultCode": code, "resultMessage": text}
    return as_json({"header": header, "body": None})


def _results(submission: Submission, texts: list[Text]) -> list[dict[str, Any]]:
    fault = submission.fault
    shown = [
        _result(result, text, seq)
        for seq, (result, text) in enumerate(zip(submission.results, texts, strict=True), 1)
    ]
    if fault.shared_ref:
        shown = [{**row, "recipientSeq": 1} for row in shown]
    strangers = [
        {
            "recipientNo": "01000000000",
            "resultCode": 0,
            "resultMessage": "SUCCESS",
            "recipientSeq": 900_000 + number,
            "recipientGroupingKey": f"00000000-0000-4000-8000-{number:012d}",
        }
        for number in range(fault.alien)
    ]
    return [*shown[: len(shown) - fault.drop], *strangers]


def _result(result: Result, text: Text, seq: int) -> dict[str, Any]:
    return {
        "recipientNo": text.recipient,
        "resultCode": 0 if result.ref else RECIPIENT_CODES[result.code],
        "resultMessage": "SUCCESS" if result.ref else magic.SENTENCES[result.code],
        "recipientSeq": seq,
        "recipientGroupingKey": result.key,
    }


def _text(given: dict[str, Any], row: object, kind: str) -> Text:
    if not isinstance(row, dict):
        raise BadRequest("a recipient is an object")
    body = str(given.get("body", "")).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    title = str(given.get("title") or "") if kind == "lms" else ""
    if kind == "lms" and not title:
        raise BadRequest("title")
    key = str(row.get("recipientGroupingKey") or "")
    return Text(key, str(row.get("recipientNo", "")), str(given.get("sendNo", "")), kind, title, body)


def _question(call: Call, kind: str) -> Fault:
    fault = call.simulator.asked(kind)
    if kind == "look_up" and call.simulator.account.look_up == "off":
        raise Problem(503, "5002")
    return fault


def _lies(call: Call) -> bool:
    return "recipientGroupingKey" in call.query and call.simulator.account.look_up == "lie"


def _accepted(store: Store, where: list[str], values: list[Any]) -> list[sqlite3.Row]:
    condition = " AND ".join([IS_ACCEPTED, *where])
    return store.rows(f"SELECT * FROM message WHERE {condition} ORDER BY seq", *values)  # noqa: S608


def _window(query: Any, first: str, last: str, most: int) -> tuple[int, int]:
    try:
        since, until = moment(query.get(first, "")), moment(query.get(last, "")) + 999
    except ValueError as error:
        raise BadRequest(f"{first} and {last}") from error
    if not 0 <= until - since <= most + 1000:
        raise BadRequest("window too long")
    return since, until


def _page(call: Call, shown: list[dict[str, Any]], fault: Fault) -> Reply:
    number, size = int(call.query.get("pageNum", "1")), min(int(call.query.get("pageSize", "15")), 1000)
    part = shown[(number - 1) * size : number * size]
    body = {"pageNum": number, "pageSize": size, "totalCount": len(shown), "data": part[fault.drop :]}
    return _said(body, fault=fault)
