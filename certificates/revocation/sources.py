"""What every place that lists come from has in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

SERVED = ("TAKEN", "LATE", "KNOWN")  # outcomes of an attempt that brought a list, new or the one we have


@dataclass(frozen=True)
class Fetched:
    """A list as it came, unjudged, or the word for why it did not. `point` is "" where nothing was asked for."""

    point: str
    source: str
    der: bytes | None = field(repr=False)
    outcome: str = ""


class Source(Protocol):
    """A place lists come from."""

    def fetch(self, points: Sequence[str]) -> Iterator[Fetched]:
        """One or more `Fetched` for the points; a failure is a `Fetched` too, never an exception."""
        ...
