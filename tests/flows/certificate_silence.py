"""Comparing two answers: what a visitor sees, and what the portal did, without what differs for everybody."""

import re
from collections.abc import Iterable, Mapping

from django.http import HttpResponse

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
_NUMBERS = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9A-F]{8}\b")
_SAVEPOINTS = re.compile(r'"s\w+"')
_LITERALS = re.compile(r"'(?:[^']|'')*'(?:::\w+)?|\b\d+\b|\bNULL\b|\btrue\b|\bfalse\b|%s", re.IGNORECASE)


def page_of(response: HttpResponse) -> str:
    """The body without the form's token and without random numbers."""
    return _NUMBERS.sub("N", _TOKEN.sub("TOKEN", response.content.decode()))


def statements(queries: Iterable[Mapping[str, str]]) -> list[str]:
    """The statements without the values in them, in their order."""
    return [_LITERALS.sub("?", _SAVEPOINTS.sub("S", query["sql"])) for query in queries]
