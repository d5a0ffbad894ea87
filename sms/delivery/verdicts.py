"""What a gateway's outcomes mean for the messages and for what is left of their batch."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import NamedTuple

from sms.delivery import pauses
from sms.delivery.results import Step
from sms.delivery.settle import Rest
from sms.gateways.protocol import Accepted, GatewayDown, Outcome, Refused
from sms.models import BatchState, ResultState


class Fate(Enum):
    """ENDED: settled. AGAIN: surely not taken, try later. DOWN: not before a person repairs. DOUBT: ask first."""

    ENDED = "ended"
    AGAIN = "again"
    DOWN = "down"
    DOUBT = "doubt"


class Verdict(NamedTuple):
    """One message's fate and the row that tells of it; `wait` is what the gateway asked for."""

    fate: Fate
    step: Step
    trouble: str = ""
    wait: timedelta | None = None


def verdict(message_id: int, outcome: Outcome) -> Verdict:
    """The meaning of one outcome."""
    match outcome:
        case Accepted(provider_ref=ref):
            return Verdict(Fate.ENDED, Step(message_id, ResultState.ACCEPTED, provider_ref=ref))
        case Refused(error_class=error, code=code, permanent=True):
            return Verdict(Fate.ENDED, Step(message_id, ResultState.REFUSED, f"{error}:{code}"))
        case Refused(error_class=error, code=code, text=text, retry_after=wait):
            step = Step(message_id, ResultState.DEFERRED, f"{error}:{code}")
            return Verdict(Fate.AGAIN, step, f"{code} {text}", wait)
        case GatewayDown(error_class=error, code=code, text=text):
            step = Step(message_id, ResultState.DEFERRED, f"{error}:{code}")
            return Verdict(Fate.DOWN, step, f"{code} {text}")
        case _:
            step = Step(message_id, ResultState.UNKNOWN, outcome.reason)
            return Verdict(Fate.DOUBT, step, outcome.reason)


def took_nothing(verdicts: Sequence[Verdict]) -> bool:
    """Whether the gateway surely took no message of the request: then it takes none of the next one either."""
    return all(found.fate in (Fate.AGAIN, Fate.DOWN) for found in verdicts)


def steps(verdicts: Sequence[Verdict]) -> list[Step]:
    """The rows to write. A request refused whole leaves none: its batch just waits and says why."""
    return [] if took_nothing(verdicts) else [found.step for found in verdicts]


def rests(verdicts: Sequence[Verdict], *, attempt: int, quarantine: timedelta, named: bool = False) -> list[Rest]:
    """What is left of the batch, one rest for each fate that is no end; `named` where others are left besides."""
    found: Mapping[Fate, list[Verdict]] = {
        fate: [one for one in verdicts if one.fate is fate] for fate in (Fate.DOUBT, Fate.AGAIN, Fate.DOWN)
    }
    left = [(fate, group) for fate, group in found.items() if group]
    return [_rest(fate, group, attempt, quarantine, alone=len(left) == 1 and not named) for fate, group in left]


def _rest(fate: Fate, group: list[Verdict], attempt: int, quarantine: timedelta, *, alone: bool) -> Rest:
    asked = max((one.wait for one in group if one.wait), default=None)
    state, pause = {
        Fate.DOUBT: (BatchState.UNKNOWN, quarantine),
        Fate.AGAIN: (BatchState.READY, pauses.backoff(attempt, asked)),
        Fate.DOWN: (BatchState.READY, pauses.ACCOUNT),
    }[fate]
    return Rest(
        state=state,
        pause=pause,
        trouble=group[0].trouble,
        message_ids=None if alone else [one.step.message_id for one in group],
        tried=fate is not Fate.DOWN,
    )
