"""오늘 할 일: what waits for the person behind a request, counted by the apps that own it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest


@dataclass(frozen=True)
class Work:
    """One line of today's work: how many, and the list that shows them.

    With a `ceiling` it is a gauge: `count` won of `ceiling` won are taken.
    """

    label: str
    count: int
    url: str
    note: str = ""
    is_urgent: bool = False
    ceiling: int = 0


Source = Callable[[HttpRequest, datetime], Iterable[Work]]

_sources: list[tuple[int, Source]] = []


def worklist(place: int) -> Callable[[Source], Source]:
    """Let a source be asked for the front page, lower places first. It narrows by role and scope itself."""

    def add(source: Source) -> Source:
        _sources.append((place, source))
        return source

    return add


def works_for(request: HttpRequest, at: datetime) -> list[Work]:
    """All lines for this person, urgent ones first, each source's own order kept."""
    ordered = sorted(_sources, key=lambda entry: entry[0])
    works = [work for _place, source in ordered for work in source(request, at)]
    return sorted(works, key=lambda work: not (work.is_urgent and work.count))
