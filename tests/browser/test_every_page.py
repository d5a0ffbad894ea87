"""Every address of the portal in Chromium, from the same table the access matrix works with, so that a new page
cannot be forgotten: axe (WCAG 2.2 AA and best practice) at both widths, nothing sideways on a phone, no complaint
in the console (so none of the content security policy), and within the budget of bytes, requests and shifts.
"""

import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse

from portal import clock
from tests.browser.chromium import in_its_thread
from tests.browser.test_guarantee_pages import AXE, DESK, PHONE, Person, driver, person
from tests.pages.actors import World, make_world, visit
from tests.pages.urls_table import ROWS, address, desk_addresses
from tests.stories import FRIDAY

__all__ = ["driver", "person"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

# Django's table of rows below a row heads two columns with nothing: names of rows, and the box that removes one.
RUN = """async ([enhanced, desk]) => (await axe.run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: {
        'target-size': {enabled: true},
        'color-contrast-enhanced': {enabled: enhanced},
        'empty-table-header': {enabled: !desk},
    },
})).violations.flatMap((found) => found.nodes.map(
    (node) => `${found.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`))"""
LOADED = """() => performance.getEntriesByType('resource').map((one) => one.name)"""
SHIFTS = """() => new Promise((tell) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
    }).observe({type: 'layout-shift', buffered: true});
    document.fonts.ready.then(() => setTimeout(() => tell(sum), 60));
})"""
TOO_WIDE = "() => document.documentElement.scrollWidth > window.innerWidth"

# Of one page, gzipped, without fonts: a site manager's phone at the edge of the network.
MOST_BYTES, MOST_REQUESTS, MOST_SCRIPT, MOST_SHIFT = 100_000, 15, 8_000, 0.05
# The signer reads key files and signs: its script is what the page is for.
EXCEPT = {("bytes of script", "certificates:signer")}


class Page(NamedTuple):
    """An address of the portal, and as whom it is opened."""

    actor: str
    name: str
    url: str


class Visit:
    """One page, looked at as somebody; `wrong` holds what it should not have."""

    def __init__(self, person: Person, url: str, name: str) -> None:
        self.person, self.url, self.name = person, url, name
        self.wrong: list[str] = []

    @in_its_thread
    def look(self, *, desk: bool) -> list[str]:
        """Loaded on a phone, then widened. Of the desk, which is Django's, only axe and the console are asked."""
        tab = self.person.tab
        said = len(self.person.chrome.complaints())
        tab.set_viewport_size({"width": PHONE, "height": 844})
        response = tab.goto(self.url)
        if not desk:
            self._weigh(response.text())
            if (shift := tab.evaluate(SHIFTS)) > MOST_SHIFT:
                self.wrong.append(f"shifts by {shift:.3f}")
            if tab.evaluate(TOO_WIDE):
                self.wrong.append("too wide for a phone")
        # Before axe, which makes the policy complain itself; and that the page is a 410 is what it is for.
        heard = self.person.chrome.complaints()[said:]
        self.wrong += [line for line in heard if "status of 410" not in line]
        tab.evaluate(AXE)
        for width in (PHONE, DESK):
            tab.set_viewport_size({"width": width, "height": 844})
            found = tab.evaluate(RUN, ["high contrast" in self.name, desk])
            self.wrong += [f"{width}: {line}" for line in found]
        return self.wrong

    def _weigh(self, html: str) -> None:
        loaded = [name for name in self.person.tab.evaluate(LOADED) if not name.endswith(".woff2")]
        sizes = {name: packed(name.partition(django_settings.STATIC_URL)[2]) for name in set(loaded)}
        script = sum(size for name, size in sizes.items() if name.endswith(".js"))
        total = len(gzip.compress(html.encode())) + sum(sizes.values())
        for what, found, most in (
            ("bytes", total, MOST_BYTES),
            ("requests", len(loaded) + 1, MOST_REQUESTS),
            ("bytes of script", script, MOST_SCRIPT),
        ):
            if found > most and (what, self.name) not in EXCEPT:
                self.wrong.append(f"{found} {what}, at most {most}")


@cache
def packed(path: str) -> int:
    """Bytes of a static file as production sends it; 0 for what is no file of ours."""
    found = finders.find(path)
    return len(gzip.compress(Path(str(found)).read_bytes())) if found else 0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, transactional_db: None) -> World:
    monkeypatch.setattr(clock, "now", lambda: FRIDAY)
    settings.DOCUMENT_FOLDER, settings.MEDIA_ROOT = tmp_path / "documents", tmp_path / "media"
    return make_world()


def is_page(response: HttpResponse) -> bool:
    """Something a person reads, found or not, and no file, API or redirect."""
    is_file = "attachment" in response.get("Content-Disposition", "")
    return response.status_code in (200, 410) and response["Content-Type"].startswith("text/html") and not is_file


def sit_down(person: Person, base: str, world: World, actor: str) -> None:
    person.chrome.clear()
    if actor in world.sessions:
        person.sits_down(base, width=PHONE, user=world.people[actor], cookie=world.sessions[actor])


def walk(person: Person, base: str, world: World, pages: list[Page], *, desk: bool) -> str:
    """What is wrong with which page, a line each; of one actor after the other."""
    found = []
    for actor in dict.fromkeys(page.actor for page in pages):
        sit_down(person, base, world, actor)
        for page in (page for page in pages if page.actor == actor):
            wrong = Visit(person, f"{base}{page.url}", page.name).look(desk=desk)
            found += [f"{page.name} as {actor}: {what}" for what in wrong]
    return "\n".join(found)


def pages_of(world: World) -> list[Page]:
    """Every row a visitor or a member sees as a page; of both, where it greets both."""
    found = []
    for row in ROWS:
        url = address(row, world)
        seen = [actor for actor in ("anon", "rep") if is_page(visit(world.client(actor), "get", url))]
        found += [Page(actor, row.name, url) for actor in (seen if row.name == "home" else seen[:1])]
    # What the table's addresses do not show: the other language, more contrast, nothing found, no such page.
    found += [
        Page("anon", "public:verify in English", "/verify/?lang=en"),
        Page("anon", "gallery as refused", "/gallery/?errors"),
        Page("anon", "gallery in high contrast", "/gallery/?contrast=more"),
        Page("rep", "home in high contrast", "/?contrast=more"),
        Page("rep", "guarantees:guarantees, none found", "/guarantees/?state=cancelled"),
    ]
    return found


def test_every_page_of_visitors_and_members(person: Person, live_server: Any, made: World) -> None:
    pages = pages_of(made)
    assert len(pages) > 60
    found = walk(person, live_server.url, made, pages, desk=False)
    assert not found, found


STAFF = ("hq", "it", "auditor", "officer", "web")
# A page of each kind; history, delete and reveal are laid out like the others.
DESK_KINDS = ("index", "changelist", "add", "change")


def desk_pages_of(world: World) -> Iterator[Page]:
    """Each admin page with the first of the staff who may open it."""
    for name, url in desk_addresses(world):
        if not name.endswith(DESK_KINDS):
            continue
        actor = next((one for one in STAFF if is_page(visit(world.client(one), "get", url))), None)
        if actor is not None:
            yield Page(actor, name, url)


def test_every_page_of_staff(person: Person, live_server: Any, made: World) -> None:
    pages = list(desk_pages_of(made))
    assert len(pages) > 100
    found = walk(person, live_server.url, made, pages, desk=True)
    assert not found, found
