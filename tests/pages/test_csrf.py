"""No form is taken without its token, at no address; what is exempt is listed here."""

import pytest
from django.urls import resolve, reverse

from tests.pages.actors import World, undone, visit, written_tables
from tests.pages.urls_table import ROWS, address, desk_addresses

pytestmark = pytest.mark.django_db
# The framework's own check is off for these, since its session login makes the same check itself.
# A gateway has no session: the report is proved by its path and signature (tests/flows/test_report_callbacks.py);
# a procurement system's answer by its signature (tests/flows/test_delivery_to_beneficiary.py).
EXEMPT = {
    "sms:reports",
    "public:procurement_answers",
    "guarantees:payment_callback",
    "api-application-list",
    "api-application-detail",
    "api-guarantee-list",
    "api-guarantee-detail",
}


# The bank's notice is looked at for what it says; an empty one says nothing.
NO_TOKEN = {"guarantees:payment_callback": 400}


def test_only_the_listed_views_are_exempt(world: World) -> None:
    views = {row.name: resolve(address(row, world)).func for row in ROWS}
    views |= {name: resolve(url).func for name, url in desk_addresses(world)}
    assert {name for name, view in views.items() if getattr(view, "csrf_exempt", False)} == EXEMPT


@pytest.mark.parametrize("actor", ["anon", "rep", "officer"])
def test_without_a_token_nothing_is_taken(world: World, actor: str) -> None:
    wrong = {}
    pages = [(row.name, address(row, world)) for row in ROWS]
    for name, url in [*pages, *desk_addresses(world)] if actor == "officer" else pages:
        with undone(), written_tables() as written:
            response = visit(world.client(actor, with_csrf_check=True), "post", url)
        if response.status_code != NO_TOKEN.get(name, 403) or written:
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
