"""Entering a telephone ticket's code: one answer whatever is wrong, ten tries in ten minutes, all on record."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certificates.models import ReplacementTicket, TicketAttempt
from certificates.ticket_code import ALPHABET, digest
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from tests.factories import make_member, make_user
from tests.flows.certificate_silence import page_of, statements
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT

pytestmark = pytest.mark.django_db
RIGHT, USED, ENDED, REFUSED = "7K2MX9QA04TB", "AAAAAAAAAAAA", "BBBBBBBBBBBB", "CCCCCCCCCCCC"


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as clock:  # Monday 2026-11-23
        yield clock


@pytest.fixture(autouse=True)
def member(db: None) -> Member:
    member = make_member()
    taker, checker = make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    for code, until, used in (
        (RIGHT, AT + timedelta(hours=1), None),
        (USED, AT + timedelta(hours=1), AT - timedelta(hours=1)),
        (ENDED, AT, None),
    ):
        ReplacementTicket.everything.create(
            member=member, caller="김대표", call_back_number="01000000001", reason="분실", opened_by=taker,
            opened_at=AT - timedelta(hours=3), approved_by=checker, approved_at=AT - timedelta(hours=2),
            link_hash=digest(code), link_until_at=until, used_at=used,
        )  # fmt: skip
    return member


def followed(code: str, browser: Client | None = None) -> HttpResponse:
    return (browser or new_browser()).post(reverse("certificates:ticket", args=[code]))


def typed(code: str, browser: Client | None = None) -> HttpResponse:
    return (browser or new_browser()).post(reverse("certificates:by_phone"), {"code": code})


def wrong(n: int) -> str:
    """The n-th code that opens nothing."""
    return f"{ALPHABET[n]}" * 12


def somewhere(n: int) -> Client:
    browser = new_browser()
    browser.defaults["REMOTE_ADDR"] = f"192.0.2.{n}"
    return browser


WRONG = [("모르는 코드", "DDDDDDDDDDDD"), ("쓴 코드", USED), ("끝난 코드", ENDED), ("코드가 아닌 것", "x" * 40)]


def test_the_answer_is_the_same_whatever_is_wrong() -> None:
    """By the same rows too: nothing but the one found ticket would make a difference."""
    said, done = set(), []
    for _case, code in WRONG:
        with CaptureQueriesContext(connection) as queries:
            response = followed(code)
        said.add((response.status_code, page_of(response)))
        done.append(statements(queries))
    assert len(said) == 1
    assert all(one == done[0] for one in done)
    status, page = said.pop()
    assert status == 410
    assert "이 접수코드는 쓸 수 없습니다" in page
    for _case, code in WRONG[:3]:
        response = typed(code, somewhere(1))
        assert (response.status_code, page_of(response)) == (status, page)


def test_the_page_of_a_link_does_not_look_the_code_up() -> None:
    pages = set()
    for _case, code in [*WRONG, ("맞는 코드", RIGHT)]:
        with CaptureQueriesContext(connection) as queries:
            response = new_browser().get(reverse("certificates:ticket", args=[code]))
        pages.add((response.status_code, page_of(response).replace(code, "CODE"), tuple(statements(queries))))
    assert len(pages) == 1
    assert not TicketAttempt.objects.exists()


@pytest.mark.parametrize("enter", [followed, typed])
def test_the_right_code_leads_to_the_signature(enter: object) -> None:
    response = enter(RIGHT)  # type: ignore[operator]
    assert (response.status_code, response["Location"]) == (302, reverse("certificates:sign"))
    assert ReplacementTicket.everything.get(link_hash=digest(RIGHT)).used_at is None


def test_the_eleventh_wrong_code_from_an_address(monday: time_machine.Traveller) -> None:
    answers = [followed(wrong(n)).status_code for n in range(11)]
    assert answers == [410] * 10 + [429]
    blocked = followed(RIGHT)
    assert (blocked.status_code, "10분 뒤" in blocked.content.decode()) == (429, True)
    assert followed(RIGHT, somewhere(1)).status_code == 302
    assert TicketAttempt.objects.filter(was_right=False).count() == 10  # what is turned away is not counted
    monday.move_to(AT + timedelta(minutes=9, seconds=59))
    assert followed(wrong(12)).status_code == 429
    monday.move_to(AT + timedelta(minutes=10))
    assert followed(wrong(12)).status_code == 410


def test_right_codes_are_not_counted_against_the_address() -> None:
    for n in range(9):
        followed(wrong(n))
    assert [followed(RIGHT).status_code for _ in range(3)] == [302] * 3
    assert followed(wrong(9)).status_code == 410
    assert followed(wrong(10)).status_code == 429


@pytest.mark.parametrize(
    ("_case", "code", "status"), [("맞는 코드", RIGHT, 302), ("틀린 코드", "EEEEEEEEEEEE", 410)]
)
def test_the_eleventh_entry_of_one_code_from_anywhere(_case: str, code: str, status: int) -> None:
    answers = [followed(code.lower() if n % 2 else code, somewhere(n)).status_code for n in range(11)]
    assert answers == [status] * 10 + [429]


def test_every_entry_is_on_record_without_the_code(member: Member) -> None:
    followed(RIGHT)
    followed("DDDDDDDDDDDD")
    rows = list(AuditEvent.everything.order_by("pk").values_list("action", "member_id", "address"))
    assert rows == [
        ("replacement_ticket.enter", member.pk, "127.0.0.1"),
        ("replacement_ticket.miss", None, "127.0.0.1"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM certificates_ticketattempt t")
        kept = cursor.fetchone()[0]
    assert ("DDDDDDDDDDDD" in kept, RIGHT in kept) == (False, False)
