"""진위확인 and the beneficiary's pages in English; everything else in Korean, whatever the browser asks for."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from guarantees.documents import content_of
from guarantees.models import Guarantee, Product
from guarantees.procurement.client import NoSystem
from portal.identifiers import format_business_number
from tests.calendar_2024_2030 import fill_calendar
from tests.flows.delivery_world import AT, BENEFICIARY, code_on, deliver, document_of, issued, last_link
from tests.pages.urls_table import patterns
from tests.stories import Cast, make_cast

pytestmark = pytest.mark.django_db
HANGUL = re.compile("[가-힣]+")
SOON = AT + timedelta(minutes=1)
ENGLISH = {"headers": {"accept-language": "en-US,en;q=0.9"}}


@pytest.fixture
def cast(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    settings.DOCUMENT_FOLDER = tmp_path / "documents"
    monkeypatch.setattr("portal.clock.now", lambda: SOON)
    fill_calendar()
    return make_cast()


@pytest.fixture
def guarantee(cast: Cast) -> Guarantee:
    """On its way to the beneficiary by e-mail."""
    made = issued(cast, "email")
    deliver(NoSystem(), SOON)
    return made


@pytest.fixture
def reader(client: Client) -> Client:
    """Who chose English."""
    client.cookies["lang"] = "en"
    return client


def text(page: HttpResponse) -> str:
    return unescape(page.content.decode())


def korean_in(page: HttpResponse, guarantee: Guarantee | None = None, *typed: str) -> list[str]:
    """What is left in Korean beside names, contents of the document and what was typed."""
    shown = re.sub(r"<!--.*?-->", "", text(page)).replace(">한국어<", "><").replace("언어 · Language", "")
    if guarantee is not None:
        member = guarantee.member
        data = (
            member.name, guarantee.beneficiary_name, guarantee.contract_name, member.branch.name,
            document_of(guarantee).printed["debtor_name"],
        )  # fmt: skip
        for value in sorted((*data, *typed), key=len, reverse=True):
            shown = shown.replace(value, "")
    return HANGUL.findall(shown)


@pytest.mark.parametrize(
    ("_case", "asked", "then"),
    [
        ("아무 말도 없으면", "", "ko"),
        ("한국어 먼저", "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("영어 먼저", "en-US,en;q=0.9,ko;q=0.5", "en"),
        ("둘 다 아니면 영어", "vi-VN,vi;q=0.9", "en"),
        ("무엇이든", "*", "ko"),
        ("읽을 수 없는 값", "?;q=x", "ko"),
    ],
)
def test_the_browser_is_asked(client: Client, _case: str, asked: str, then: str) -> None:
    page = client.get("/verify/", headers={"accept-language": asked} if asked else {})
    assert f'<html lang="{then}">' in text(page)
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in page["Vary"].split(",")}


def test_the_switch_is_kept_and_goes_back(client: Client) -> None:
    first = text(client.get("/verify/"))
    assert '<a href="?lang=en" lang="en" hreflang="en">English</a>' in first
    client.get("/verify/?lang=en")
    assert client.cookies["lang"].value == "en"
    assert "Verify a guarantee document" in text(client.get("/verify/"))
    client.get("/verify/?lang=ko", **ENGLISH)
    assert "보증서 진위확인" in text(client.get("/verify/", **ENGLISH))


def test_an_unknown_language_is_not_kept(client: Client) -> None:
    client.get("/verify/?lang=xx")
    assert "lang" not in client.cookies


OTHERS = ("home", "search", "sitemap", "privacy", "account_login", "helpdesk:faq", "certificates:cyber")


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_page_stays_korean(reader: Client, name: str) -> None:
    page = text(reader.get(reverse(name), **ENGLISH))
    assert '<html lang="ko">' in page
    assert ">English<" not in page


def test_which_pages_speak_english() -> None:
    """A new page below these addresses belongs to them; a new one elsewhere is Korean."""
    ours = {name for name in patterns() if name.startswith("public:")}
    assert ours - {"public:procurement_answers"} == {
        "public:verify", "public:verify_code", "public:beneficiary", "public:beneficiary_document",
        "public:beneficiary_accept", "public:beneficiary_return", "public:beneficiary_complete",
    }  # fmt: skip


def everything(guarantee: Guarantee) -> dict[str, str]:
    return {
        "way": "number", "number": guarantee.number, "code": code_on(document_of(guarantee)),
        "issued_on": "2026-11-20", "amount": "30,000,000", "starts_on": "2026-11-16", "ends_on": "2027-06-30",
        "beneficiary_number": format_business_number(BENEFICIARY),
        "debtor_number": format_business_number(guarantee.member.business_number), "contract_number": "2026-0001",
    }  # fmt: skip


def asked(guarantee: Guarantee) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(case, what is posted, what the answer must say) through every kind of answer and mistake."""
    all_of_it = everything(guarantee)
    number, code = all_of_it["number"], all_of_it["code"]
    pdf = content_of(document_of(guarantee))
    file = SimpleUploadedFile
    yield "all of it", all_of_it, "This guarantee document is valid"
    yield "amount and dates", all_of_it, "KRW 30,000,000"
    yield "the dates", all_of_it, "16 November 2026 (Mon) ~ 30 June 2027 (Wed)"
    yield "partly", {"way": "number", "number": number, "code": code}, "Not all of its contents were compared"
    yield "by date", {"way": "number", "number": number, "issued_on": "2026-11-20"}, "We issued this document."
    yield "different", {**all_of_it, "amount": "1"}, "Some details differ"
    yield "unknown", {"way": "number", "number": number, "issued_on": "2026-11-19"}, "cannot be confirmed"
    yield "nothing", {"way": "number"}, "This field is required."
    yield (
        "no code",
        {"way": "number", "number": number},
        "Please enter the verification code or the date of issue.",
    )
    yield "a slip", {"way": "number", "number": "2026-C1-000001-9", "code": "x"}, "not a valid guarantee number"
    mistakes = {"amount": "1,23", "starts_on": "x", "ends_on": "1900-01-01", "debtor_number": "1"}
    yield "mistakes", {"way": "number", "number": number, "code": code, **mistakes}, "This is not a date."
    yield (
        "half a period",
        {**all_of_it, "ends_on": "", "beneficiary_number": "1234567890"},
        "first and the last day",
    )
    yield "the file", {"way": "file", "file": file("a.pdf", pdf)}, "Contract guarantee"
    yield "another file", {"way": "file", "file": file("a.pdf", b"%PDF-1.7 x")}, "We did not issue this file"
    yield "an empty file", {"way": "file", "file": file("a.pdf", b"")}, "The file is empty."
    yield "no file", {"way": "file"}, "Please choose a file."


