"""Addresses nobody meant to be asked: they get an answer, never a fault."""

import pytest

from tests.pages.actors import World, undone, visit
from tests.pages.urls_table import ROWS, address, desk_address, desk_models

pytestmark = pytest.mark.django_db
ODD = [
    ("널 문자", "?page=%00&state=%00&order=%00&month=%00&kind=%00&as=%00&next=%00&cursor=%00&cursor=%00"),
    ("깨진 UTF-8", "?page=%ff&state=%ff&order=%ff&month=%ff&kind=%ff&cursor=%ff"),
    ("음수와 문자", "?page=-1&month=0000-00&cursor=-1"),
    ("아주 큰 수", f"?page={'9' * 300}&month={'9' * 300}-12&cursor={'9' * 300}"),
    ("위첨자 숫자", "?page=%C2%B2&month=202%C2%B2-01"),
]
ODD_IN_THE_DESK = [
    ("널 문자", "?q=%00"),
    ("깨진 UTF-8", "?q=%ff%fe"),
    ("아주 긴 검색어", "?q=" + "9" * 3000),
    ("없는 쪽", "?p=99999999999999999999"),
    ("음수 쪽", "?p=-5"),
    ("쪽이 아닌 글자", "?p=x"),
    ("없는 정렬", "?o=99.-x"),
    ("남의 칸으로 찾기", "?member__representative_mobile__startswith=010"),
    ("비밀번호로 찾기", "?password__startswith=argon2"),
    ("이어진 표로 찾기", "?member__users__password__startswith=a"),
]


OURS = [row for row in ROWS if not row.name.startswith(("account_", "mfa_", "gallery"))]


@pytest.mark.slow
@pytest.mark.parametrize(("_case", "query"), ODD)
def test_member_pages(world: World, _case: str, query: str) -> None:
    found = {}
    for row in OURS:
        with undone():
            status = visit(world.client("rep"), "get", address(row, world) + query).status_code
        if status >= 500:
            found[row.name] = status
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize(("_case", "query"), ODD_IN_THE_DESK)
def test_lists_of_the_desk(world: World, _case: str, query: str) -> None:
    found = {}
    for model in desk_models():
        with undone():
            url = desk_address(model, "changelist", world) + query
            status = visit(world.client("auditor"), "get", url).status_code
        if status >= 500:
            found[model._meta.label] = status
    assert found == {}


@pytest.mark.parametrize("form", ["sms:compose", "sms:recipients", "guarantees:apply", "account_login"])
@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("널 문자", "\x00"),
        ("방향 바꿈 문자", "\u202e"),
        ("이모지", "😀"),
        ("만 글자", "가" * 10_000),
        ("깨진 대리쌍", "\ud800"),
    ],
)
def test_forms(world: World, form: str, _case: str, text: str) -> None:
    row = next(row for row in ROWS if row.name == form)
    names = ("do", "name", "role", "mobile", "recipient", "text", "numbers", "key", "step", "product", "form_key",
             "login", "password")  # fmt: skip
    data = dict.fromkeys(names, text) | {"do": "add", "step": "send", "consented": "on"}
    kind = "application/x-www-form-urlencoded"
    sent = "&".join(f"{name}={value}" for name, value in data.items()).encode("utf-8", "surrogatepass")
    actor = "anon" if form == "account_login" else "rep"
    with undone():
        response = visit(world.client(actor), "post", address(row, world), data=sent, content_type=kind)
    assert response.status_code < 500


def test_a_body_beyond_the_limit_is_refused(world: World) -> None:
    row = next(row for row in ROWS if row.name == "sms:compose")
    response = visit(world.client("rep"), "post", address(row, world), data={"text": "x" * 1_100_000})
    assert response.status_code in (400, 413)
    many = visit(world.client("rep"), "post", address(row, world), data={f"n{i}": "" for i in range(501)})
    assert many.status_code == 400
