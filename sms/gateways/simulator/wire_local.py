"""The simulator's own wire: plain JSON under /v1, one bearer key."""

import hmac
from collections.abc import Callable
from dataclasses import replace

from sms.gateways.simulator import magic
from sms.gateways.simulator.core import Problem, Submission
from sms.gateways.simulator.intake import Result, Text, ref_of
from sms.gateways.simulator.pump import report_of
from sms.gateways.simulator.wire import BadRequest, Call, Reply, Routes, as_json, read_object

MAX_BATCH = 1000
FIELDS = {
    "key": "key",
    "to": "recipient",
    "from": "sender",
    "kind": "kind",
    "subject": "subject",
    "text": "text",
}


def send(call: Call) -> Reply:
    given = read_object(call)
    batch, texts = _word(given.get("batch")), [_text(row) for row in _list(given, "messages")]
    if not 1 <= len(texts) <= MAX_BATCH:
        raise BadRequest(f"1-{MAX_BATCH} messages")
    submission = call.simulator.submit(batch, texts)
    if submission.reports_first:
        call.pump.run_once()
    return as_json({"batch": batch, "results": _results(submission)}, fault=submission.fault)


def look_up(call: Call) -> Reply:
    keys = [_word(key) for key in _list(read_object(call), "keys")]
    found, fault = call.simulator.look_up(keys)
    rows = [{"key": key, "report": report_of(found[key]) if key in found else None} for key in keys]
    return as_json({"results": rows[fault.drop :]}, fault=fault)


def reports(call: Call) -> Reply:
    refs = [_word(ref) for ref in _list(read_object(call), "refs")]
    rows, fault = call.simulator.reports(refs)
    return as_json({"results": [report_of(row) for row in rows]}, fault=fault)


def balance(call: Call) -> Reply:
    fault = call.simulator.asked("balance")
    return as_json({"balance": call.simulator.account.balance}, fault=fault)


def health(call: Call) -> Reply:
    fault = call.simulator.asked("health")
    account = call.simulator.account
    refusal = account.refusal() or ((402, "4002", None) if account.balance <= 0 else None)
    reason = magic.SENTENCES[refusal[1]] if refusal else ""
    found = {"ok": refusal is None, "reason": reason, "senders": account.senders}
    return as_json(found, fault=fault)


def with_key(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Refuses a wrong key, and words refusals of the whole request the way this wire does."""

    def answer(call: Call) -> Reply:
        given = call.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {call.config.api_key}".encode()):
            return _refused(Problem(401, "4003"))
        try:
            return handler(call)
        except Problem as problem:
            return _refused(problem)

    return answer


ROUTES: Routes = {
    ("POST", "/v1/messages"): with_key(send),
    ("POST", "/v1/look-up"): with_key(look_up),
    ("POST", "/v1/reports"): with_key(reports),
    ("GET", "/v1/balance"): with_key(balance),
    ("GET", "/v1/health"): with_key(health),
}


def _refused(problem: Problem) -> Reply:
    reply = as_json(
        {"error": {"code": problem.code, "text": magic.SENTENCES[problem.code]}}, status=problem.status
    )
    if problem.retry_after is None:
        return reply
    return replace(reply, headers={"Retry-After": str(problem.retry_after)})


def _results(submission: Submission) -> list[dict[str, str]]:
    fault = submission.fault
    rows = [_result(result) for result in submission.results]
    if fault.shared_ref:
        rows = [{**row, "ref": ref_of(1)} for row in rows]
    rows = rows[: len(rows) - fault.drop]
    strangers = range(fault.alien)
    return rows + [
        {"key": f"00000000-0000-4000-8000-{number:012d}", "result": "accepted", "ref": f"S9{number:011d}"}
        for number in strangers
    ]


def _result(result: Result) -> dict[str, str]:
    if result.code == "3003":
        return {"key": result.key, "result": "duplicate", "ref": result.ref, "code": result.code}
    if result.ref:
        return {"key": result.key, "result": "accepted", "ref": result.ref}
    return {
        "key": result.key,
        "result": "refused",
        "code": result.code,
        "text": magic.SENTENCES[result.code],
    }


def _text(row: object) -> Text:
    if not isinstance(row, dict):
        raise BadRequest("a message is an object")
    return Text(**{name: _word(row.get(given)) for given, name in FIELDS.items()})


def _list(given: dict[str, object], name: str) -> list[object]:
    found = given.get(name)
    if not isinstance(found, list):
        raise BadRequest(f"{name} must be a list")
    return found


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest("text expected")
    # Half a surrogate pair is no character: it becomes one no handset can show, and is judged as such.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
