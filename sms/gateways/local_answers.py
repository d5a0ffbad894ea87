"""Reading what the simulator's JSON wire answers. Bytes in, values out; nothing here trusts the other side.

Whatever is passed on is printable and short, so that no answer can break the row it is stored in.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sms.gateways.local_codes import classify
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    GatewayDown,
    Outcome,
    Refused,
    Report,
    ReportStatus,
    Unknown,
)
from sms.gateways.transport import Answer

REF_LENGTH = 64
CODE_LENGTH = 32
TEXT_LENGTH = 200

# Statuses that say our request itself, key or account is wrong: nothing was taken, repeating is useless.
NEVER_TAKEN = frozenset({400, 401, 402, 403, 404, 405, 411, 413, 414, 415, 422})

Row = dict[str, Any]


def every(keys: Sequence[UUID], outcome: Outcome) -> dict[UUID, Outcome]:
    """The same outcome for each key."""
    return dict.fromkeys(keys, outcome)


def read_outcomes(keys: Sequence[UUID], answer: Answer) -> dict[UUID, Outcome]:
    """One outcome for each key: what the answer says of it, or Unknown."""
    if answer.status != 200:
        return every(keys, _outcome_of_all(answer))
    rows = read_rows(answer.body, "results")
    if rows is None:
        return every(keys, Unknown("answer not understood"))
    outcomes = every(keys, Unknown("not in the answer"))
    answered = Counter(_name(row.get("key"), REF_LENGTH) for row in rows)
    named = Counter(_name(row.get("ref"), REF_LENGTH) for row in rows)
    for row in rows:
        key, ref = read_uuid(row.get("key")), _name(row.get("ref"), REF_LENGTH)
        if key not in outcomes:
            continue  # somebody else's message: no business of ours
        if answered[row["key"]] > 1:
            outcomes[key] = Unknown("answered twice")
        elif ref and named[ref] > 1:
            outcomes[key] = Unknown("reference shared with another message")
        else:
            outcomes[key] = _outcome(row, ref)
    return outcomes


def read_report(row: object) -> Report | None:
    """None when the row is no report."""
    if not isinstance(row, dict) or row.get("status") not in list(ReportStatus):
        return None
    status = ReportStatus(row["status"])
    ref, code = _name(row.get("ref"), REF_LENGTH), _name(row.get("code"), CODE_LENGTH)
    if not ref or not code:
        return None
    error_class = classify(code) if status is ReportStatus.UNDELIVERED else None
    return Report(read_uuid(row.get("key")), ref, status, code, error_class, _instant(row.get("at")))


def read_json(body: bytes) -> Any:
    """None when the bytes are no JSON."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def read_rows(body: bytes, name: str) -> list[Row] | None:
    """The objects in the list under `name`; None when there is no such list."""
    found = read_json(body)
    return only_rows(found.get(name)) if isinstance(found, dict) else None


def only_rows(found: object) -> list[Row] | None:
    """The objects of a list; None for anything but a list."""
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def read_uuid(text: object) -> UUID | None:
    """None for anything but a UUID in text."""
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _outcome(row: Row, ref: str) -> Outcome:
    code = _name(row.get("code"), CODE_LENGTH)
    # A duplicate names the message it repeats, so it is as good as that first acceptance.
    if row.get("result") in ("accepted", "duplicate") and ref:
        return Accepted(ref)
    if row.get("result") == "refused" and code:
        return _refusal(code, _sentence(row.get("text")))
    return Unknown("entry not understood")


def _refusal(code: str, text: str) -> Outcome:
    error_class = classify(code)
    if error_class is ErrorClass.CONFIG:
        return GatewayDown(code, text)
    if error_class is ErrorClass.DUPLICATE:
        return Unknown("duplicate of a message not named")
    return Refused(error_class, code, text, permanent=error_class.is_permanent)


def _outcome_of_all(answer: Answer) -> Outcome:
    """What an answer other than 200 says about every message of the request."""
    found = read_json(answer.body)
    error = found.get("error") if isinstance(found, dict) else None
    error = error if isinstance(error, dict) else {}
    named, text = _name(error.get("code"), CODE_LENGTH), _sentence(error.get("text"))
    code = named or f"http_{answer.status}"
    if answer.status in NEVER_TAKEN:
        return GatewayDown(code, text)
    # A bare 503 may come from a proxy that lost the answer of a gateway which did accept.
    if answer.status == 429 or (answer.status == 503 and named):
        return Refused(ErrorClass.TEMPORARY, code, text, permanent=False, retry_after=_retry_after(answer))
    return Unknown(f"HTTP {answer.status}")


def _retry_after(answer: Answer) -> timedelta | None:
    seconds = answer.headers.get("retry-after", "")
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) <= 6
    return timedelta(seconds=int(seconds)) if is_number else None


def _instant(text: object) -> datetime | None:
    """None for a time without zone or one that cannot be read: guessing would make it look certain."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _name(text: object, most: int) -> str:
    """A reference or code; empty when it is none we could store."""
    is_name = isinstance(text, str) and len(text) <= most and text.isascii() and text.isprintable()
    return str(text) if is_name else ""


def _sentence(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in text[:TEXT_LENGTH])
