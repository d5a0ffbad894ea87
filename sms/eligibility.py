"""Whether a message may still leave, asked in the moment it would (S30, S31).

`sms` does not know guarantees; the app that does registers a check for its purpose when it starts. A check ends
messages one by one; a hold keeps a whole purpose back for as long as it lasts, and ends nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sms.suppression import REASONS


class Candidate(NamedTuple):
    """A message about to leave: what a check may look at."""

    message_id: int
    key: str
    member_id: int
    to: str
    reference: str


# From message id to the reason code of each that must not leave. One query for the whole batch, please.
Check = Callable[[Sequence[Candidate]], Mapping[int, str]]

Hold = Callable[[], bool]

_checks: dict[str, Check] = {}
_labels: dict[str, str] = {**REASONS, "arrived": "앞서 보낸 문자가 그사이 도착했습니다"}
_holds: dict[str, tuple[Hold, str]] = {}


def register(purpose: str, check: Check, *, reasons: Mapping[str, str]) -> None:
    """Ask `check` before messages of `purpose` leave; `reasons` are its codes with their Korean words.

    Called from AppConfig.ready(). Raises ValueError for a purpose that has a check already: two would hide
    each other.
    """
    if _checks.get(purpose, check) is not check:
        raise ValueError(f"{purpose} has a check already")
    _checks[purpose] = check
    _labels.update(reasons)


def register_hold(purpose: str, hold: Hold, *, code: str, label: str) -> None:
    """Keep messages of `purpose` back while `hold()` is true; one whose time passes so is skipped as `code`.

    Called from AppConfig.ready(). Raises ValueError for a purpose that has a hold already.
    """
    if _holds.get(purpose, (hold, code))[0] is not hold:
        raise ValueError(f"{purpose} has a hold already")
    _holds[purpose] = (hold, code)
    _labels[code] = label


def held() -> Mapping[str, str]:
    """The purposes that may not leave now, each with the reason code of its hold."""
    return {purpose: code for purpose, (hold, code) in _holds.items() if hold()}


def is_held(purpose: str) -> bool:
    """Whether messages of `purpose` may not leave now."""
    found = _holds.get(purpose)
    return found is not None and found[0]()


def stopped(purpose: str, candidates: Iterable[Candidate]) -> Mapping[int, str]:
    """Message ids that must not leave, each with its reason code. Without a check nothing is even looked at."""
    check = _checks.get(purpose)
    asked = list(candidates) if check else []
    return check(asked) if check and asked else {}


def reason_label(code: str) -> str:
    """The Korean words for a registered reason; empty for one that is not."""
    return _labels.get(code, "")
