"""A witness outside the database: a small file that remembers how far the database had come.

A snapshot of the server's disk that is put back looks in every respect like the database it once was, except that
somebody outside has seen it further on.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sight:
    """What was seen last. `opened_at`: when the gate was opened (ISO); `position`: bytes of the server's log."""

    opened_at: str
    cluster: str
    position: int

    def went_back(self, now: "Sight") -> bool:
        """Whether the database of `now` is an earlier one than the one seen here."""
        if _whatever_its_timeline(self.cluster) != _whatever_its_timeline(now.cluster):
            return False  # another database altogether, for which this file says nothing
        if self.opened_at != now.opened_at:
            return self.opened_at > now.opened_at
        return self.cluster == now.cluster and self.position > now.position


def _whatever_its_timeline(cluster: str) -> tuple[str, ...]:
    """Server, database and table of `identity.expression`, without what a fail-over changes."""
    server, _timeline, *rest = (*cluster.split("-"), "")
    return server, *rest


def recall(file: Path) -> Sight | None:
    """The last sight; None where there is none, or it cannot be read."""
    try:
        return Sight(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def remember(file: Path, sight: Sight) -> None:
    """Put `sight` in place of the last one, whole or not at all. Raises OSError."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(json.dumps(asdict(sight)))
    part.replace(file)
