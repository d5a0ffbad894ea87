"""One search over everything a reader may see: each app says what it finds, narrowed to the person who asks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

LONGEST = 60
SHORTEST = 2
A_KIND = 5  # hits shown of each kind; the kind's own page has the rest


@dataclass(frozen=True)
class Hit:
    """One thing found: what it is called, where it is, and a line about it."""

    title: str
    url: str
    text: str = ""


@dataclass(frozen=True)
class Found:
    """The hits of one kind, at most A_KIND, and the page that lists all of them."""

    kind: str
    hits: tuple[Hit, ...]
    more_url: str = ""


Source = Callable[[HttpRequest, str, datetime], Iterable[Found]]
_sources: list[tuple[int, Source]] = []


def search_source(place: int) -> Callable[[Source], Source]:
    """Let a source be asked, lower places first. It narrows by the person itself."""

    def add(source: Source) -> Source:
        _sources.append((place, source))
        return source

    return add


def find(request: HttpRequest, words: str, at: datetime) -> list[Found]:
    """Everything found, kinds without a hit left out."""
    ordered = sorted(_sources, key=lambda entry: entry[0])
    return [found for _place, source in ordered for found in source(request, words, at) if found.hits]
