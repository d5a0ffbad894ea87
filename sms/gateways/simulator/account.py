"""The switches of the simulated account (DOMAIN §4.5), kept in the store across restarts."""

from dataclasses import dataclass, fields
from typing import Any, Self

PRICES = {"sms": 10, "lms": 30}


class NotASwitch(ValueError):
    """The control request names a switch that does not exist, or gives it a value of the wrong type."""


@dataclass(frozen=True, slots=True)
class Account:
    """`balance` in won; `senders` None lets any number send; `look_up` is on, off or lie ("never seen").

    `blocked` are numbers that refused at the 080 line (NHN's list).

    `latency` delays each send answer and `report_delay` each callback, in seconds; `clock` is how far the
    simulator's clock runs ahead of the machine's, in seconds. With `honours_keys` a key sent again is
    answered as a duplicate instead of being accepted twice.
    """

    balance: int = 1_000_000_000
    senders: tuple[str, ...] | None = None
    blocked: tuple[str, ...] = ()
    suspended: bool = False
    skewed_clock: bool = False
    too_many: bool = False
    retry_after: int = 30
    look_up: str = "on"
    honours_keys: bool = False
    latency: float = 0.0
    clock: float = 0.0
    report_delay: float = 0.0
    report_copies: int = 1
    callbacks: bool = True

    @classmethod
    def read(cls, given: dict[str, Any]) -> Self:
        """Raises NotASwitch."""
        known = {field.name: field.default for field in fields(cls)}
        values = dict(given)
        for name in ("senders", "blocked"):
            if isinstance(values.get(name), list):
                values[name] = tuple(map(str, values[name]))
        for name, value in values.items():
            if name not in known or not _fits(value, known[name]):
                raise NotASwitch(f"{name}: {value!r}")
        if values.get("look_up", "on") not in ("on", "off", "lie"):
            raise NotASwitch(f"look_up: {values['look_up']!r}")
        return cls(**values)

    def refusal(self) -> tuple[int, str, int | None] | None:
        """HTTP status, code and Retry-After when no send is taken at all."""
        if self.suspended:
            return 403, "4003", None
        if self.skewed_clock:
            return 403, "4004", None
        if self.too_many:
            return 429, "5001", self.retry_after
        return None


def _fits(value: object, default: object) -> bool:
    if default is None:
        return value is None or isinstance(value, tuple)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))
