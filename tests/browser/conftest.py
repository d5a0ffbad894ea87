"""Both browsers the signer must work in; every test that takes `browser` runs in each."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import running_chromium
from tests.browser.driver import Driver
from tests.browser.firefox import running_firefox

RUNNING = {"chromium": running_chromium, "firefox": running_firefox}


@pytest.fixture(scope="module", params=RUNNING)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    with RUNNING[request.param]() as running:
        yield running


@pytest.fixture
def browser(driver: Driver) -> Driver:
    """In a new tab, without cookies."""
    driver.clear()
    return driver
