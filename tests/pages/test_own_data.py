"""내 자료 내려받기: a member's own rows, and nobody else's, as CSV and as one workbook."""

import csv
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import time_machine
from django.test import Client

from guarantees.own_data import SHEETS
from guarantees.views.own_data import PER_PERSON
from portal.audit.models import AuditEvent
from portal.csv_cells import harmless
from portal.members.models import User
from sms.actions.mileage import earn
from sms.outbox import Draft, queue
from tests.factories import at, make_guarantee
from tests.stories import BACKEND, Cast, make_cast, submitted

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")  # Mon


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def rows_of(cast: Cast, sheet: str) -> list[list[str]]:
    answer = browser(cast.user).get(f"/mypage/data/{sheet}.csv")
    assert answer["Content-Disposition"] == f'attachment; filename="{sheet}-2026-11-23.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_guarantees_with_whole_amounts_and_dates(cast: Cast) -> None:
    one = make_guarantee(cast.member, ends_on=date(2026, 12, 31), contract_name="=HYPERLINK(1)", fee=120_000)
    make_guarantee(make_cast().member)
    head, *rows = rows_of(cast, "guarantees")
    assert head == [label for label, _kind in SHEETS["guarantees"].columns]
    assert rows == [
        [one.number, "계약보증", "유효", "'=HYPERLINK(1)", "", "가상시청 시설과", "50000000", "50000000",
         "2026-03-06", "2026-12-31", "2026-03-06", "120000"],
    ]  # fmt: skip


def test_applications_and_payments(cast: Cast) -> None:
    one = submitted(cast)
    submitted(make_cast())
    _head, *rows = rows_of(cast, "applications")
    assert [(row[0], row[2], row[5], row[8]) for row in rows] == [
        (one.number, "접수", "30000000", "2026-11-20 10:00")
    ]
    assert rows_of(cast, "payments")[1:] == []


def test_messages_without_codes_and_with_masked_numbers(cast: Cast) -> None:
    told = {"member_id": cast.member.pk, "recipient_name": "김가온", "to": "01000001234"}
    drafts = [
        Draft(key="a", channel="sms", purpose="expiry_notice", body="-3일 남음", **told),
        Draft(key="b", channel="sms", purpose="one_time_code", body="인증번호 1", **told),
        Draft(key="c", channel="sms", purpose="bank_certificate", body="https://example.kr/secret", **told),
    ]
    queue(drafts, at=NOON)
    _head, *rows = rows_of(cast, "messages")
    assert sorted((row[1], row[4], row[5], row[6]) for row in rows) == [
        ("보증해제대상 안내", "010-****-1234", "'-3일 남음", "발송 대기"),
        ("인증서 안내", "010-****-1234", "", "발송 대기"),
    ]


def test_the_whole_mileage_account(cast: Cast) -> None:
    for number, day in enumerate(("2026-01-05 10:00", "2026-11-20 10:00")):
        earn(member_id=cast.member.pk, source=f"시험:{number}", label="계약보증", at=at(day))
    _head, *rows = rows_of(cast, "mileage")
    assert [(row[0], row[1], row[4], row[7]) for row in rows] == [
        ("2026-01-05 10:00", "적립", "1", "1"), ("2026-11-20 10:00", "적립", "1", "2"),
    ]  # fmt: skip
    assert rows_of(make_cast(), "mileage")[1:] == []


# ── 엑셀 ──

XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def opened(content: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """By sheet: each row's cells as (kind of cell and of its format, value as it is stored)."""
    book = ZipFile(BytesIO(content))
    names = [
        str(one.get("name")) for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{XLSX}sheet")
    ]
    shapes = ElementTree.fromstring(book.read("xl/styles.xml"))
    codes = {one.get("numFmtId"): str(one.get("formatCode")) for one in shapes.iter(f"{XLSX}numFmt")}
    used = [str(one.get("numFmtId")) for one in shapes.find(f"{XLSX}cellXfs") or ()]

    def cell(one: Any) -> tuple[str, str]:
        inline = "".join(part.text or "" for part in one.iter(f"{XLSX}t"))
        shape = used[int(one.get("s", 0))]
        return (one.get("t") or codes.get(shape, shape), inline or (one.findtext(f"{XLSX}v") or ""))

    found = {}
    for place, name in enumerate(names, start=1):
        page = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{place}.xml"))
        found[name] = [[cell(one) for one in row] for row in page.iter(f"{XLSX}row")]
    return found


def test_a_workbook_of_dates_and_numbers(cast: Cast) -> None:
    one = make_guarantee(cast.member, ends_on=date(2026, 12, 31), contract_name="=1+1")
    submitted(cast)
    make_guarantee(make_cast().member)
    answer = browser(cast.user).get("/mypage/data/all.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="own-data-2026-11-23.xlsx"'
    book = opened(answer.content)
    assert list(book) == ["보증", "신청", "납부", "문자·이메일", "마일리지"]
    assert [len(rows) for rows in book.values()][:3] == [2, 2, 1]
    head, guarantee = [label for _kind, label in book["보증"][0]], book["보증"][1]
    assert head == [label for label, _kind in SHEETS["guarantees"].columns]
    assert guarantee[0] == ("inlineStr", one.number)
    assert ("inlineStr", "=1+1") in guarantee  # text, not a formula
    assert ("#,##0", "50000000") in guarantee
    assert ("yyyy-mm-dd", str((date(2026, 12, 31) - date(1899, 12, 30)).days)) in guarantee
    received = next(value for kind, value in book["신청"][1] if kind == "yyyy-mm-dd hh:mm")
    days = (date(2026, 11, 20) - date(1899, 12, 30)).days
    assert float(received) == pytest.approx(days + 10 / 24)  # ten o'clock in Seoul


# ── Trail and limits ──


def test_it_is_written_down(cast: Cast) -> None:
    make_guarantee(cast.member)
    client = browser(cast.user)
    client.get("/mypage/data/guarantees.csv")
    client.get("/mypage/data/all.xlsx")
    taken = AuditEvent.everything.filter(action="member.export").order_by("id")
    none = dict.fromkeys(("applications", "payments", "messages", "mileage"), 0)
    assert [(event.actor_id, event.member_id, event.detail) for event in taken] == [
        (cast.user.pk, cast.member.pk, {"form": "csv", "rows": {"guarantees": 1}}),
        (cast.user.pk, cast.member.pk, {"form": "xlsx", "rows": {"guarantees": 1, **none}}),
    ]


def test_too_many_files_in_an_hour_are_refused_without_a_trace(cast: Cast) -> None:
    client = browser(cast.user)
    for _ in range(PER_PERSON.most):
        assert client.get("/mypage/data/payments.csv").status_code == 200
    refused = client.get("/mypage/data/payments.csv", follow=True)
    assert "여러 번 내려받으셨습니다" in refused.content.decode()
    assert AuditEvent.everything.filter(action="member.export").count() == PER_PERSON.most


def test_there_are_no_other_tables(cast: Cast) -> None:
    assert browser(cast.user).get("/mypage/data/users.csv").status_code == 404
    assert AuditEvent.everything.filter(action="member.export").count() == 0


@pytest.mark.parametrize(
    ("_case", "cell", "then"),
    [
        ("수식", "=1+1", "'=1+1"),
        ("빈칸 뒤의 수식", "  @SUM(1)", "'  @SUM(1)"),
        ("줄바꿈 뒤의 수식", "\n-1", "'\n-1"),
        ("보통 글", "가온초 (1-2동)", "가온초 (1-2동)"),
    ],
)
def test_no_cell_is_calculated(_case: str, cell: str, then: str) -> None:
    assert harmless(cell) == then
