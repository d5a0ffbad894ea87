"""Debian's Chromium by Playwright, in a thread of its own.

Playwright keeps an event loop running in the thread that uses it, and in a thread with a loop Django has other
database connections: what the tests write and what is cleared after them would not be the same.
"""

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from playwright.sync_api import Browser, Error, Frame, Locator, Page, Playwright, sync_playwright

from tests.browser.driver import PATIENCE, Driver, Gone, Pane

PROGRAM = "/usr/bin/chromium"
THREAD = ThreadPoolExecutor(1, thread_name_prefix="playwright")

P = ParamSpec("P")
R = TypeVar("R")


def in_its_thread(method: Callable[P, R]) -> Callable[P, R]:
    """Runs the method where Playwright lives. Such methods do not call one another."""

    @functools.wraps(method)
    def moved(*given: P.args, **named: P.kwargs) -> R:
        return THREAD.submit(method, *given, **named).result()

    return moved


class ChromiumPane(Pane):
    """A page, or with `inside` the frame in it."""

    def __init__(self, page: Page, *, inside: bool = False) -> None:
        self._page, self._inside = page, inside

    def _find(self, what: str) -> Locator:
        """Playwright waits itself until the element is there and ready."""
        if self._inside:
            return self._page.frame_locator("iframe").locator(what)
        return self._page.locator(what)

    @property
    def _frame(self) -> Frame:
        if not self._inside:
            return self._page.main_frame
        element = self._page.query_selector("iframe")
        frame = element.content_frame() if element else None
        if frame is None:
            raise Gone("no frame")
        return frame

    @in_its_thread
    def run(self, function: str, argument: Any = None) -> Any:
        try:
            return self._frame.evaluate(function, argument)
        except Error as error:
            if "context was destroyed" in error.message or "detached" in error.message:
                raise Gone(error.message) from None
            raise

    @in_its_thread
    def click(self, what: str) -> None:
        self._find(what).click()

    @in_its_thread
    def type(self, what: str, text: str) -> None:
        self._find(what).fill(text)

    @in_its_thread
    def press_enter(self, what: str) -> None:
        self._find(what).press("Enter")

    @in_its_thread
    def pick(self, what: str, files: list[Path]) -> None:
        self._find(what).set_input_files(files)

    @in_its_thread
    def pick_folder(self, what: str, folder: Path) -> None:
        self._find(what).set_input_files(folder)

    @in_its_thread
    def drop(self, what: str, files: list[Path]) -> None:
        box = self._find(what).bounding_box()
        assert box is not None
        devtools = self._page.context.new_cdp_session(self._page)
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for step in ("dragEnter", "dragOver", "drop"):
            place = {"x": box["x"] + 30, "y": box["y"] + 20}
            devtools.send("Input.dispatchDragEvent", {"type": step, **place, "data": data})
        devtools.detach()


class Chromium(Driver):
    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._bodies: list[str] = []
        self._complaints: list[str] = []
        self._new_tab()

    def _new_tab(self) -> None:
        self._context = self._browser.new_context(locale="ko-KR", service_workers="block")
        self.tab = self._context.new_page()
        self.tab.set_default_timeout(PATIENCE * 1000)
        self.tab.on("request", lambda request: self._bodies.append(request.post_data or ""))
        self.tab.on("console", lambda said: self._complaints.append(said.text) if said.type == "error" else None)
        self.page, self.signer = ChromiumPane(self.tab), ChromiumPane(self.tab, inside=True)

    @in_its_thread
    def open(self, url: str) -> None:
        self.tab.goto(url)

    @in_its_thread
    def clear(self) -> None:
        self._context.close()
        self._bodies.clear()
        self._complaints.clear()
        self._new_tab()

    @in_its_thread
    def close_others(self) -> None:
        for other in self._context.pages:
            if other is not self.tab:
                other.close()

    def bodies(self) -> list[str]:
        return [body for body in self._bodies if body]

    def complaints(self) -> list[str]:
        return list(self._complaints)

    @in_its_thread
    def photograph(self, to: Path, *, width: int) -> None:
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.screenshot(path=to, full_page=True)


@in_its_thread
def _start() -> tuple[Playwright, Chromium]:
    playwright = sync_playwright().start()
    launched = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
    return playwright, Chromium(launched)


@contextmanager
def running_chromium() -> Iterator[Chromium]:
    playwright, chromium = _start()
    yield chromium
    THREAD.submit(playwright.stop).result()
