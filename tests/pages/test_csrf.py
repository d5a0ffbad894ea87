"""No form is taken without its token, at no address; what is exempt is listed here."""

import pytest
from django.urls import get_resolver, reverse

from tests.pages.actors import World, undone, visit, written_tables
from tests.pages.urls_table import ROWS, address, desk_addresses

pytestmark = pytest.mark.django_db
# The framework's own check is off for these, since its session login makes the same check itself.
EXEMPT = {"api-application-list", "api-application-detail", "api-guarantee-list", "api-guarantee-detail"}


def test_only_the_listed_views_are_exempt() -> None:
    resolver = get_resolver()
    exempt = set()
    for row in ROWS:
        view = resolver.resolve(reverse_of(row.name)).func
        if getattr(view, "csrf_exempt", False):
            exempt.add(row.name)
    assert exempt == EXEMPT


def reverse_of(name: str) -> str:
    """An address of that name with ids nobody has."""
    nobody = "00000000-0000-4000-8000-000000000000"
    for args in ([], [nobody], [nobody, nobody], ["1", "unknown-key"]):
        try:
            return reverse(name, args=args)
        except Exception:  # noqa: S112, BLE001 - the next number of ids
            continue
    raise AssertionError(name)


@pytest.mark.parametrize("actor", ["anon", "rep", "officer"])
def test_without_a_token_nothing_is_taken(world: World, actor: str) -> None:
    wrong = {}
    for name, url in [*((row.name, address(row, world)) for row in ROWS), *desk_addresses(world)]:
        with undone(), written_tables() as written:
            response = visit(world.client(actor, with_csrf_check=True), "post", url)
        if response.status_code != 403 or written:
            wrong[name] = (response.status_code, written)
    assert wrong == {}


def test_a_token_of_somewhere_else_is_no_token(world: World) -> None:
    browser = world.client("rep", with_csrf_check=True)
    browser.get(reverse("sms:recipients"))
    response = browser.post(reverse("sms:recipients"), {"do": "opt_in", "csrfmiddlewaretoken": "x" * 64})
    assert response.status_code == 403


def test_with_its_token_the_form_is_taken(world: World) -> None:
    browser = world.client("rep", with_csrf_check=True)
    page = browser.get(reverse("sms:recipients"))
    token = str(page.context["csrf_token"])
    taken = browser.post(reverse("sms:recipients"), {"do": "opt_in", "csrfmiddlewaretoken": token})
    assert (taken.status_code, taken["Location"]) == (302, reverse("sms:recipients"))


def test_a_stale_form_is_told_in_korean_what_to_do(world: World) -> None:
    page = visit(world.client("rep", with_csrf_check=True), "post", reverse("guarantees:apply")).content.decode()
    assert "Home" in page
    assert "다시" in page
