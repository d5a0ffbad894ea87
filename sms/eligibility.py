"""Whether a message may still leave, asked in the moment it would (S30, S31).

`sms` does not know guarantees; the app that does registers a check for its purpose when it starts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message about to leave: what a check may look at."""

    message_id: int
    key: str
    member_id: int
    to: str
    reference: str


# From message id to the reason code of each that must not leave. One query for the whole batch, please.
Check = Callable[[Sequence[Candidate]], Mapping[int, str]]

_checks: dict[str, Check] = {}
_labels: dict[str, str] = {}


def register(purpose: str, check: Check, *, reasons: Mapping[str, str]) -> None:
    """Ask `check` before messages of `purpose` leave; `reasons` are its codes with their Korean words.

    Called from AppConfig.ready(). Raises ValueError for a purpose that has a check already: two would hide
    each other.
    """
    if _checks.get(purpose, check) is not check:
        raise ValueError(f"{purpose} has a check already")
    _checks[purpose] = check
    _labels.update(reasons)


def stopped(purpose: str, candidates: Iterable[Candidate]) -> Mapping[int, str]:
    """Message ids that must not leave, each with its reason code. Without a check nothing is even looked at."""
    check = _checks.get(purpose)
    asked = list(candidates) if check else []
    return check(asked) if check and asked else {}


def reason_label(code: str) -> str:
    """The Korean words for a registered reason; empty for one that is not."""
    return _labels.get(code, "")
