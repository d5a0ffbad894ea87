"""What must never be wrong, looked for in the rows themselves: every night, after a restore, and by hand.

Each app registers its own. A check answers with references of the rows that are wrong: ids, never names or numbers
of people. Codes are those of the fault tests (I1 to I16).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

SAMPLES = 5


@dataclass(frozen=True)
class Found:
    """How many rows are wrong, and the first few of them."""

    count: int
    samples: tuple[str, ...]


NOTHING = Found(0, ())


@dataclass(frozen=True)
class Invariant:
    """`sentence` says in Korean what is violated when `find` finds something at an instant."""

    code: str
    sentence: str
    find: Callable[[datetime], Found]


@dataclass(frozen=True)
class Violation:
    """One invariant that does not hold."""

    code: str
    sentence: str
    count: int
    samples: tuple[str, ...]


_invariants: list[Invariant] = []


def register(*invariants: Invariant) -> None:
    """Let these be looked at too."""
    _invariants.extend(each for each in invariants if each not in _invariants)


def registered() -> list[Invariant]:
    """All of them, by their codes' numbers."""
    return sorted(_invariants, key=lambda each: int(each.code[1:]))


def violations(at: datetime) -> list[Violation]:
    """What does not hold, in the order of the codes."""
    looked = [(each, each.find(at)) for each in registered()]
    return [
        Violation(each.code, each.sentence, found.count, found.samples) for each, found in looked if found.count
    ]


def wrong_rows(select: str) -> Callable[[datetime], Found]:
    """A check by one query that yields a reference for each wrong row; `%(at)s` is the instant."""
    statement = f"SELECT count(*), (array_agg(ref ORDER BY ref))[1:{SAMPLES}] FROM ({select}) AS wrong (ref)"  # noqa: S608 - constants only

    def find(at: datetime) -> Found:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"at": at})
            count, samples = cursor.fetchone()
        return Found(count, tuple(map(str, samples or ())))

    return find


def of(references: Sequence[object]) -> Found:
    """What a check in Python found."""
    return Found(len(references), tuple(map(str, references[:SAMPLES])))