def test_every_answer_is_english(reader: Client, guarantee: Guarantee) -> None:
    left = {}
    for case, posted, then in asked(guarantee):
        page = reader.post("/verify/", posted, headers={"x-forwarded-for": ""})
        assert then in text(page).replace("\n", " "), case
        left[case] = korean_in(page, guarantee)
    assert {case: found for case, found in left.items() if found} == {}


def test_the_other_pages_of_verifying_are_english(
    reader: Client, guarantee: Guarantee, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = reader.get(reverse("public:verify_code", args=[guarantee.number, code_on(document_of(guarantee))]))
    assert "In force" in text(code)
    monkeypatch.setattr("guarantees.views.verification.FILES_AT_ONCE", 0)
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
    busy = reader.post("/verify/", {"way": "file", "file": file})
    for _again in range(31):
        waiting = reader.post("/verify/", {"way": "number", "number": "x", "issued_on": "2026-11-20"})
    assert (busy.status_code, waiting.status_code) == (503, 429)
    pages = {"form": reader.get("/verify/"), "code": code, "busy": busy, "waiting": waiting}
    assert {name: left for name, page in pages.items() if (left := korean_in(page, guarantee))} == {}


def test_every_page_of_the_beneficiary_is_english(reader: Client, guarantee: Guarantee) -> None:
    url = f"/b/{last_link(guarantee)}/"
    pages = {
        "sent": reader.get(url),
        "accepted without a name": reader.post(f"{url}accept/", {}),
        "returned without a reason": reader.post(f"{url}return/", {"name": "Jane"}),
        "completed too early": reader.post(f"{url}complete/", {"name": "Jane", "completed_on": "2026-11-19"}),
        "accepted": reader.post(f"{url}accept/", {"name": "Jane"}, follow=True),
        "returned too late": reader.post(f"{url}return/", {"name": "Jane", "reason": "wrong"}),
        "too large a part": reader.post(
            f"{url}complete/", {"name": "Jane", "completed_on": "2026-11-19", "amount": "99,000,000"}
        ),
        "in the future": reader.post(f"{url}complete/", {"name": "Jane", "completed_on": "2027-11-19"}),
        "completed": reader.post(f"{url}complete/", {"name": "Jane", "completed_on": "2026-11-19"}, follow=True),
        "no such link": reader.get("/b/unknown/"),
    }
    assert {name: left for name, page in pages.items() if (left := korean_in(page, guarantee))} == {}
    assert "Accepted. The member and the cooperative have been told." in text(pages["accepted"])
    assert "This cannot be done as the guarantee stands." in text(pages["too large a part"])
    assert f'<a href="{url}?lang=ko"' in text(pages["accepted without a name"]), (
        "back to a page that can be opened"
    )


def test_a_stale_form_is_told_in_its_language(guarantee: Guarantee) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["lang"] = "en"
    stale = browser.post("/verify/", everything(guarantee))
    assert (stale.status_code, korean_in(stale)) == (403, [])
    assert "안전을 위해" in text(browser.post(reverse("helpdesk:ask"), {}))


def test_every_product_has_an_english_name() -> None:
    with translation.override("en"):
        left = [
            name for name in Product.objects.values_list("name", flat=True) if translation.gettext(name) == name
        ]
    assert left == []
