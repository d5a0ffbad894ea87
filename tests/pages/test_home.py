"""Home: what a member has to do, how far things have come, what ends when, and what a page costs."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from certificates.models import BankCertificate
from guarantees.models import Endorsement
from portal.helpdesk.demo import tell
from portal.members.models import LoginSession, Member
from portal.members.roles import Role
from sms.actions.mileage import earn
from sms.models import SenderNumber
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_application, make_guarantee, make_user
from tests.pages.test_sms_pages import hidden_inputs
from tests.stories import BACKEND, Cast, approved, make_cast, sign, supplemented, web
from tests.stories import submitted as submit

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")  # Mon


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    fill_calendar()
    return make_cast()


def browser(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.user, backend=BACKEND)
    return client


def main_of(response: HttpResponse) -> str:
    return unescape(response.content.decode()).partition("<main")[2].partition("</main")[0]


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def steps(cast: Cast) -> list[tuple[str, str, str, str]]:
    """(title, what presses, sentence, where the button leads) of each thing to do."""
    todo = main_of(browser(cast).get("/")).partition('<section class="todo"')[2].partition("</section>")[0]
    found = re.findall(
        r'<li><div><p class="title">(.*?)(?: <span class="due">(.*?)</span>)?</p><p>(.*?)</p></div>'
        r'<a class="button secondary" href="(.*?)"',
        todo,
    )
    return [(str(title), str(due), str(text), str(url)) for title, due, text, url in found]


def certificate(member: Member, until: datetime, status: str = "active") -> None:
    BankCertificate.everything.create(
        member=member, der=b"0", cert_sha256="0" * 64, spki_sha256="0" * 64, issuer_der=b"0", issuer_name="시험",
        serial_hex="01", subject_name=member.name, policy_oid="1.2.410.200005.1.1.5", purpose_name="은행",
        valid_from_at=until - timedelta(days=365), valid_until_at=until, registered_at=NOON, method="self",
        status=status, ended_at=None if status == "active" else NOON,
    )  # fmt: skip


# ── 오늘 하실 일 ──


def test_nothing_to_do_is_said(cast: Cast) -> None:
    page = main_of(browser(cast).get("/"))
    assert "지금 하실 일이 없습니다" in page
    assert steps(cast) == []


def test_applications_that_wait_for_the_member(cast: Cast) -> None:
    asked, agreed, signed = supplemented(cast), approved(cast), approved(cast)
    sign(application_id=signed.pk, by=web(make_user(Role.MEMBER_REP, member=cast.member)), at=NOON)
    submit(cast)
    own = "/guarantees/applications/{}/"
    due = asked.supplement_due_on
    assert due is not None
    said = {(title, url) for title, _due, _text, url in steps(cast)}
    assert said == {
        ("보완 요청이 있습니다", own.format(asked.public_id)),
        ("심사가 승인되었습니다", own.format(agreed.public_id)),
        ("보증료를 납부해 주세요", own.format(signed.public_id) + "pay/"),
    }
    with time_machine.travel(datetime.combine(due, NOON.timetz()), tick=False):
        assert steps(cast)[0][:2] == ("보완 요청이 있습니다", "오늘까지")
    with time_machine.travel(datetime.combine(due - timedelta(days=3), NOON.timetz()), tick=False):
        assert steps(cast)[0][:2] == ("보완 요청이 있습니다", "3일 남음")


def test_a_long_list_is_cut_where_it_can_still_be_read(cast: Cast) -> None:
    waiting = {"taken_at": NOON, "reviewer": cast.officer}
    for day in range(1, 11):
        make_application(cast.member, "supplement", supplement_due_on=date(2026, 12, day), **waiting)
    found = steps(cast)
    assert [text.partition(": ")[2] for _title, _due, text, _url in found[:2]] == [
        "2026. 12. 1.(화)까지 보완해 주세요.", "2026. 12. 2.(수)까지 보완해 주세요.",
    ]  # fmt: skip
    assert (len(found), found[-1][0]) == (9, "하실 일이 있는 신청이 2건 더 있습니다")


def test_guarantees_that_can_be_released(cast: Cast) -> None:
    make_guarantee(cast.member, state="expired", ends_on=date(2026, 11, 20))
    make_guarantee(cast.member, state="released", outstanding=0, ends_on=date(2026, 11, 20))
    make_guarantee(make_cast().member, state="expired", ends_on=date(2026, 11, 20))
    assert [(title, url) for title, _due, _text, url in steps(cast)] == [
        ("풀 수 있는 보증이 1건 있습니다", "/guarantees/releasable/")
    ]


def test_a_change_that_waits_for_its_fee(cast: Cast) -> None:
    row = make_guarantee(cast.member)
    change = Endorsement.everything.create(
        guarantee=row, state="approved", reason="증액", old_amount=row.amount, old_starts_on=row.starts_on,
        old_ends_on=row.ends_on, new_amount=row.amount + 10_000_000, new_starts_on=row.starts_on,
        new_ends_on=row.ends_on, fee_delta=12_000, requested_at=NOON, requested_by=cast.user, decided_at=NOON,
        decided_by=cast.officer,
    )  # fmt: skip
    assert [(title, url) for title, _due, _text, url in steps(cast)] == [
        ("변경 보증료를 납부해 주세요", f"/guarantees/endorsements/{change.public_id}/pay/")
    ]


@pytest.mark.parametrize(
    ("_case", "until", "status", "then"),
    [
        ("31일 남음", "2026-12-24 12:00", "active", []),
        ("30일 남음", "2026-12-23 12:00", "active", [("공동인증서가 곧 끝납니다", "")]),
        ("사흘 남음", "2026-11-26 12:00", "active", [("공동인증서가 곧 끝납니다", "3일 남음")]),
        ("오늘 끝남", "2026-11-23 23:59", "active", [("공동인증서가 곧 끝납니다", "오늘까지")]),
        ("어제 끝남", "2026-11-22 23:59", "active", [("공동인증서 기간이 끝났습니다", "")]),
        ("이미 바꾼 것", "2026-11-26 12:00", "replaced", []),
    ],
)
def test_the_bank_certificate_ends(cast: Cast, _case: str, until: str, status: str, then: list[Any]) -> None:
    certificate(cast.member, at(until), status)
    assert [(title, due) for title, due, _text, url in steps(cast) if url == "/cyber/certificate/"] == then


@pytest.mark.parametrize(
    ("_case", "earned", "then"),
    [
        ("30일 넘게 남음", "2025-12-24 10:00", []),
        (
            "30일 안",
            "2025-12-23 10:00",
            ["30일 안에 2콜이 소멸합니다. 가장 이른 것은 2026. 12. 23.(수)까지입니다."],
        ),
        ("이미 소멸", "2025-11-20 10:00", []),
    ],
)
def test_calls_about_to_lapse(cast: Cast, _case: str, earned: str, then: list[str]) -> None:
    for number in range(2):
        earn(member_id=cast.member.pk, source=f"시험:{number}", label="-", at=at(earned))
    earn(member_id=cast.member.pk, source="시험:늦게", label="-", at=NOON)
    assert [text for _title, _due, text, url in steps(cast) if url == "/sms/"] == then


# ── 진행 중인 신청 ──


def test_how_far_each_application_has_come(cast: Cast) -> None:
    make_application(cast.member)
    supplemented(cast)
    submit(cast)
    page = main_of(browser(cast).get("/"))
    table = page.partition('aria-label="진행 중인 신청"')[2].partition("</table>")[0]
    rows = [words_of(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]]
    assert [re.findall(r"(심사|접수|-) +(?:(\d/5) )?", row)[0] for row in rows] == [
        ("심사", "2/5"), ("접수", "1/5"), ("-", ""),
    ]  # fmt: skip
    assert "작성 중" in rows[2]


# ── 끝나는 보증 ──


def test_the_weeks_lead_to_the_guarantees_of_a_day(cast: Cast) -> None:
    make_guarantee(cast.member, ends_on=date(2026, 12, 31))
    make_guarantee(cast.member, ends_on=date(2026, 12, 31), amount=9_999_999)
    make_guarantee(cast.member, "B1", ends_on=date(2026, 12, 31))
    make_guarantee(cast.member, ends_on=date(2026, 12, 31), state="released", outstanding=0)
    other = make_guarantee(cast.member, ends_on=date(2027, 1, 8))
    make_guarantee(make_cast().member, ends_on=date(2026, 12, 30))
    client = browser(cast)
    page = main_of(client.get("/"))
    calendar = page.partition('<table class="weeks">')[2].partition("</table>")[0]
    days = [words_of(cell).strip() for cell in re.findall(r"<td.*?</td>", calendar, re.DOTALL)]
    assert len(days) == 56
    told = [day for day in days if "문자" in day]
    assert told == ["12월 16 문자 1건 안내", "12월 24 문자 1건 안내"]  # 15 days before, Christmas moved to its eve
    assert [day for day in days if "종료" in day] == ["12월 31 3 건 종료", "1월 8 1 건 종료"]
    assert "공휴일" in next(day for day in days if day.startswith("12월 25"))
    assert re.findall(r'\?state=active&ends=([\d-]+)"', calendar) == ["2026-12-31", "2027-01-08"]
    listed = main_of(client.get("/guarantees/?ends=2027-01-08"))
    assert "2027. 1. 8.(금)에 끝나는 보증만 보고 있습니다" in listed
    assert re.findall(r'<th scope="row"><a href="[^"]+">(.*?)</a>', listed) == [other.number]
    for nonsense in ("2027-13-01", "x", "%00"):
        assert "만 보고 있습니다" not in main_of(client.get(f"/guarantees/?ends={nonsense}"))


def test_figures_and_the_branch(cast: Cast) -> None:
    make_guarantee(cast.member, ends_on=date(2026, 12, 23))
    make_guarantee(cast.member, ends_on=date(2026, 12, 24))
    earn(member_id=cast.member.pk, source="시험", label="-", at=NOON)
    submit(cast)
    page = main_of(browser(cast).get("/"))
    tiles = re.findall(r'<span class="label">(.*?)</span><span class="value">(\d+)', page)
    assert tiles == [
        ("진행 중인 신청", "1"), ("유효한 보증", "2"), ("30일 안에 끝나는 보증", "1"), ("문자 마일리지", "1"),
    ]  # fmt: skip
    assert f'href="tel:{cast.branch.phone}"' in page
    assert 'href="/guarantees/fee/"' in page


# ── 방문자 ──


def test_visitors_verify_and_sign_in_from_here(client: Client) -> None:
    tell(at("2026-11-20 10:00"))
    page = main_of(client.get("/"))
    assert re.findall(r'<form[^>]* action="(.*?)"', page) == ["/verify/", "/accounts/login/"]
    assert {"number", "code", "issued_on", "login", "password"} <= set(
        re.findall(r'<input[^>]* name="(\w+)"', page)
    )
    assert "보증해제대상 정보 문자메시지 발송 서비스 안내" in page


# ── 값 ──

WARM = 60.0  # seconds for which a process shows holidays, notices and the limit policy without asking


@pytest.fixture
def busy(cast: Cast, settings: Any) -> Cast:
    """A company with something of everything, in a process that has shown a page before."""
    tell(at("2026-11-20 10:00"))
    for ends_on in (date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 8)):
        make_guarantee(cast.member, ends_on=ends_on)
    make_guarantee(cast.member, state="expired", ends_on=date(2026, 11, 20))
    earn(member_id=cast.member.pk, source="시험", label="-", at=at("2025-12-01 10:00"))
    certificate(cast.member, at("2026-12-01 12:00"))
    approved(cast)
    supplemented(cast)
    make_application(cast.member)
    settings.GLANCE_SECONDS = WARM
    return cast


# Session and person, then what the page itself asks for. Nothing is written.
STATEMENTS = {
    "/": 5,
    "/guarantees/": 4,
    "/guarantees/?ends=2026-12-31": 4,
    "/guarantees/applications/": 4,
    "/guarantees/payments/": 3,
    "/guarantees/releasable/": 5,
    "/sms/messages/": 3,
    "/sms/contacts/": 5,
    "/notices/": 4,
}


@pytest.mark.parametrize("url", STATEMENTS)
def test_what_a_page_costs(busy: Cast, url: str, django_assert_num_queries: Any) -> None:
    client = browser(busy)
    assert client.get(url).status_code == 200
    with django_assert_num_queries(STATEMENTS[url]):
        client.get(url)


def test_a_visitor_pays_for_nothing(busy: Cast, client: Client, django_assert_num_queries: Any) -> None:
    assert client.get("/").status_code == 200
    with django_assert_num_queries(0):
        client.get("/")


def test_sent_texts_cost_seven(busy: Cast, django_assert_num_queries: Any) -> None:
    """Session, person, count, requests, messages, their states, refunds."""
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    client = browser(busy)
    typed = {"text": "안내", "category": "information", "numbers": "01000001000", "step": "check"}
    check = client.post("/sms/", typed)
    assert client.post("/sms/", {**hidden_inputs(check), "step": "send"}).status_code == 302
    assert client.get("/sms/messages/").status_code == 200
    with django_assert_num_queries(7):
        client.get("/sms/messages/")


def test_more_guarantees_cost_no_more(busy: Cast, django_assert_num_queries: Any) -> None:
    client = browser(busy)
    client.get("/")
    for day in range(1, 29):
        make_guarantee(busy.member, ends_on=date(2026, 12, day))
        make_application(busy.member, "submitted")
    with django_assert_num_queries(STATEMENTS["/"]):
        client.get("/")


def test_notices_reach_the_page_when_the_glance_is_over(busy: Cast, client: Client, settings: Any) -> None:
    client.get("/")
    settings.GLANCE_SECONDS = 0.0
    assert "프로그램 설치 없는" in client.get("/").content.decode()


def test_a_session_is_written_once_a_minute(cast: Cast, django_assert_num_queries: Any) -> None:
    client = browser(cast)
    ends = LoginSession.objects.get().expire_date
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        client.get("/guarantees/")
        assert LoginSession.objects.get().expire_date == ends
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        client.get("/guarantees/")
        assert LoginSession.objects.get().expire_date == ends + timedelta(seconds=60)
    with time_machine.travel(NOON + timedelta(minutes=62), tick=False):
        assert client.get("/guarantees/").status_code == 302  # an hour after the last use
