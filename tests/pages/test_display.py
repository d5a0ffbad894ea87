"""고대비: a link on every page, kept in the browser, without scripts."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
SHEET = re.compile(r'<link rel="stylesheet" href="[^"]*contrast.css"([^>]*)>')


def media(page: str) -> str:
    """What the sheet of more contrast waits for; "" for nothing."""
    found = SHEET.search(page)
    assert found, page
    return found[1].strip()


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_without_a_choice_the_visitors_system_decides(client: Client) -> None:
    assert media(shown(client, "/")) == 'media="(prefers-contrast: more)"'
    assert "contrast" not in client.cookies


def test_the_choice_is_kept_until_it_is_taken_back(client: Client) -> None:
    assert 'href="?contrast=more"' in shown(client, "/")
    chosen = shown(client, "/?contrast=more")
    assert (media(chosen), media(shown(client, "/privacy/"))) == ("", "")
    assert 'href="?contrast=less"' in chosen
    assert client.cookies["contrast"]["httponly"]
    shown(client, "/?contrast=less")
    assert media(shown(client, "/privacy/")) == 'media="(prefers-contrast: more)"'


def test_the_link_keeps_what_was_asked_for(client: Client) -> None:
    assert 'href="?q=%EB%B3%B4%EC%A6%9D&amp;contrast=more"' in shown(client, "/search/?q=보증")


@pytest.mark.parametrize("value", ["", "much", "<b>"])
def test_anything_else_is_no_choice(client: Client, value: str) -> None:
    assert media(client.get("/", {"contrast": value}).content.decode()) == 'media="(prefers-contrast: more)"'
    assert "contrast" not in client.cookies


def test_an_answer_has_no_link_that_would_lose_it(client: Client) -> None:
    answer = client.post("/verify/", {"way": "number", "number": "x", "issued_on": "2026-11-20"}).content.decode()
    assert "contrast=more" not in answer
    assert '<a href="/verify/?lang=en"' in answer
