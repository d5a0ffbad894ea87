"""Reading what Solapi answers (Messages v4): registration of a group, its sending, and message rows."""

from collections.abc import Mapping, Sequence

from sms.gateways.answers import (
    CODE_LENGTH,
    NEVER_TAKEN,
    Row,
    Said,
    accepted_as,
    name,
    one_for_each,
    only_rows,
    read_instant,
    read_key,
    read_object,
    refusal,
    sentence,
    too_busy,
)
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
from sms.gateways.solapi_codes import (
    ALREADY_SENT,
    DELIVERED,
    GONE,
    IN_DOUBT,
    PENDING,
    REGISTERED,
    classify,
)
from sms.gateways.transport import Answer

ID_LENGTH = 48
NOT_SENT_YET = "PENDING"
DELETED = "DELETED"


def read_group(answer: Answer) -> str | Refused | GatewayDown:
    """The id of the group just made. Without an id there is no group, and nothing can be sent from it."""
    group = name(read_object(answer.body).get("groupId"), ID_LENGTH)
    if answer.status == 200 and group:
        return group
    outcome = _outcome_of_all(answer)
    return outcome if isinstance(outcome, Refused | GatewayDown) else not_begun(f"group: HTTP {answer.status}")


def read_registered(keys: Sequence[str], group: str, answer: Answer) -> dict[str, Outcome] | Refused | GatewayDown:
    """What is in the group now: Accepted here means "will be sent with the group"."""
    rows = only_rows(read_object(answer.body).get("resultList"))
    if answer.status == 200 and rows is not None:
        return one_for_each(keys, [_registered(row, group) for row in rows])
    outcome = _outcome_of_all(answer)
    return outcome if isinstance(outcome, Refused | GatewayDown) else not_begun(f"put: HTTP {answer.status}")


def read_sent(group: str, answer: Answer) -> Outcome | None:
    """What became of the whole group; None when it is sent, now or by an earlier try."""
    found = read_object(answer.body)
    if answer.status == 200:
        is_ours = found.get("groupId") == group and found.get("status") not in (None, NOT_SENT_YET, DELETED)
        return None if is_ours else Unknown("answer not understood")
    if found.get("errorCode") == ALREADY_SENT:
        return None
    return _outcome_of_all(answer)


def read_message(ref_id: str, row: Row) -> Report | None:
    """A row of the message list, or of a callback's `data`; None when it is neither."""
    group, code = name(row.get("groupId"), ID_LENGTH), name(row.get("statusCode"), CODE_LENGTH)
    message_id = name(ref_id, ID_LENGTH)
    if not group or not message_id or not code:
        return None
    status = ReportStatus.UNDELIVERED
    if code == DELIVERED:
        status = ReportStatus.DELIVERED
    elif code in PENDING:
        status = ReportStatus.PENDING
    error_class = classify(code) if status is ReportStatus.UNDELIVERED else None
    at = read_instant(row.get("dateReceived")) or read_instant(row.get("dateReported"))
    return Report(read_key(_key(row)), ref_of(group, message_id), status, code, error_class, at)


def ref_of(group: str, message_id: str) -> str:
    """Our reference: the group with the message, for a group is asked about in one question."""
    return f"{group}/{message_id}"


def not_begun(why: str) -> Refused:
    """Trouble before the last step: the group is abandoned, so nothing of it will ever be sent."""
    return Refused(ErrorClass.TEMPORARY, "not_begun", why, permanent=False)


def _registered(row: Row, group: str) -> Said:
    code, message_id = name(row.get("statusCode"), CODE_LENGTH), name(row.get("messageId"), ID_LENGTH)
    if code == REGISTERED:
        ref = ref_of(group, message_id) if message_id else ""
        return _key(row), ref, accepted_as(ref)
    if not code:
        return _key(row), "", Unknown("entry not understood")
    return _key(row), "", refusal(classify(code), code, sentence(row.get("statusMessage")))


def _key(row: Row) -> object:
    fields = row.get("customFields")
    return fields.get("key") if isinstance(fields, Mapping) else None


def _outcome_of_all(answer: Answer) -> Outcome:
    """What an answer other than 200 says about the whole request."""
    found = read_object(answer.body)
    code = name(found.get("errorCode"), CODE_LENGTH)
    text = sentence(found.get("errorMessage"))
    if code in IN_DOUBT:
        return Unknown(code)
    if code in GONE:
        return Refused(ErrorClass.TEMPORARY, code, text, permanent=False)
    if answer.status in NEVER_TAKEN:
        return GatewayDown(code or f"http_{answer.status}", text)
    if answer.status == 429 or (answer.status == 503 and code):
        return too_busy(code or f"http_{answer.status}", text, answer)
    return Unknown(f"HTTP {answer.status}")


def together(registered: Mapping[str, Outcome], whole: Outcome | None) -> dict[str, Outcome]:
    """Each message's outcome after the last step. What was registered shares the fate of the group.

    A message in doubt about its registration stays in doubt only if the group may have been sent.
    """
    if whole is None:
        return dict(registered)
    shares = (Accepted, Unknown)
    return {key: whole if isinstance(outcome, shares) else outcome for key, outcome in registered.items()}
