"""고객지원 in Chromium: axe on every page, and a question asked by keyboard alone on a phone's width."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from portal import clock
from portal.helpdesk.demo import tell
from portal.helpdesk.models import Download, Notice, Question
from tests.browser.chromium import Chromium, running_chromium
from tests.browser.test_guarantee_pages import DESK, PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def driver() -> Iterator[Chromium]:
    with running_chromium() as running:
        yield running


@pytest.fixture
def person(driver: Chromium) -> Person:
    driver.clear()
    return Person(driver)


def addresses() -> list[str]:
    post, notice = Download.objects.latest("pk"), Notice.objects.latest("pk")
    open_question = Question.objects.filter(is_private=False).latest("pk")
    return [
        reverse("helpdesk:faq"),
        f"{reverse('helpdesk:faq')}?q=마일리지",
        f"{reverse('helpdesk:faq')}?q=없는말없는말",
        reverse("helpdesk:questions"),
        reverse("helpdesk:ask"),
        reverse("helpdesk:question", args=[open_question.public_id]),
        reverse("helpdesk:notices"),
        reverse("helpdesk:notice", args=[notice.pk]),
        reverse("helpdesk:downloads"),
        reverse("helpdesk:download", args=[post.pk]),
        f"{reverse('search')}?q=마일리지",
        reverse("sitemap"),
        reverse("privacy"),
    ]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing(person: Person, live_server: Any, transactional_db: None, width: int) -> None:
    tell(clock.now())
    person.sits_down(live_server.url, width=width)
    wrong: dict[str, list[str]] = {}
    for url in addresses():
        person.chrome.open(live_server.url + url)
        assert person.stands_at()[1] == 200, url
        if found := person.axe() + (["too wide"] if person.overflows() else []):
            wrong[url] = found
    assert wrong == {}
    assert person.chrome.complaints() == []


def test_a_question_by_keyboard(person: Person, live_server: Any, transactional_db: None) -> None:
    person.sits_down(live_server.url, width=PHONE)
    person.chrome.open(live_server.url + reverse("helpdesk:questions"))
    person.goes("문의하기")
    for name, typed in (("name", "김보람"), ("email", "kim@"), ("title", "환급"), ("body", "010-0000-1000 언제?")):
        person.reach(name)
        person.types(typed)
    person.goes("문의 남기기")
    assert "이메일 주소가 맞는지 확인해 주세요" in person.reads()
    person.reach("email")
    person.types("kim@example.kr")
    person.goes("문의 남기기")
    assert "문의를 접수했습니다" in person.reads()
    assert Question.objects.get().body == "●●●-●●●●-●●●● 언제?"
