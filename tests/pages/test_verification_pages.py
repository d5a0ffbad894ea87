"""진위확인 as a visitor finds it: from the front page, without an account, without scripts, on paper."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
FIELDS = {
    "number", "code", "issued_on", "amount", "starts_on", "ends_on", "beneficiary_number", "debtor_number",
    "contract_number", "file",
}  # fmt: skip


def test_the_front_page_leads_to_it(client: Client) -> None:
    home = client.get("/").content.decode()
    assert re.search(r'<a[^>]* href="/verify/"[^>]*>보증서 진위확인</a>', home)
    assert re.search(r'<a[^>]* href="/verify/"[^>]*>진위확인</a>', home)


def test_two_plain_forms_with_a_name_to_every_field(client: Client) -> None:
    page = client.get("/verify/").content.decode()
    assert page.count('<form class="panel" method="post"') == 2
    assert set(re.findall(r'<input[^>]* id="id_(\w+)"', page)) == FIELDS
    assert {field for field in FIELDS if f'<label for="id_{field}"' in page} == FIELDS


def test_what_was_typed_is_kept_beside_its_mistake(client: Client) -> None:
    typed = {"way": "number", "number": "2026-C1-000001-9", "amount": "1,000", "contract_number": "R26-1"}
    page = client.post("/verify/", typed).content.decode()
    assert all(f'value="{value}"' in page for value in ("2026-C1-000001-9", "1,000", "R26-1"))
    assert "<title>오류: " in page


def test_the_answer_prints_without_its_form(client: Client) -> None:
    typed = {"way": "number", "number": "2026-C1-000001-2", "issued_on": "2026-11-20"}
    page = client.post("/verify/", typed)
    assert '<form class="panel no-print"' in page.content.decode()
    assert 'class="sheet-title print-only"' in page.content.decode()
    assert (page["X-Robots-Tag"], "no-store" in page["Cache-Control"]) == ("noindex", True)
