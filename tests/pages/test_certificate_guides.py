"""사이버영업창구 and its guides: open to everybody, live for a member, no plug-in anywhere (S33-S47)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates.models import BankCertificate, Replacement, SignatureEvidence
from portal.members.models import Member
from portal.members.roles import Role
from tests.factories import at, make_member, make_user
from tests.flows.test_tickets import APPROVED, approve, code_sent, register, take_call
from tests.pages.actors import BACKEND

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 10:00")
PAGES = ("cyber", "bank_change", "issue_guide", "errors", "by_phone")


@pytest.fixture(autouse=True)
def _friday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member() -> Member:
    return make_member()


def client_of(member: Member | None) -> Client:
    client = Client()
    if member is not None:
        client.force_login(make_user(Role.MEMBER_USER, member=member), backend=BACKEND)
    return client


def text(client: Client, name: str, query: str = "") -> str:
    response = client.get(reverse(f"certificates:{name}") + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_visitors_read_every_page_and_are_offered_no_program(name: str) -> None:
    page = text(client_of(None), name)
    assert page.count("<h1") == 1
    assert [word for word in ('.exe"', "ActiveX 설치", "download>", "성공적으로") if word in page] == []
    # The old word stands only where the old days are told of.
    old_days = re.compile("예전에 공인인증서라 부르던|공인인증서 XecureWeb")
    assert "공인인증서" not in old_days.sub("", page)


def test_the_counter_leads_everywhere() -> None:
    page = text(client_of(None), "cyber")
    links = ("guarantees:apply", "certificates:replace", "certificates:bank_change", "certificates:issue_guide",
             "certificates:errors", "certificates:by_phone")  # fmt: skip
    assert [name for name in links if f'href="{reverse(name)}"' not in page] == []
    assert "02-000-1041" in page  # the IT department's number is a setting (S40)


# ── ① The bank change, live ──


def ticks(page: str) -> list[str]:
    return re.findall(r'<li class="(done|current|next)"><span class="dot"', page)


def parked(member: Member) -> None:
    evidence = SignatureEvidence.everything.create(
        member=member, purpose="replace", text="x", signature=b"0", certificate_der=b"0", cert_sha256="0" * 64,
        receipt={}, verified_at=NOW,
    )  # fmt: skip
    Replacement.everything.create(
        member=member, state="parked", evidence=evidence, requested_at=NOW, deadline_at=NOW + timedelta(hours=24)
    )


@pytest.mark.parametrize(
    ("_case", "row", "then", "said"),
    [
        ("등록 없음", None, ["done", "current", "next"], "조합에 등록된 인증서가 없습니다"),
        ("유효", {}, ["current", "next", "next"], "등록된 인증서가 아직 유효합니다"),
        ("효력정지", {"is_suspended": True}, ["current", "next", "next"], "효력이 정지되어"),
        ("만료", {"valid_until_at": at("2026-11-19 23:59")}, ["done", "current", "next"], "유효기간이 끝났습니다"),
        ("폐지", {"status": "revoked", "ended_at": NOW}, ["done", "current", "next"], "폐지된 것을 확인했습니다"),
        (
            "중지",
            {"status": "disabled", "ended_at": NOW, "stopped_for": "asked"},
            ["done", "current", "next"],
            "사용 중지되어 있습니다",
        ),
    ],
)
def test_the_wizard_shows_where_the_member_stands(member, _case, row: Any, then, said) -> None:
    if row is not None:
        register(member, **row)
    page = text(client_of(member), "bank_change")
    assert (ticks(page), said in page) == (then, True)


def test_the_wizard_waits_while_a_new_one_is_checked(member) -> None:
    register(member)
    parked(member)
    page = text(client_of(member), "bank_change")
    assert (ticks(page), "상태를 확인하고 있습니다" in page) == (["done", "done", "current"], True)


def test_the_wizard_is_finished_when_the_new_one_is_registered(member) -> None:
    register(member, status="replaced", ended_at=NOW)
    register(member, serial="0b", bank_name="신한은행", registered_at=NOW)
    page = text(client_of(member), "bank_change")
    assert (ticks(page), "새 인증서가 등록되었습니다" in page, "신한은행" in page) == (["done"] * 3, True, True)


def test_a_stopped_new_one_leaves_the_old_one_in_use(member) -> None:
    register(member)
    register(member, serial="0b", status="disabled", ended_at=NOW, registered_at=NOW, stopped_for="frozen")
    assert "등록된 인증서가 아직 유효합니다" in text(client_of(member), "bank_change")


def test_nobody_sees_where_another_member_stands(member) -> None:
    register(make_member(), bank_name="부산은행", status="revoked", ended_at=NOW)
    assert "부산은행" not in text(client_of(member), "bank_change")
    for client in (client_of(None), staff()):
        page = text(client, "bank_change")
        assert (ticks(page), "조합에 등록된 인증서" in page) == (["next"] * 3, False)


def staff() -> Client:
    client = Client()
    client.force_login(make_user(Role.IT_SUPPORT), backend=BACKEND)
    return client


# ── ③ The error finder ──


@pytest.mark.parametrize(
    ("_case", "question", "title", "old"),
    [
        ("S43", "쇼핑몰과 금융결제원간 통신오류입니다.", "쇼핑몰과 금융결제원간 통신오류", "c:/windows/yesssign"),
        ("S43 오타", "쇼핑몰과금융결재원간 통신 오류", "쇼핑몰과 금융결제원간 통신오류", "c:/windows/yesssign"),
        ("S44", "주체값을 가져오지 못했습니다", "주체값을 가져오지 못했습니다", "XecureWeb ver7.2"),
        ("S44 오타", "주채값을 가저오지 못했읍니다", "주체값을 가져오지 못했습니다", "XecureWeb ver7.2"),
    ],
)
def test_the_seeds_messages_find_what_to_do_today(_case, question, title, old) -> None:
    client = client_of(None)
    page = client.get(reverse("certificates:errors"), {"q": question}).content.decode()
    assert re.findall(r"<article[^>]*>\s*<h2>([^<]+)</h2>", page) == [title]
    today, _, before = page.partition("예전 해결 방법 보기")
    assert ("설치할 프로그램이 없습니다" in today, old in before, "구버전" in before) == (True, True, True)
    assert old not in today


def test_a_sentence_of_the_portal_finds_its_steps() -> None:
    page = client_of(None).get(reverse("certificates:errors"), {"q": "이미 처리된 요청입니다."}).content.decode()
    assert "처음부터 다시 진행해 주세요" in page


@pytest.mark.parametrize("question", ["<script>alert(1)</script>", "' OR 1=1 --", "\x00", "가" * 5000, "☃"])
def test_odd_questions_are_answered_plainly(question: str) -> None:
    response = client_of(None).get(reverse("certificates:errors"), {"q": question})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_nothing_found_says_whom_to_call() -> None:
    page = client_of(None).get(reverse("certificates:errors"), {"q": "보증료 환불"}).content.decode()
    assert ("맞는 안내를 찾지 못했습니다" in page, "정보시스템부" in page) == (True, True)


# ── By telephone ──


def test_the_code_of_the_text_leads_to_the_signature(member) -> None:
    taker, checker = make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    approve(take_call(member, taker), checker)
    typed = code_sent().lower().replace("-", " ")
    answer = client_of(None).post(reverse("certificates:by_phone"), {"code": typed})
    assert answer["Location"] == reverse("certificates:sign")
    assert APPROVED == NOW


@pytest.mark.parametrize("typed", ["", "1234", "가나다라마바사아자차카타", "7K2M-X9QA-04T!", "7K2M-X9QA-04TB-1"])
def test_what_is_no_code_is_asked_again(typed: str) -> None:
    answer = client_of(None).post(reverse("certificates:by_phone"), {"code": typed})
    assert (answer.status_code, "입력한 내용을 확인해 주세요" in answer.content.decode()) == (200, True)


def test_a_wrong_code_says_whom_to_call() -> None:
    answer = client_of(None).post(reverse("certificates:by_phone"), {"code": "7K2M-X9QA-04TB"})
    assert answer.status_code == 410
    assert "정보시스템부에 전화해 새로 접수해 주세요" in answer.content.decode()


def test_reading_writes_nothing(member) -> None:
    register(member)
    before = list(BankCertificate.everything.values_list())
    for name in PAGES:
        text(client_of(member), name)
    assert list(BankCertificate.everything.values_list()) == before
