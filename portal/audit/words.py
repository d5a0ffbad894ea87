"""The Korean words for the actions in the trail. Each app names its own."""

from collections.abc import Mapping

_words: dict[str, str] = {}


def register(words: Mapping[str, str]) -> None:
    """Name actions, e.g. `application.approve`, for the people who read the trail."""
    _words.update(words)


def name_of(action: str) -> str:
    """The Korean name of an action; an unnamed one stands as it is."""
    return _words.get(action, action)


def named() -> list[tuple[str, str]]:
    """All named actions with their names, in the order of the code."""
    return sorted(_words.items())
