"""Reading what NHN Cloud answers (SMS v3.0). HTTP 200 says nothing yet: the header inside does."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sms.gateways.answers import (
    CODE_LENGTH,
    NEVER_TAKEN,
    Row,
    Said,
    accepted_as,
    every,
    found_object,
    name,
    one_for_each,
    only_rows,
    read_key,
    read_object,
    refusal,
    sentence,
    too_busy,
)
from sms.gateways.nhn_codes import (
    CALLBACK_DUPLICATE,
    DUPLICATE,
    OK,
    classify,
    status_of,
)
from sms.gateways.protocol import (
    ErrorClass,
    GatewayDown,
    LookUpFailed,
    Outcome,
    Report,
    ReportStatus,
    Unknown,
)
from sms.gateways.transport import Answer

SEOUL = ZoneInfo("Asia/Seoul")
ID_LENGTH = 40
DUPLICATE_CODE = "E915"


def read_outcomes(keys: Sequence[str], answer: Answer) -> dict[str, Outcome]:
    """One outcome for each key of one request: what the answer says of it, or Unknown."""
    if answer.status != 200:
        return every(keys, _outcome_of_status(answer))
    found = read_object(answer.body)
    header, data = _part(found, "header"), _part(_part(found, "body"), "data")
    rows = only_rows(data.get("sendResultList"))
    if header.get("isSuccessful") is True and rows is not None:
        request = name(data.get("requestId"), ID_LENGTH)
        return one_for_each(keys, [_said(row, request) for row in rows])
    if header.get("isSuccessful") is False:
        code = _code(header.get("resultCode"))
        error_class = classify(code)
        if error_class is ErrorClass.UNKNOWN:
            return every(keys, Unknown(f"header {code}"))
        return every(keys, refusal(error_class, code, sentence(header.get("resultMessage"))))
    return every(keys, Unknown("answer not understood"))


def read_data(answer: Answer) -> tuple[list[Row], int]:
    """The rows of a list, or the one row of a single look; with the number of rows in all. Raises LookUpFailed."""
    found = found_object(answer)
    header, body = _part(found, "header"), _part(found, "body")
    if header.get("isSuccessful") is not True:
        raise LookUpFailed(f"header {_code(header.get('resultCode'))}")
    data = body.get("data")
    rows = [data] if isinstance(data, dict) else only_rows(data)
    if rows is None:
        raise LookUpFailed("no data in the answer")
    total = body.get("totalCount", len(rows))
    if not isinstance(total, int):
        raise LookUpFailed("no count in the answer")
    return rows, total


def read_row(row: Row) -> Report | None:
    """A row of a list, a single look or the bulk results; None when it is none."""
    msg_status, code = _code(row.get("msgStatus")), _code(row.get("resultCode"))
    if msg_status == DUPLICATE:
        code = code or DUPLICATE_CODE
    return _report(row, status_of(msg_status, code), code or "pending", row.get("resultDate"))


def read_callback(row: Row) -> Report | None:
    """One of a callback's hooks; None when it is no result."""
    code = _code(row.get("resultCode"))
    if row.get("messageStatus") == CALLBACK_DUPLICATE:
        code = code or DUPLICATE_CODE
    if not code or not isinstance(row.get("messageStatus"), str):
        return None
    return _report(row, status_of("", code), code, row.get("receiveDate"))


def ref_of(request: str, recipient: str) -> str:
    """Our reference: the request with the recipient's number in it."""
    return f"{request}:{recipient}"


def wall(at: datetime) -> str:
    """A time in the words of a query: Seoul's wall clock."""
    return at.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M:%S")


def _report(row: Row, status: ReportStatus, code: str, at: object) -> Report | None:
    request, recipient = name(row.get("requestId"), ID_LENGTH), _code(row.get("recipientSeq"))
    if not request or not recipient or not code:
        return None
    error_class = classify(code) if status is ReportStatus.UNDELIVERED else None
    return Report(read_key(_key(row)), ref_of(request, recipient), status, code, error_class, _instant(at))


def _said(row: Row, request: str) -> Said:
    code, recipient = _code(row.get("resultCode")), _code(row.get("recipientSeq"))
    if code == OK:
        ref = ref_of(request, recipient) if request and recipient else ""
        return _key(row), ref, accepted_as(ref)
    if not code:
        return _key(row), "", Unknown("entry not understood")
    return _key(row), "", refusal(classify(code), code, sentence(row.get("resultMessage")))


def _key(row: Row) -> object:
    # NHN's own sample of a callback misspells it.
    return row.get("recipientGroupingKey") or row.get("recipientGropuingKey")


def _outcome_of_status(answer: Answer) -> Outcome:
    code = f"http_{answer.status}"
    if answer.status in NEVER_TAKEN:
        return GatewayDown(code, "")
    return too_busy(code, "", answer) if answer.status == 429 else Unknown(f"HTTP {answer.status}")


def _part(found: Row, named: str) -> Row:
    part = found.get(named)
    return part if isinstance(part, dict) else {}


def _code(value: object) -> str:
    """Codes and numbers come as text in one place and as a number in another."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:CODE_LENGTH]
    return name(value, CODE_LENGTH)


def _instant(text: object) -> datetime | None:
    """NHN writes Seoul's wall clock without a zone, some callbacks with one."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=SEOUL)
