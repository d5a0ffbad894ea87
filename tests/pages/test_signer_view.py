"""The signer's page and the pages around it: whose policy, and what may be framed."""

import pytest

from certificates.keys import newest_spki, sealing_keys
from certificates.signer_page import build
from tests.flows.certificate_visits import LOGIN, REPLACE
from tests.pages.actors import new_browser
from tests.rules.certificates.world import NUMBER

pytestmark = pytest.mark.django_db
SIGNER = f"{REPLACE}signer/"


def test_the_signer_has_its_own_policy_and_no_other() -> None:
    response = new_browser().get(SIGNER)
    page = build(newest_spki(sealing_keys()))
    assert response.content.decode() == page.html
    assert {name: response[name] for name in page.headers} == page.headers
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in response["Cache-Control"]
    assert "Set-Cookie" not in response


@pytest.mark.parametrize("url", [REPLACE, LOGIN])
def test_the_page_around_frames_the_signer_alone(url: str) -> None:
    browser = new_browser()
    page = browser.post(url, {"business_number": NUMBER}, follow=True)
    assert f"frame-src http://testserver{SIGNER}" in page["Content-Security-Policy"].split("; ")
    assert page["X-Frame-Options"] == "DENY"
    assert NUMBER not in page.request["PATH_INFO"]
