"""진위확인 from the paper to the answer, through the public page (DOMAIN §2.3)."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from guarantees.actions.documents import make_document
from guarantees.actions.releasing import release
from guarantees.document.demo_ca import mint
from guarantees.document.render import render
from guarantees.document.seal import Seal
from guarantees.documents import content_of
from guarantees.models import Guarantee, GuaranteeDocument
from guarantees.rules.numbering import format_number
from guarantees.slots import slot
from portal import clock
from portal.audit.models import AuditEvent
from portal.identifiers import format_business_number
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_guarantee
from tests.flows.delivery_world import AT, BENEFICIARY, code_on, document_of, issued
from tests.rules.document.samples import CONTRACT_GUARANTEE
from tests.stories import Cast, admin, make_cast

pytestmark = pytest.mark.django_db
URL = "/verify/"
WRONG_CODE = "0000-0000-0000-0000"


@dataclass(frozen=True)
class Paper:
    """What a purchasing officer has on his desk, and the people behind it."""

    cast: Cast
    guarantee: Guarantee
    document: GuaranteeDocument
    code: str
    folder: Path


@pytest.fixture(scope="module")
def paper(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Paper]:
    """Issued once; each test works in a savepoint of its own."""
    folder = tmp_path_factory.mktemp("documents")
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DOCUMENT_FOLDER", folder)
        fill_calendar()
        cast = make_cast()
        guarantee = issued(cast)
        document = document_of(guarantee)
        yield Paper(cast, guarantee, document, code_on(document), folder)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def day_of_issue(paper: Paper, settings: Any) -> Iterator[None]:
    settings.DOCUMENT_FOLDER = paper.folder
    with mock.patch("portal.clock.now", return_value=AT + timedelta(hours=1)):
        yield


def ask(client: Client, paper: Paper, **typed: str) -> HttpResponse:
    given = {"way": "number", "number": paper.guarantee.number, **typed}
    return client.post(URL, given)


def everything(paper: Paper) -> dict[str, str]:
    """As it stands on the paper."""
    return {
        "code": paper.code, "issued_on": "2026-11-20", "amount": "30,000,000", "starts_on": "2026-11-16",
        "ends_on": "2027-06-30", "beneficiary_number": format_business_number(BENEFICIARY),
        "debtor_number": format_business_number(paper.cast.member.business_number), "contract_number": "2026-0001",
    }  # fmt: skip


def title(page: HttpResponse) -> str:
    found = re.search(r'class="verdict (\w+)".*?<h1>(.*?)</h1>', page.content.decode(), re.S)
    assert found, page.content.decode()
    return f"{found[1]}: {found[2]}"


def results(page: HttpResponse) -> list[str]:
    found = re.findall(r'class="found \w+"><svg.*?</svg>(.*?)</span></td>', page.content.decode(), re.S)
    return [word.strip() for word in found]


VALID = "ok: 유효한 보증서입니다"
PARTLY = "info: 조합이 발급한 보증서가 있습니다. 내용은 다 대조하지 않았습니다"
ISSUED = "info: 조합이 발급한 보증서입니다. 지금 유효한지는 확인하지 않았습니다"
DIFFERENT = "error: 보증서와 다른 내용이 있습니다"
UNKNOWN = "error: 확인되지 않는 보증서입니다"
VOID = "error: 효력이 없는 보증서입니다"
OUTDATED = "error: 새 보증서로 대체된 보증서입니다"
FORGED = "error: 조합이 발급한 파일이 아닙니다"
MATCH, MISMATCH, NOT_ASKED = "일치", "불일치", "대조하지 않음"


# ── By number ──


def test_all_of_the_paper_compared(client: Client, paper: Paper) -> None:
    page = ask(client, paper, **everything(paper))
    assert (page.status_code, title(page), results(page)) == (200, VALID, [MATCH] * 6)
    assert "<dd><b>유효</b></dd>" in page.content.decode()


@pytest.mark.parametrize(
    ("_case", "typed", "then", "compared"),
    [
        ("발급일만", {"issued_on": "2026-11-20"}, ISSUED, [MATCH, *[NOT_ASKED] * 5]),
        ("발급일과 금액", {"issued_on": "20261120", "amount": "30000000"}, ISSUED, [MATCH] * 2 + [NOT_ASKED] * 4),
        ("발급일과 다른 금액", {"issued_on": "2026-11-20", "amount": "300,000,000"}, DIFFERENT,
         [MATCH, MISMATCH, *[NOT_ASKED] * 4]),
        ("확인코드만", {"code": "paper"}, PARTLY, [NOT_ASKED] * 6),
        ("확인코드와 하루 긴 기간", {"code": "paper", "starts_on": "2026-11-16", "ends_on": "2027-07-01"},
         DIFFERENT, [*[NOT_ASKED] * 2, MISMATCH, *[NOT_ASKED] * 3]),
        ("확인코드와 다른 발급일", {"code": "paper", "issued_on": "2026-11-21"}, DIFFERENT,
         [MISMATCH, *[NOT_ASKED] * 5]),
    ],
)  # fmt: skip
def test_field_by_field(
    client: Client, paper: Paper, _case: str, typed: dict[str, str], then: str, compared: list[str]
) -> None:
    given = {name: paper.code if value == "paper" else value for name, value in typed.items()}
    page = ask(client, paper, **given)
    assert (title(page), results(page)) == (then, compared)


def test_no_value_is_told_that_was_not_typed(client: Client, paper: Paper) -> None:
    """Neither the true one beside a wrong one, nor any name."""
    pages = [
        ask(client, paper, issued_on="2026-11-20", amount="1", contract_number="x", debtor_number=BENEFICIARY),
        ask(client, paper, code=paper.code, amount="1"),
        client.get(reverse("public:verify_code", args=[paper.guarantee.number, paper.code])),
    ]
    secrets = (
        "30,000,000", "2027. 6. 30", "2026. 11. 16", "2026-0001", paper.cast.member.name, "누리교육지원청",
        paper.cast.member.business_number, format_business_number(paper.cast.member.business_number),
        "가온초", paper.cast.branch.name, format_business_number(BENEFICIARY) + "</dd>",
    )  # fmt: skip
    told = [secret for page in pages for secret in secrets if secret in page.content.decode()]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert told == []


def test_a_code_is_read_as_people_write_it(client: Client, paper: Paper) -> None:
    typed = paper.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert title(ask(client, paper, code=typed)) == PARTLY


def test_the_qr_code_leads_to_the_answer_and_on_to_comparing(client: Client, paper: Paper) -> None:
    page = client.get(f"/verify/{paper.guarantee.number}/{paper.code.replace('-', '')}/")
    assert (page.status_code, title(page)) == (200, PARTLY)
    assert f'value="{paper.code}"' in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert page["Referrer-Policy"] == "same-origin"


# ── Unknown and wrong are one ──


def test_unknown_and_wrong_are_answered_alike_and_cost_alike(client: Client, paper: Paper) -> None:
    """Another number, another date, another code, an older number: one body, one count of statements."""
    unknown = format_number(2026, "C1", 777)
    asked = [
        ("number", {"number": unknown, "issued_on": "2026-11-20"}),
        ("number", {"number": paper.guarantee.number, "issued_on": "2026-11-21"}),
        ("code", {"number": unknown, "code": paper.code}),
        ("code", {"number": paper.guarantee.number, "code": WRONG_CODE}),
    ]
    seen: dict[str, set[tuple[str, int]]] = {"number": set(), "code": set()}
    for kind, typed in asked:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.post(URL, {"way": "number", **typed})
        assert (title(page), results(page)) == (UNKNOWN, [])
        seen[kind].add((without_what_was_typed(page, typed), len(queries)))
    assert {kind: len(found) for kind, found in seen.items()} == {"number": 1, "code": 1}


def without_what_was_typed(page: HttpResponse, typed: dict[str, str]) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN", page.content.decode())
    text = re.sub(r"V\d{6}-\w{6}", "REFERENCE", text)
    for value in typed.values():
        text = text.replace(f'"{value}"', "TYPED").replace(f">{value}<", "TYPED")
    return text


def test_a_code_of_another_guarantee_does_not_fit(client: Client, paper: Paper) -> None:
    other = issued(paper.cast)
    assert title(client.post(URL, {"way": "number", "number": other.number, "code": paper.code})) == UNKNOWN


@pytest.mark.parametrize(
    ("_case", "typed", "sentence"),
    [
        ("번호만", {"number": "2026-C1-000001-2"}, "확인코드나 발급일 가운데 하나는 꼭"),
        ("검사숫자가 다름", {"number": "2026-C1-000001-9", "issued_on": "2026-11-20"}, "보증서번호가 맞지 않습"),
        ("짧은 코드", {"number": "2026-C1-000001-2", "code": "7K3M"}, "확인코드가 맞지 않습니다"),
        ("끝 날짜만", {"number": "2026-C1-000001-2", "issued_on": "2026-11-20", "ends_on": "2027-06-30"},
         "시작일과 종료일을 함께"),
        ("파일 없음", {"way": "file"}, "파일을 골라 주세요"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_at_the_field(
    client: Client, paper: Paper, _case: str, typed: dict[str, str], sentence: str
) -> None:
    before = AuditEvent.everything.count()
    page = client.post(URL, {"way": "number", **typed})
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert AuditEvent.everything.count() == before


# ── What has become of it ──


def test_a_released_guarantee_is_worthless(client: Client, paper: Paper) -> None:
    release(
        guarantee_id=paper.guarantee.pk,
        by=admin(paper.cast.officer),
        at=AT,
        ground="confirmed",
        note="준공 확인서 확인",
    )
    assert title(ask(client, paper, **everything(paper))) == VOID
    assert title(ask(client, paper, issued_on="2026-11-20")) == ISSUED


def test_a_cancelled_guarantee_is_worthless(client: Client, paper: Paper) -> None:
    Guarantee.everything.filter(pk=paper.guarantee.pk).update(
        state="cancelled", cancelled_at=AT, cancel_reason="계약 해지", outstanding=0
    )
    assert title(ask(client, paper, **everything(paper))) == VOID


def test_a_replaced_paper_says_so_and_the_new_one_is_good(client: Client, paper: Paper) -> None:
    changed = Guarantee.everything.get(pk=paper.guarantee.pk)
    changed.version, changed.amount, changed.outstanding = 1, 40_000_000, 40_000_000
    changed.save()
    document = make_document(guarantee=changed, at=AT, officer=None)
    old = ask(client, paper, **everything(paper))
    assert (title(old), "변경 발급으로 대체됨" in old.content.decode()) == (OUTDATED, True)
    new = {**everything(paper), "code": code_on(document), "number": document.printed["number"]}
    assert document.printed["number"].endswith("/1")
    assert title(ask(client, paper, **new)) == DIFFERENT
    assert title(ask(client, paper, **{**new, "amount": "40,000,000"})) == VALID


def test_a_guarantee_of_the_older_books_is_known_by_its_date(client: Client, paper: Paper) -> None:
    old = make_guarantee(paper.cast.member, number="제2019-공사-0412호", issued_on=date(2026, 3, 6))
    typed = {"way": "number", "number": old.number, "issued_on": "2026-03-06", "amount": "50,000,000"}
    assert title(client.post(URL, typed)) == ISSUED
    assert title(client.post(URL, {**typed, "issued_on": "2026-03-07"})) == UNKNOWN


# ── By file ──


def upload(client: Client, content: bytes) -> HttpResponse:
    file = SimpleUploadedFile("보증서.pdf", content, content_type="application/pdf")
    return client.post(URL, {"way": "file", "file": file})


def findings(page: HttpResponse) -> list[str]:
    return re.findall(r'<li class="found (\w+)">', page.content.decode())


def test_the_original_is_genuine_and_shows_its_contents(client: Client, paper: Paper) -> None:
    page = upload(client, content_of(paper.document))
    assert (title(page), findings(page)) == (VALID, ["ok"] * 7)
    for words in ("30,000,000원", "누리교육지원청", paper.cast.member.name, "2027. 6. 30.(수)"):
        assert words in page.content.decode()


def test_the_original_of_a_released_guarantee_is_worthless(client: Client, paper: Paper) -> None:
    release(
        guarantee_id=paper.guarantee.pk,
        by=admin(paper.cast.officer),
        at=AT,
        ground="confirmed",
        note="준공 확인서 확인",
    )
    assert title(upload(client, content_of(paper.document))) == VOID


def edited(content: bytes) -> bytes:
    """One byte in the middle of the file."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def added_to(content: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    writer.root["/Extra"] = writer.root["/Type"]
    writer.update_root()
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("_case", "make", "first_trouble"),
    [
        ("PDF가 아님", lambda content: b"hello", "보증서 PDF로 읽을 수 없는 파일입니다"),
        ("빈틈없이 베낀 미서명본", lambda content: render(CONTRACT_GUARANTEE), "전자서명이 하나만 들어 있어야"),
        ("서명한 뒤 덧붙임", added_to, "덧붙인 내용이 있습니다"),
    ],
)
def test_a_file_that_is_not_ours(client: Client, paper: Paper, _case: str, make: Any, first_trouble: str) -> None:
    page = upload(client, make(content_of(paper.document)))
    assert title(page) == FORGED
    assert first_trouble in re.search(r'class="verdict.*?</section>', page.content.decode(), re.S)[0]
    assert "ok" not in findings(page)[-1:]
    assert paper.cast.member.name not in page.content.decode()


