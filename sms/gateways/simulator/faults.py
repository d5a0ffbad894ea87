"""Faults a test scripts beforehand; each request of its kind uses up one."""

from dataclasses import dataclass, fields
from typing import Any, Self

# "group" and "register" are the steps of a group before it is sent.
KINDS = frozenset({"group", "register", "send", "look_up", "reports", "balance", "health"})
ACCEPT = frozenset({"all", "none", "late"})
# Answers the wire words itself, for they say that nothing was taken.
REFUSALS = {
    "401": (401, "4003"),
    "402": (402, "4002"),
    "403": (403, "4004"),
    "429": (429, "5001"),
    "503": (503, "5002"),
}
# Answers spoilt below the wire, whatever was taken.
SPOILT = frozenset(
    {"lose", "delay", "garble", "html", "empty", "charset", "reset", "cut", "drip", "redirect", "huge"}
    | {"500", "502", "503_bare"}
)
ANSWERS = frozenset({"normal", *REFUSALS, *SPOILT})


class NotAFault(ValueError):
    """The control request asks for something the simulator cannot play."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`accept`: what is taken ("late": `late` seconds afterwards). `answer`: what comes back.

    `seconds` is the delay, the drip's pause between bytes, how long a lost answer stays open, or Retry-After.
    `refuse`, `drop`, `alien` count messages refused with 3009, left out of the answer, and invented in it;
    `shared_ref` gives every message of the answer the first one's reference.
    """

    on: str = "send"
    accept: str = "all"
    answer: str = "normal"
    seconds: float = 0.0
    late: float = 0.0
    refuse: int = 0
    drop: int = 0
    alien: int = 0
    shared_ref: bool = False
    times: int = 1

    @classmethod
    def read(cls, given: dict[str, Any]) -> Self:
        """From a control request. Raises NotAFault for a name or value that does not exist."""
        known = {field.name: field.default for field in fields(cls)}
        for name, value in given.items():
            if name not in known or not _fits(value, known[name]):
                raise NotAFault(f"{name}: {value!r}")
        fault = cls(**given)
        if fault.on not in KINDS or fault.accept not in ACCEPT or fault.answer not in ANSWERS:
            raise NotAFault(f"{fault.on} {fault.accept} {fault.answer}")
        return fault


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


class Faults:
    """The queue of scripted faults, oldest first. Not safe by itself: the simulator's lock guards it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, kind: str) -> Fault | None:
        """The oldest fault for this kind of request; `times` below 0 lasts until cleared."""
        for place, (fault, times) in enumerate(self._waiting):
            if fault.on == kind:
                if times == 1:
                    del self._waiting[place]
                else:
                    self._waiting[place] = (fault, times - 1)
                return fault
        return None
