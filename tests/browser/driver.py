"""The few verbs with which tests drive a browser, so that one specification runs in Chromium and in Firefox."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 30  # seconds until something that should happen is given up


class Gone(Exception):
    """The page or frame that was asked is no more: it was left, or put anew."""


def until(ask: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
    """The first answer that is true. Raises AssertionError when none comes in `patience` seconds."""
    deadline = time.monotonic() + patience
    answer: object = None
    while time.monotonic() < deadline:
        try:
            if answer := ask():
                return answer
        except Gone as gone:
            answer = gone
        time.sleep(0.05)
    raise AssertionError(f"waited {patience} s, at last: {answer!r}")


class Pane(ABC):
    """A page, or the frame in it. Elements are named by CSS selectors; a missing one is waited for."""

    @abstractmethod
    def run(self, function: str, argument: Any = None) -> Any:
        """Calls the JavaScript function with one JSON value, awaits it and hands its JSON value back.

        Raises Gone when the pane is left meanwhile.
        """

    @abstractmethod
    def click(self, what: str) -> None:
        """With the mouse."""

    @abstractmethod
    def type(self, what: str, text: str) -> None:
        """Over what the field holds."""

    @abstractmethod
    def press_enter(self, what: str) -> None:
        """In the field."""

    @abstractmethod
    def pick(self, what: str, files: list[Path]) -> None:
        """In the file chooser of an input, shown or not."""

    @abstractmethod
    def pick_folder(self, what: str, folder: Path) -> None:
        """In the folder chooser of an input."""

    @abstractmethod
    def drop(self, what: str, files: list[Path]) -> None:
        """Drags files from outside onto an element."""

    def find(self, what: str) -> None:
        """Until there is such an element."""
        until(lambda: self.run("(what) => document.querySelector(what) !== null", what))

    def text(self, what: str) -> str:
        """As a person sees it; of the last element, if there are several."""
        return until(lambda: self.texts(what))[-1]

    def texts(self, what: str) -> list[str]:
        """Of all elements there are now."""
        return self.run("(what) => [...document.querySelectorAll(what)].map((one) => one.innerText)", what)

    def value(self, what: str) -> str:
        """What a field holds."""
        return self.run("(what) => document.querySelector(what).value", what)

    def shows(self, what: str) -> bool:
        """Whether any such element is visible now."""
        shown = "(what) => [...document.querySelectorAll(what)].some((one) => one.getClientRects().length)"
        return bool(self.run(shown, what))

    def wait_for(self, what: str) -> None:
        """Until it is visible."""
        until(lambda: self.shows(what))

    def wait_text(self, what: str, part: str) -> None:
        """Until the element's text holds `part`."""
        until(lambda: part in self.text(what))


class Driver(ABC):
    """One browser with one tab; `page` is what it shows and `signer` the frame in that page."""

    name: str
    page: Pane
    signer: Pane

    @abstractmethod
    def open(self, url: str) -> None:
        """Returns when the page is loaded."""

    @abstractmethod
    def clear(self) -> None:
        """A new tab without cookies, and nothing noted."""

    @abstractmethod
    def close_others(self) -> None:
        """Closes the windows that the page has opened."""

    @abstractmethod
    def bodies(self) -> list[str]:
        """What the tab sent in its requests since `clear`."""

    @abstractmethod
    def complaints(self) -> list[str]:
        """Errors in the console since `clear`, as the browser words them."""

    @abstractmethod
    def photograph(self, to: Path, *, width: int) -> None:
        """The whole page as PNG, `width` CSS pixels wide."""

    def wait_address(self, part: str) -> None:
        """Until the tab's address holds `part` and the page is loaded."""
        asked = "() => document.readyState === 'complete' ? location.href : ''"
        until(lambda: part in self.page.run(asked))