@pytest.mark.slow
def test_an_edited_file_is_not_ours(client: Client, paper: Paper) -> None:
    assert title(upload(client, edited(content_of(paper.document)))) == FORGED


def test_a_document_sealed_by_somebody_else(client: Client, paper: Paper, tmp_path: Path) -> None:
    """The same words under another's seal of the same name."""
    forger = mint(tmp_path / "forger", name="설비공제조합", at=AT)
    page = upload(client, Seal(forger.key_files.open()).apply(render(CONTRACT_GUARANTEE), at=AT))
    assert title(page) == FORGED
    assert "조합의 인증서로 서명된 문서가 아닙니다" in page.content.decode()


def test_too_large_a_file_is_not_read(client: Client, paper: Paper) -> None:
    page = upload(client, b"%PDF-1.7\n" + b"0" * (5 * 1024 * 1024))
    assert "파일이 5MB를 넘습니다" in page.content.decode()


def test_only_so_many_files_at_once(client: Client, paper: Paper, settings: Any) -> None:
    """The places are held by another connection, as by another process."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            for place in (0, 1):
                cursor.execute("SELECT pg_advisory_lock(hashtext('slot:verify-file'), %s)", [place])
        page = upload(client, b"hello")
        assert (page.status_code, page["Retry-After"]) == (503, "30")
        assert "1분쯤 뒤에 같은 파일을 다시" in page.content.decode()
    finally:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        other.close()
    assert title(upload(client, b"hello")) == FORGED


def test_a_place_is_given_back(paper: Paper) -> None:
    for _time in range(3):
        with slot("test", most=1) as is_free:
            assert is_free


# ── Counted and recorded ──


def test_every_question_leaves_a_trace_without_its_secrets(client: Client, paper: Paper) -> None:
    page = ask(client, paper, **everything(paper))
    event = AuditEvent.everything.filter(action="verification.ask").latest("id")
    reference = re.search(r"V\d{6}-\w{6}", page.content.decode())
    assert reference
    assert (event.subject_label, event.member_id, event.actor_name) == (
        paper.guarantee.number, paper.cast.member.pk, "방문자"
    )  # fmt: skip
    assert event.detail == {
        "way": "code", "verdict": "valid", "reference": reference[0],
        "compared": dict.fromkeys(
            ["issued_on", "amount", "period", "beneficiary_number", "contract_number", "debtor_number"], "match"
        ),
    }  # fmt: skip
    assert paper.code.replace("-", "") not in str(event.__dict__)


def test_what_was_typed_into_the_number_field_may_be_a_secret(client: Client, paper: Paper) -> None:
    client.post(URL, {"way": "number", "number": "800101-1234567", "issued_on": "2026-11-20"})
    event = AuditEvent.everything.filter(action="verification.ask").latest("id")
    assert event.detail["verdict"] == "unknown"
    assert "800101" not in str(event.__dict__)


def test_an_address_asks_so_often_and_no_more(client: Client, paper: Paper) -> None:
    """Thirty in ten minutes, from one IPv6 network as from one address; the next window is free again."""
    asked = [
        client.post(URL, {"way": "number", "number": "x", "code": WRONG_CODE}, REMOTE_ADDR=f"2001:db8::{n + 1:x}")
        for n in range(31)
    ]
    assert [page.status_code for page in asked] == [200] * 30 + [429]
    assert (asked[-1]["Retry-After"], "10분 뒤에 다시" in asked[-1].content.decode()) == ("600", True)
    assert ask(client, paper, code=WRONG_CODE).status_code == 200  # from another address
    with mock.patch("portal.clock.now", return_value=clock.now() + timedelta(minutes=10)):
        again = client.post(URL, {"way": "number", "number": "x", "code": WRONG_CODE}, REMOTE_ADDR="2001:db8::1")
    assert again.status_code == 200


def test_the_date_of_a_number_is_not_found_by_trying(client: Client, paper: Paper) -> None:
    """Thirty in an hour for one number, however it is written, from all addresses; the code stays free."""
    spellings = (paper.guarantee.number, paper.guarantee.number.replace("-", "").lower())
    asked = [
        client.post(
            URL,
            {"way": "number", "number": spellings[n % 2], "issued_on": f"2026-10-{n % 28 + 1:02}"},
            REMOTE_ADDR=f"10.0.0.{n + 1}",
        )
        for n in range(31)
    ]
    assert [page.status_code for page in asked] == [200] * 30 + [429]
    right = client.post(
        URL, {"way": "number", "number": spellings[0], "issued_on": "2026-11-20"}, REMOTE_ADDR="10.0.1.1"
    )
    assert right.status_code == 429
    assert title(ask(client, paper, code=paper.code)) == PARTLY
