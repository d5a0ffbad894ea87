"""What rests on a notice: told by the apps whose terms it announces, which helpdesk does not know (S19, S20)."""

from collections.abc import Callable, Iterable

from portal.helpdesk.models import Notice

# From a published notice to Korean sentences, one for each of the terms that rest on it.
Teller = Callable[[Notice], Iterable[str]]

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Ask `teller` whenever a legal notice is shown. Called from AppConfig.ready()."""
    if teller not in _tellers:
        _tellers.append(teller)


def resting_on(notice: Notice) -> list[str]:
    """What changes by the notice; nothing for one that is not legal."""
    return [words for teller in _tellers for words in teller(notice)] if notice.is_legal else []
