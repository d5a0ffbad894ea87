"""달력에 넣기: an address of one's own, shown once, ended at will, and what a calendar programme reads by it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from icalendar import Calendar

from guarantees.calendar_feed import MOST_GUARANTEES
from guarantees.models import CalendarFeed
from guarantees.views.calendar import PER_ADDRESS, PER_SECRET
from portal.audit.models import AuditEvent
from portal.members.models import MemberStatus, User
from portal.members.roles import Role
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_user
from tests.stories import BACKEND, Cast, fingerprint, make_cast, supplemented

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")  # Mon
PAGE = "/mypage/calendar/"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    fill_calendar()
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def main_of(response: HttpResponse) -> str:
    return unescape(response.content.decode()).partition("<main")[2]


def renewed(user: User) -> str:
    """The path of a new address, as the page shows it."""
    page = main_of(browser(user).post(PAGE, {"do": "renew"}))
    shown = re.search(
        r'<input id="address" readonly value="http://localhost:8000(/calendar/[\w-]{43}\.ics)">', page
    )
    assert shown is not None
    assert f'href="webcal://localhost:8000{shown[1]}"' in page
    return shown[1]


def events(response: HttpResponse) -> list[tuple[str, date, str]]:
    calendar = Calendar.from_ical(response.content)
    return [(str(one["SUMMARY"]), one["DTSTART"].dt, str(one["DESCRIPTION"])) for one in calendar.walk("VEVENT")]


def test_the_address_is_shown_once_and_kept_as_a_hash(cast: Cast, client: Client) -> None:
    path = renewed(cast.user)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    feed = CalendarFeed.everything.get(user=cast.user)
    assert len(feed.secret_hash) == 64
    assert secret not in feed.secret_hash
    again = main_of(browser(cast.user).get(PAGE))
    assert secret not in again
    assert "2026. 11. 23.(월) 12:00에 만든 주소를 쓰고 있습니다" in again
    assert client.get(path).status_code == 200
    event = AuditEvent.everything.get(action="calendar.renew")
    assert (event.actor_id, event.member_id, secret in str(event.detail)) == (cast.user.pk, cast.member.pk, False)


def test_a_new_address_ends_the_one_before(cast: Cast, client: Client) -> None:
    first, second = renewed(cast.user), renewed(cast.user)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert CalendarFeed.everything.count() == 1


def test_revoked_it_is_gone(cast: Cast, client: Client) -> None:
    path = renewed(cast.user)
    told = browser(cast.user).post(PAGE, {"do": "revoke"}, follow=True)
    assert "달력 주소를 없앴습니다" in main_of(told)
    assert "아직 만든 주소가 없습니다" in main_of(told)
    assert client.get(path).status_code == 404
    before = fingerprint()
    browser(cast.user).post(PAGE, {"do": "revoke"})
    assert fingerprint() == before


@pytest.mark.parametrize("how", ["person", "company", "moved"])
def test_who_may_not_sign_in_reads_nothing(cast: Cast, client: Client, how: str) -> None:
    path = renewed(cast.user)
    if how == "person":
        User.objects.filter(pk=cast.user.pk).update(is_active=False)
    elif how == "company":
        cast.member.status = MemberStatus.WITHDRAWN
        cast.member.save(update_fields=["status"])
    else:
        User.objects.filter(pk=cast.user.pk).update(member=None)
    assert client.get(path).status_code == 404


def test_what_is_in_it(cast: Cast, client: Client) -> None:
    asked = supplemented(cast)
    names = {"contract_name": "가온초 환기설비", "beneficiary_name": "누리교육지원청"}
    told = make_guarantee(cast.member, ends_on=date(2027, 1, 9), beneficiary_business_number="9018112019", **names)
    bid = make_guarantee(cast.member, "B1", ends_on=date(2026, 12, 1), **names)
    small = make_guarantee(cast.member, ends_on=date(2026, 12, 2), amount=9_999_999, **names)
    make_guarantee(cast.member, ends_on=date(2026, 12, 3), state="released", outstanding=0)
    make_guarantee(make_cast().member, ends_on=date(2026, 12, 4))
    answer = client.get(renewed(cast.user))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert events(answer) == [
        (f"[보증 종료] 입찰보증 {bid.number}", date(2026, 12, 1), "가온초 환기설비"),
        (f"[보증 종료] 계약보증 {small.number}", date(2026, 12, 2), "가온초 환기설비"),
        (f"[보증 종료] 계약보증 {told.number}", date(2027, 1, 9), "가온초 환기설비"),
        # 15 days before is Christmas, so the business day before it.
        (f"[해제대상 안내 문자] 계약보증 {told.number}", date(2026, 12, 24), "가온초 환기설비 (1월 9일 종료)"),
        (f"[보완 기한] 계약보증 {asked.number}", asked.supplement_due_on, asked.contract_name),
    ]
    text = answer.content.decode().replace("\r\n ", "")
    private = ("누리교육지원청", "9018112019", "50000000", cast.member.business_number, asked.contact_mobile)
    assert [word for word in private if word in text] == []
    assert f"URL:http://localhost:8000/guarantees/{told.public_id}/" in text


def test_whole_days_that_take_nobodys_time(cast: Cast, client: Client) -> None:
    make_guarantee(cast.member, ends_on=date(2026, 12, 31))
    one = Calendar.from_ical(client.get(renewed(cast.user)).content).walk("VEVENT")[0]
    assert one["DTSTART"].to_ical() == b"20261231"
    assert one["DTEND"].dt == date(2027, 1, 1)
    assert one["TRANSP"] == "TRANSPARENT"


def test_unchanged_it_is_not_sent_again(cast: Cast, client: Client) -> None:
    row = make_guarantee(cast.member, ends_on=date(2026, 12, 31))
    path = renewed(cast.user)
    etag = client.get(path)["ETag"]
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert again["Cache-Control"] == "private, max-age=3600"
    row.ends_on = date(2027, 1, 31)
    row.save(update_fields=["ends_on"])
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_reader_who_asks_without_end_waits(cast: Cast, client: Client) -> None:
    path = renewed(cast.user)
    assert {client.get(path).status_code for _ in range(PER_SECRET.most)} == {200}
    refused = client.get(path)
    assert (refused.status_code, refused["Retry-After"].isdigit()) == (429, True)
    assert client.get(renewed(make_user(Role.MEMBER_REP, member=cast.member))).status_code == 200


def test_guessing_is_counted_by_the_address_it_comes_from(cast: Cast, client: Client) -> None:
    assert {client.get("/calendar/guess.ics").status_code for _ in range(PER_ADDRESS.most)} == {404}
    assert client.get("/calendar/guess.ics").status_code == 429
    assert client.get("/calendar/guess.ics", REMOTE_ADDR="192.0.2.9").status_code == 404
    assert client.get(renewed(cast.user)).status_code == 200


def test_many_guarantees_cost_no_more_statements(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    path = renewed(cast.user)
    for day in range(1, 29):
        make_guarantee(cast.member, ends_on=date(2026, 12, day))
    with django_assert_max_num_queries(14):  # six of them count the visit
        client.get(path)
    assert MOST_GUARANTEES == 2_000
