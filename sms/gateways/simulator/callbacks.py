"""A delivery report as each wire calls back with it: the body, and the headers that prove it or do not."""

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sms.gateways.simulator.nhn_rows import hook_row
from sms.gateways.simulator.solapi_rows import sent_row
from sms.gateways.simulator.store import Store

Report = Mapping[str, Any]
Callback = Callable[[Store, Sequence[Report], str, int], tuple[bytes, dict[str, str]]]
FORGED = "forged"


def local(store: Store, reports: Sequence[Report], secret: str, tries: int) -> tuple[bytes, dict[str, str]]:
    """Signed over time and body. By the machine's clock: the receiver compares with its own, not set ahead."""
    body = b'{"reports": ' + json.dumps(reports).encode() + b"}"
    stamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return body, {"X-Simulator-Timestamp": stamp, "X-Simulator-Signature": signature}


def solapi(store: Store, reports: Sequence[Report], secret: str, tries: int) -> tuple[bytes, dict[str, str]]:
    """A list of events, unsigned. Rows told by hand go out as they are."""
    rows = [
        {"eventDataId": f"{place:032d}", "data": _solapi_data(store, report), "retryCount": tries}
        for place, report in enumerate(reports)
    ]
    return json.dumps(rows, ensure_ascii=False).encode(), {}


def nhn(store: Store, reports: Sequence[Report], secret: str, tries: int) -> tuple[bytes, dict[str, str]]:
    """Hooks under one event, with the fixed word in the header. Rows of refusals go out as they are."""
    is_refusal = any("unsubscribeNo" in report for report in reports)
    body = {
        "hooksId": f"{time.time_ns():020d}",
        "webhookConfigId": "simulator",
        "productName": "SMS",
        "appKey": "local-app",
        "event": "UNSUBSCRIBE" if is_refusal else "MESSAGE_RESULT_UPDATE",
        "hooks": [_nhn_hook(store, report) for report in reports],
    }
    return json.dumps(body, ensure_ascii=False).encode(), {"X-Toast-Webhook-Signature": secret}


WIRES: dict[str, Callback] = {"local": local, "solapi": solapi, "nhn": nhn}


def _solapi_data(store: Store, report: Report) -> Report:
    return sent_row(store, int(report["ref"][1:])) or report if "ref" in report else report


def _nhn_hook(store: Store, report: Report) -> Report:
    if "ref" not in report:
        return report
    rows = store.rows("SELECT * FROM message WHERE seq = ?", int(report["ref"][1:]))
    return hook_row(store, rows[0]) if rows else report
