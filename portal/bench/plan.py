"""What a bench is made of. Each app brings its own; `portal/management/commands/bench.py` lists them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.bench.measuring import Measured

Say = Callable[[str], None]
Results = dict[str, "Measured"]


class Scale(StrEnum):
    """`small` for CI, `full` for the figures of the README; `tiny` only shows, in tests, that a bench works."""

    TINY = "tiny"
    SMALL = "small"
    FULL = "full"


@dataclass(frozen=True)
class Wish:
    """What the person asked for.

    `rows`: guarantees in the table, instead of the scale's. `latencies`: milliseconds the gateway takes to answer.
    `max_batch`: messages a request holds, 1-1000.
    """

    scale: Scale = Scale.SMALL
    rows: int | None = None
    latencies: tuple[int, ...] = (0, 50)
    max_batch: int = 1_000


@dataclass(frozen=True)
class Method:
    """One way to do some work.

    `work` does it once and returns how many rows (or pieces) it handled; `before` makes ready, unmeasured.
    `floor` names the method that does the same by the barest means. `helpers` gives the ids of other processes
    whose time counts as ours. `ends_sessions`: database sessions end within it, so that their time is read from
    the server's own account, in which other databases of the same server then appear too.
    """

    name: str
    work: Callable[[], int]
    floor: str = ""
    before: Callable[[], None] = lambda: None
    helpers: Callable[[], Collection[int]] = tuple
    ends_sessions: bool = False


@dataclass(frozen=True)
class Target:
    """A number drawn from the results and its limit: `at_most` or `at_least`, whichever is given."""

    name: str
    measure: Callable[[Results], float]
    at_most: float | None = None
    at_least: float | None = None

    def is_met(self, value: float) -> bool:
        """Whether the value keeps within the limits."""
        if self.at_most is not None and value > self.at_most:
            return False
        return self.at_least is None or value >= self.at_least

    @property
    def limit(self) -> str:
        """As shown: `<= 1.5`."""
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}"


@dataclass(frozen=True)
class Plan:
    """A bench made ready: its data stand in the scratch database. `facts` are sizes worth knowing.

    `close` ends what was started for it: processes, threads, sessions.
    """

    methods: Sequence[Method]
    targets: Sequence[Target] = ()
    facts: dict[str, str] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None


def ratio(one: str, other: str) -> Callable[[Results], float]:
    """Cost of a row by the first method over that by the second."""
    return lambda results: results[one].us_per_row / results[other].us_per_row


def wall_ratio(one: str, other: str) -> Callable[[Results], float]:
    """The same of what a person waits for, where the wait is the point."""
    return lambda results: (
        (results[one].wall_s / results[one].rows) / (results[other].wall_s / results[other].rows)
    )


def wall_ms(name: str) -> Callable[[Results], float]:
    """Milliseconds a person waits for one piece."""
    return lambda results: results[name].wall_s / results[name].rows * 1_000
