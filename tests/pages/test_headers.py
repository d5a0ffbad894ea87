"""The headers of every answer, of every address, for a visitor, a member and staff."""

import pytest
from django.conf import settings
from django.urls import reverse

from tests.factories import PASSWORD
from tests.pages.actors import World, new_browser, undone, visit
from tests.pages.urls_table import ROWS, address, desk_addresses

pytestmark = pytest.mark.django_db
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'",
}  # fmt: skip
# A member's file is handed out under a stricter policy still.
DOWNLOAD_POLICY = {"default-src 'none'", "sandbox"}
DOWNLOADS = {
    "guarantees:document",
    "guarantees:guarantee_document",
    "guarantees:release_paper",
    "helpdesk:attachment",
    "helpdesk:download_file",
}
# These pages may show the signer's page in a frame, and that page lives by a policy of its own, tested with it.
WITH_THE_SIGNER = {"certificates:sign", "certificates:login"}
FRAME = "frame-src http://testserver/cyber/certificate/signer/"
SIGNER = "certificates:signer"


def policy(header: str) -> set[str]:
    return {part.strip() for part in header.split(";") if part.strip()}


def test_the_settings_say_the_policy_we_mean() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert {f"{name} {' '.join(values)}" for name, values in directives.items()} == POLICY


@pytest.mark.parametrize("actor", ["anon", "rep", "officer"])
def test_every_answer_carries_the_headers(world: World, actor: str) -> None:
    wrong = {}
    pages = [(row.name, address(row, world)) for row in ROWS]
    for name, url in pages if actor == "rep" else [*pages, *desk_addresses(world)]:
        with undone():
            response = visit(world.client(actor), "get", url)
        found = {header: response.get(header, "") for header in EVERYWHERE}
        if name == SIGNER:
            assert {"default-src 'none'", "frame-ancestors 'self'"} < policy(response["Content-Security-Policy"])
            continue
        wanted = DOWNLOAD_POLICY if name in DOWNLOADS and response.status_code == 200 else POLICY
        wanted = wanted | {FRAME} if name in WITH_THE_SIGNER else wanted
        if found != EVERYWHERE or policy(response.get("Content-Security-Policy", "")) != wanted:
            wrong[name] = (response.status_code, dict(response.headers))
        if actor != "anon" and "no-store" not in response.get("Cache-Control", ""):
            wrong[f"{name} may be stored"] = response.get("Cache-Control")
    assert wrong == {}


@pytest.mark.parametrize(
    ("_case", "url", "status"),
    [
        ("없는 주소", "/no-such-page/", 404),
        ("빗금 없는 주소", "/guarantees", 301),
        ("정적 파일", "/static/css/portal.css", 200),
    ],
)
def test_answers_outside_the_views_carry_them_too(world: World, _case: str, url: str, status: int) -> None:
    response = visit(world.client("rep"), "get", url)
    assert response.status_code == status
    assert {header: response.get(header, "") for header in EVERYWHERE if header != "X-Frame-Options"} == {
        header: value for header, value in EVERYWHERE.items() if header != "X-Frame-Options"
    }


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example"])
def test_a_foreign_host_name_is_refused(world: World, host: str) -> None:
    assert visit(world.client("anon"), "get", "/accounts/login/", headers={"Host": host}).status_code == 400


def test_a_forwarded_host_is_not_believed(world: World) -> None:
    """Else the link in a password mail could lead to somebody else's site."""
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    page = visit(world.client("anon"), "get", "/accounts/login/", headers=told)
    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()


def test_cookies_are_kept_from_scripts_and_other_sites(world: World) -> None:
    browser = new_browser()
    visit(browser, "get", reverse("account_login"))
    typed = {"login": world.people["rep"].username, "password": PASSWORD}
    visit(browser, "post", reverse("account_login"), data=typed)
    cookies = browser.cookies
    kept = {name: (cookie["httponly"], cookie["samesite"]) for name, cookie in cookies.items()}
    assert {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} <= set(kept)
    assert set(kept.values()) == {(True, "Lax")}
