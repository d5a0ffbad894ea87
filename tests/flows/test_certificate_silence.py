"""Nobody learns from a certificate page who is a member: the same words and the same work for every number.

A number is public, membership is not. What is compared: each body, each status, and every statement sent to the
database, values left out. Clocks are not measured; the same work takes the same time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from certificates.minting.leaves import Leaf
from portal.members.models import MemberStatus
from portal.members.roles import Role
from tests.factories import business_number, make_member, make_user
from tests.flows.certificate_silence import page_of, statements
from tests.flows.certificate_visits import (
    JSON,
    LOGIN,
    OLD,
    REPLACE,
    make_holder,
    make_trust,
    registered,
    sent,
    signed,
    take_list,
)
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, NUMBER, RESIDENT, world

pytestmark = pytest.mark.django_db
UNKNOWN = business_number(9123)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):  # Monday 2026-11-23
        yield


@pytest.fixture
def numbers(db: None, settings: Any) -> list[str]:
    """A member with a certificate and a representative, one without, one that left, and nobody."""
    settings.CERTIFICATE_RESIDENT_NUMBER_BASIS = "시험법 제1조"
    make_trust()
    take_list()
    member = make_holder()
    registered(member, OLD)
    make_user(Role.MEMBER_REP, member=member)
    bare, gone = make_member(), make_member(status=MemberStatus.WITHDRAWN)
    return [NUMBER, bare.business_number, gone.business_number, UNKNOWN]


Step = tuple[int, str, list[str]]


def walk(number: str, at: str, leaf: Leaf, **given: object) -> list[Step]:
    """Number, page with the signer, text to sign, answer by `leaf`, receipt: each with its statements."""
    browser, steps = new_browser(), []
    # each visitor from an address of his own, so that counting is alike
    browser.defaults["REMOTE_ADDR"] = f"192.0.2.{int(number[-4:]) % 250}"
    resident = str(given.pop("resident", ""))

    def step(response: HttpResponse, queries: CaptureQueriesContext) -> HttpResponse:
        shown = f"{number[:3]}-{number[3:5]}-{number[5:]}"
        page = page_of(response).replace(shown, "NUMBER").replace(number, "NUMBER")
        steps.append((response.status_code, page, statements(queries)))
        return response

    with CaptureQueriesContext(connection) as queries:
        step(browser.post(at, {"business_number": number, **given}), queries)
    if at == REPLACE:
        with CaptureQueriesContext(connection) as queries:
            step(browser.get(f"{at}sign/"), queries)
    with CaptureQueriesContext(connection) as queries:
        response = browser.post(f"{at}challenge/", "{}", content_type=JSON)
    challenge = response.json()["challenge"]
    text = challenge["text"]
    steps.append(
        (response.status_code, text.split('"nonce"')[0].split('"business_number"')[0], statements(queries))
    )
    with CaptureQueriesContext(connection) as queries:
        answer = step(sent(browser, signed(challenge, leaf, resident=resident), at), queries)
    with CaptureQueriesContext(connection) as queries:
        step(browser.get(answer.json()["next"]), queries)
    return steps


def differing(numbers: list[str], **walked: Any) -> list[tuple[str, int]]:
    """(number, step) where an answer or the work for it is not that of the first number."""
    walk(business_number(9500), **walked)  # what is read once a process is read here
    walks = {number: walk(number, **walked) for number in numbers}
    first = walks[numbers[0]]
    return [
        (number, n) for number, steps in walks.items() for n, (a, b) in enumerate(zip(first, steps, strict=True))
        if a != b
    ]  # fmt: skip


STRANGERS = [  # certificates of somebody who is none of the four
    ("인증서갱신, 남의 인증서", {"at": REPLACE, "leaf": world().faults["other-number"].leaf}),
    ("로그인, 남의 인증서", {"at": LOGIN, "leaf": world().faults["other-number"].leaf}),
    ("인증서갱신, 쓸 수 없는 인증서", {"at": REPLACE, "leaf": world().faults["e-tax"].leaf}),
    ("로그인, 끝난 인증서", {"at": LOGIN, "leaf": world().faults["expired"].leaf}),
    ("주민등록번호, 다른 사람", {"at": REPLACE, "leaf": world().faults["representative"].leaf,
                        "by_resident_number": "on", "resident": "9901011000001"}),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "walked"), STRANGERS, ids=[row[0] for row in STRANGERS])
def test_a_stranger_learns_nothing_of_a_number(numbers: list[str], _case: str, walked: dict[str, Any]) -> None:
    assert differing(numbers, **walked) == []


def test_the_comparison_can_fail(numbers: list[str]) -> None:
    """The holder himself is told, at the answer and on the receipt, and only there."""
    assert differing([NUMBER, UNKNOWN], at=LOGIN, leaf=OLD) == [(UNKNOWN, 2), (UNKNOWN, 3)]


def test_who_knows_the_resident_number_but_not_the_member_learns_nothing(numbers: list[str]) -> None:
    """The representative of one member tries the numbers of others."""
    walked = {"at": REPLACE, "leaf": world().faults["representative"].leaf, "by_resident_number": "on"}
    assert differing(numbers[1:], **walked, resident=RESIDENT) == []


def test_too_many_tries_are_counted_alike(numbers: list[str]) -> None:
    answers = set()
    for block, number in enumerate(numbers):
        browser = new_browser()
        browser.post(REPLACE, {"business_number": number})
        said = []
        for n in range(11):
            browser.defaults["REMOTE_ADDR"] = f"198.51.100.{block * 20 + n}"
            said.append(browser.post(f"{REPLACE}challenge/", "{}", content_type=JSON).status_code)
        answers.add(tuple(said))
    assert answers == {(200,) * 10 + (429,)}
