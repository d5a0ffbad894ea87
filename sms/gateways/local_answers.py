"""Reading what the simulator's own JSON wire answers."""

from collections.abc import Sequence

from sms.gateways.answers import (
    CODE_LENGTH,
    NEVER_TAKEN,
    Row,
    Said,
    accepted_as,
    every,
    name,
    one_for_each,
    only_rows,
    read_instant,
    read_json,
    read_key,
    read_object,
    refusal,
    sentence,
    too_busy,
)
from sms.gateways.local_codes import classify
from sms.gateways.protocol import GatewayDown, Outcome, Report, ReportStatus, Unknown
from sms.gateways.transport import Answer

REF_LENGTH = 64


def read_outcomes(keys: Sequence[str], answer: Answer) -> dict[str, Outcome]:
    """One outcome for each key: what the answer says of it, or Unknown."""
    if answer.status != 200:
        return every(keys, _outcome_of_all(answer))
    rows = read_rows(answer.body, "results")
    if rows is None:
        return every(keys, Unknown("answer not understood"))
    return one_for_each(keys, [_said(row) for row in rows])


def read_report(row: object) -> Report | None:
    """None when the row is no report."""
    if not isinstance(row, dict) or row.get("status") not in list(ReportStatus):
        return None
    status = ReportStatus(row["status"])
    ref, code = name(row.get("ref"), REF_LENGTH), name(row.get("code"), CODE_LENGTH)
    if not ref or not code:
        return None
    error_class = classify(code) if status is ReportStatus.UNDELIVERED else None
    return Report(read_key(row.get("key")), ref, status, code, error_class, read_instant(row.get("at")))


def read_rows(body: bytes, named: str) -> list[Row] | None:
    """The objects in the list under this name; None when there is no such list."""
    found = read_json(body)
    return only_rows(found.get(named)) if isinstance(found, dict) else None


def _said(row: Row) -> Said:
    ref = name(row.get("ref"), REF_LENGTH)
    return row.get("key"), ref, _outcome(row, ref)


def _outcome(row: Row, ref: str) -> Outcome:
    # A duplicate names the message it repeats, so it is as good as that first acceptance.
    if row.get("result") in ("accepted", "duplicate"):
        return accepted_as(ref)
    code = name(row.get("code"), CODE_LENGTH)
    if row.get("result") == "refused" and code:
        return refusal(classify(code), code, sentence(row.get("text")))
    return Unknown("entry not understood")


def _outcome_of_all(answer: Answer) -> Outcome:
    """What an answer other than 200 says about every message of the request."""
    error = read_object(answer.body).get("error")
    error = error if isinstance(error, dict) else {}
    named, text = name(error.get("code"), CODE_LENGTH), sentence(error.get("text"))
    code = named or f"http_{answer.status}"
    if answer.status in NEVER_TAKEN:
        return GatewayDown(code, text)
    # A bare 503 may come from a proxy that lost the answer of a gateway which did accept.
    if answer.status == 429 or (answer.status == 503 and named):
        return too_busy(code, text, answer)
    return Unknown(f"HTTP {answer.status}")
