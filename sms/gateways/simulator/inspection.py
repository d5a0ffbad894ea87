"""Looking into the simulator and steering it: for tests and for whoever runs the demo."""

from dataclasses import asdict

from sms.gateways.simulator.account import NotASwitch
from sms.gateways.simulator.faults import NotAFault
from sms.gateways.simulator.intake import ref_of
from sms.gateways.simulator.store import IS_ACCEPTED
from sms.gateways.simulator.wire import BadRequest, Call, Reply, Routes, as_json, read_object

PAGE = 10_000


def log(call: Call) -> Reply:
    """Messages after number `since`, refused and late ones too, at most 10,000."""
    rows = call.simulator.store.rows(
        "SELECT * FROM message WHERE seq > ? ORDER BY seq LIMIT ?", _number(call, "since"), PAGE
    )
    return as_json({"messages": [{**dict(row), "ref": ref_of(row["seq"])} for row in rows]})


def requests(call: Call) -> Reply:
    """Requests after number `since`, at most 10,000."""
    rows = call.simulator.store.rows(
        "SELECT * FROM request WHERE id > ? ORDER BY id LIMIT ?", _number(call, "since"), PAGE
    )
    return as_json({"requests": [dict(row) for row in rows]})


def accepted(call: Call) -> Reply:
    """How often each key was accepted; with `key`, that one alone, 0 when never."""
    key = call.query.get("key")
    one = " AND key = ?" if key else ""
    rows = call.simulator.store.rows(
        f"SELECT key, count(*) AS times FROM message WHERE {IS_ACCEPTED}{one} GROUP BY key",  # noqa: S608
        *([key] if key else []),
    )
    counts = {row["key"]: row["times"] for row in rows}
    return as_json({"counts": {key: counts.get(key, 0)} if key else counts})


def control(call: Call) -> Reply:
    """`account` switches, `faults` to queue, `clear` the queued, `advance` the clock by seconds, `push` a
    callback with the given report rows (`forged` signs it wrongly). Answers with the account as it is then.
    """
    given = read_object(call)
    switches, faults, push = given.get("account", {}), given.get("faults", []), given.get("push", [])
    advance = given.get("advance", 0)
    if not isinstance(switches, dict) or not isinstance(faults, list) or not isinstance(push, list):
        raise BadRequest("account is an object, faults and push are lists")
    if not isinstance(advance, int | float) or set(given) - CONTROLS:
        raise BadRequest("unknown control")
    if advance:
        switches = {**switches, "clock": call.simulator.account.clock + advance}
    try:
        call.simulator.control(switches, faults, clear=bool(given.get("clear")))
    except (NotASwitch, NotAFault, AttributeError) as error:
        raise BadRequest(str(error)) from error
    if push:
        call.pump.push(push, forged=bool(given.get("forged")))
    call.pump.run_once()
    return as_json({"account": asdict(call.simulator.account), "now": call.simulator.now()})


def healthz(call: Call) -> Reply:
    """Whether the store answers."""
    count = call.simulator.store.rows("SELECT count(*) AS count FROM request")[0]["count"]
    return as_json({"ok": True, "requests": count, "now": call.simulator.now()})


CONTROLS = {"account", "faults", "clear", "advance", "push", "forged"}

ROUTES: Routes = {
    ("GET", "/log"): log,
    ("GET", "/requests"): requests,
    ("GET", "/accepted"): accepted,
    ("POST", "/control"): control,
    ("GET", "/healthz"): healthz,
}


def _number(call: Call, name: str) -> int:
    text = call.query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest(f"{name} is a number")
    return int(text)
