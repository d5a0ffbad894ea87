"""Reading what any gateway answers: bytes in, values out. Nothing here trusts the other side.

Whatever is passed on is printable and short, so that no answer can break the row it is stored in.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sms.gateways.protocol import Accepted, ErrorClass, GatewayDown, LookUpFailed, Outcome, Refused, Unknown
from sms.gateways.transport import Answer, NeverReached, NoSureAnswer, NotTrusted

REF_LENGTH = 100
CODE_LENGTH = 32
TEXT_LENGTH = 200

# Statuses that say our request itself, key or account is wrong: nothing was taken, repeating is useless.
NEVER_TAKEN = frozenset({400, 401, 402, 403, 404, 405, 411, 413, 414, 415, 422})

NOT_ASKED = Unknown("not asked for")

Row = dict[str, Any]
# What one row says of one message: what stands for its key, the gateway's reference (empty: none), the outcome.
Said = tuple[object, str, Outcome]


def every(keys: Sequence[str], outcome: Outcome) -> dict[str, Outcome]:
    """The same outcome for each key."""
    return dict.fromkeys(keys, outcome)


def one_for_each(keys: Sequence[str], said: Sequence[Said]) -> dict[str, Outcome]:
    """One outcome for each key; a stranger's is `NOT_ASKED`. What is told twice or shared proves nothing."""
    outcomes, ours = every(keys, Unknown("not in the answer")), frozenset(keys)
    told = [text if isinstance(text, str) and text in ours else read_key(text) for text, _ref, _outcome in said]
    answered = Counter(told)
    named = Counter(ref for _key, ref, _outcome in said)
    for key, (_text, ref, outcome) in zip(told, said, strict=True):
        if key is None:
            continue
        if key not in ours:
            outcomes[key] = NOT_ASKED
        elif answered[key] > 1:
            outcomes[key] = Unknown("answered twice")
        elif ref and named[ref] > 1:
            outcomes[key] = Unknown("reference shared with another message")
        else:
            outcomes[key] = outcome
    return outcomes


def accepted_as(ref: str) -> Outcome:
    return Accepted(ref) if ref else Unknown("entry not understood")


def refusal(error_class: ErrorClass, code: str, text: str) -> Outcome:
    """The outcome of a message refused by itself, by the class its code belongs to."""
    if error_class is ErrorClass.CONFIG:
        return GatewayDown(code, text)
    if error_class is ErrorClass.DUPLICATE:
        return Unknown("duplicate of a message not named")
    return Refused(error_class, code, text, permanent=error_class.is_permanent)


def unsent(error: NeverReached | NoSureAnswer) -> Outcome:
    """What an exchange without a whole answer means for a request that would have sent."""
    if isinstance(error, NotTrusted):
        return GatewayDown("tls", str(error))
    if isinstance(error, NeverReached):
        return Refused(ErrorClass.TEMPORARY, "unreached", str(error), permanent=False)
    return Unknown(str(error))


def too_busy(code: str, text: str, answer: Answer) -> Refused:
    """Not taken now; later it may be."""
    return Refused(ErrorClass.TEMPORARY, code, text, permanent=False, retry_after=retry_after(answer))


def read_json(body: bytes) -> Any:
    """None when the bytes are no JSON."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def read_object(body: bytes) -> Row:
    """The JSON object in these bytes; an empty one when there is none."""
    found = read_json(body)
    return found if isinstance(found, dict) else {}


def found_object(answer: Answer) -> Row:
    """The JSON object of an answer to a question. Raises LookUpFailed."""
    found = read_json(answer.body)
    if answer.status != 200 or not isinstance(found, dict):
        raise LookUpFailed(f"HTTP {answer.status}")
    return found


def only_rows(found: object) -> list[Row] | None:
    """The objects of a list; None for anything but a list."""
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def read_key(text: object) -> str | None:
    """A UUID as we write it, however the other side does; None for anything but one in text."""
    try:
        return str(UUID(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def read_instant(text: object) -> datetime | None:
    """None for a time without zone or one that cannot be read: guessing would make it look certain."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def retry_after(answer: Answer) -> timedelta | None:
    """What the gateway asks us to wait; None where it names no number of seconds."""
    seconds = answer.headers.get("retry-after", "")
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) <= 6
    return timedelta(seconds=int(seconds)) if is_number else None


def name(text: object, most: int) -> str:
    """A reference or code; empty when it is none we could store."""
    is_name = isinstance(text, str) and len(text) <= most and text.isascii() and text.isprintable()
    return str(text) if is_name else ""


def sentence(text: object) -> str:
    """A short line for people, whatever was in it."""
    if not isinstance(text, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in text[:TEXT_LENGTH])
