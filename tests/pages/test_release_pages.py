"""Pages around a release: the list with what each frees, many asked for at once, one guarantee's form (S23)."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guarantees.models import Claim, Guarantee, Product, ReleasePaper, ReleaseRequest
from guarantees.releases import releasable_of, total_freed
from guarantees.rules.limit import consumption
from portal.members.models import User
from tests.factories import at, make_guarantee
from tests.flows.test_desk import desk, text_of
from tests.stories import PDF, Cast, make_cast

pytestmark = pytest.mark.django_db
NOW, TODAY = at("2026-11-20 10:00"), date(2026, 11, 20)  # Friday
LIST = "/guarantees/releasable/"


@pytest.fixture(autouse=True)
def _friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def pdf(name: str = "확인서.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def expired(cast: Cast, **fields: object) -> Guarantee:
    return make_guarantee(cast.member, **{"state": "expired", "ends_on": date(2026, 11, 1), **fields})  # type: ignore[arg-type]


# ── What can be released ──


@pytest.mark.parametrize(
    ("_case", "code", "fields", "listed"),
    [
        ("유효", "C1", {}, False),
        ("기간 종료", "C1", {"state": "expired", "ends_on": date(2026, 11, 1)}, True),
        ("어제 준공", "C1", {"completes_on": date(2026, 11, 19)}, True),
        ("오늘 준공", "C1", {"completes_on": TODAY}, False),
        ("준공한 하자보수", "D1", {"completes_on": date(2026, 11, 19)}, False),
        ("해제", "C1", {"state": "released", "outstanding": 0, "released_at": NOW}, False),
    ],
)
def test_what_is_in_the_list(cast: Cast, _case: str, code: str, fields: dict[str, object], listed: bool) -> None:
    make_guarantee(cast.member, code, **fields)
    make_guarantee(make_cast().member, state="expired", ends_on=date(2026, 11, 1))
    assert releasable_of(cast.user, "", today=TODAY).count() == listed


def test_the_other_reasons(cast: Cast) -> None:
    """A defect guarantee after it; the beneficiary's word. A claim keeps it out of the list."""
    followed = make_guarantee(cast.member, contract_number="1")
    make_guarantee(cast.member, "D1", contract_number="1")
    confirmed = make_guarantee(cast.member, contract_number="2")
    ReleaseRequest.everything.create(guarantee=confirmed, party="beneficiary", ground="confirmed", asked_at=NOW)
    called = expired(cast, contract_number="3")
    Claim.everything.create(
        guarantee=called, claimant="-", amount=1, received_on=TODAY, facts="-", entered_at=NOW,
        entered_by=cast.underwriter,
    )  # fmt: skip
    assert set(releasable_of(cast.user, "", today=TODAY)) == {followed, confirmed}
    body = text_of(desk(cast.user).get(LIST))
    assert "후속 하자보수보증이 발급되었습니다" in body
    assert "보증채권자가 이행 완료를 확인했습니다" in body


@pytest.mark.parametrize(
    ("outstanding", "collateral", "weight"),
    [(50_000_000, 0, 10_000), (50_000_001, 0, 3_333), (10, 20, 10_000), (10_000, 1, 1), (0, 0, 10_000)],
)
def test_what_it_frees_is_what_it_takes(cast: Cast, outstanding: int, collateral: int, weight: int) -> None:
    guarantee = expired(cast, amount=50_000_001, outstanding=outstanding, collateral=collateral)
    Product.objects.filter(pk="C1").update(limit_weight_bp=weight)
    rows, expected = (
        releasable_of(cast.user, "", today=TODAY),
        consumption(outstanding, weight, collateral=collateral),
    )
    assert (rows.get(pk=guarantee.pk).frees, total_freed(rows)) == (expected, expected)


@pytest.mark.parametrize(
    ("order", "then"), [("", [10, 30, 20]), ("-ends", [20, 30, 10]), ("-frees", [30, 20, 10]), ("?", [10, 30, 20])]
)
def test_orders(cast: Cast, order: str, then: list[int]) -> None:
    for amount, day in ((10, 1), (20, 3), (30, 2)):
        expired(cast, amount=amount, ends_on=date(2026, 11, day))
    found = desk(cast.user).get(LIST, {"order": order}).context["lines"]
    assert [line.frees for line in found] == then


def test_the_list_of_guarantees_can_be_narrowed(cast: Cast) -> None:
    over, running = expired(cast), make_guarantee(cast.member)
    body = text_of(desk(cast.user).get("/guarantees/", {"state": "releasable"}))
    assert over.number in body
    assert running.number not in body


# ── Asking for many ──


def test_many_asked_for_at_once_row_by_row(cast: Cast) -> None:
    """One paper for all; what cannot be asked for says why, and the others are asked for all the same."""
    first, second, gone, foreign = expired(cast), expired(cast), expired(cast), expired(make_cast())
    browser = desk(cast.user)
    assert '보증한도 <b class="nowrap">150,000,000원</b>을 다시 쓰실 수 있습니다' in text_of(browser.get(LIST))
    Guarantee.everything.filter(pk=gone.pk).update(state="released", outstanding=0, released_at=NOW)
    sent = {
        "guarantee": [str(row.public_id) for row in (first, second, gone, foreign)] + ["x"],
        "ground": "confirmed",
        "note": "11. 19. 준공",
    }
    body = text_of(browser.post(LIST, {**sent, "papers": pdf()}))
    assert "2건의 해제를 요청했습니다" in body
    assert "이미 다른 담당자님이 해제했습니다" in body
    assert foreign.number not in body
    assert {row.guarantee_id for row in ReleaseRequest.everything.all()} == {first.pk, second.pk}
    assert ReleasePaper.everything.count() == 2
    text_of(browser.post(LIST, {**sent, "papers": pdf()}))  # sent once more
    assert ReleaseRequest.everything.count() == 2
    assert text_of(browser.get(LIST)).count(">요청함<") == 2


@pytest.mark.parametrize(
    ("_case", "changed", "told"),
    [
        ("고르지 않음", {"guarantee": []}, "요청할 보증을 하나 이상 골라 주세요."),
        ("사유 없음", {"ground": ""}, "해제 사유를 골라 주세요."),
        ("못 받는 파일", {"papers": pdf("a.exe", b"MZ")}, "올릴 수 있는 형식이 아닙니다"),
    ],
)
def test_a_form_with_a_gap_asks_for_nothing(cast: Cast, _case: str, changed: dict[str, object], told: str) -> None:
    guarantee = expired(cast)
    sent = {"guarantee": [str(guarantee.public_id)], "ground": "confirmed", "note": "적은 글", "papers": pdf()}
    body = text_of(desk(cast.user).post(LIST, {**sent, **changed}))
    assert told in body
    assert "적은 글" in body
    assert (" checked" in body) is bool(sent["guarantee"] and "guarantee" not in changed)
    assert not ReleaseRequest.everything.exists()


# ── One guarantee ──


def test_asking_for_one_and_taking_it_back(cast: Cast) -> None:
    guarantee, browser = expired(cast), desk(cast.user)
    page = reverse("guarantees:guarantee", args=[guarantee.public_id])
    ask = reverse("guarantees:ask_release", args=[guarantee.public_id])
    assert ask in text_of(browser.get(page))
    body = text_of(browser.post(ask, {"ground": "confirmed", "note": ""}))
    assert "증빙 서류가 없습니다. 이행 완료 확인서나 준공검사 조서를 올려 주세요." in body
    response = browser.post(ask, {"ground": "confirmed", "amount": "", "papers": [pdf()]}, follow=True)
    body = text_of(response)
    assert "해제를 요청했습니다. 관할 지점이 확인한 뒤 결과를 알려 드립니다." in body
    assert "확인서.pdf" in body
    assert ask not in body
    request = ReleaseRequest.everything.get()
    withdraw = reverse("guarantees:withdraw_release", args=[request.public_id])
    assert "이 해제 요청을 취하할까요?" in text_of(browser.get(withdraw))
    assert ask in text_of(browser.post(withdraw, follow=True))


def test_only_fitting_grounds_are_offered(cast: Cast) -> None:
    for code, offered in (
        ("C1", {"follow_up": True, "settled": False}),
        ("A1", {"follow_up": False, "settled": True}),
    ):
        guarantee = make_guarantee(cast.member, code)
        body = text_of(desk(cast.user).get(reverse("guarantees:ask_release", args=[guarantee.public_id])))
        assert {ground: f'value="{ground}"' in body for ground in offered} == offered


def test_a_refused_request_stands_on_the_page(cast: Cast) -> None:
    guarantee = expired(cast)
    ReleaseRequest.everything.create(
        guarantee=guarantee, party="member", ground="confirmed", state="refused", refusal="직인이 없습니다.",
        asked_at=NOW, closed_at=NOW,
    )  # fmt: skip
    body = text_of(desk(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])))
    assert "직인이 없습니다." in body


# ── Cost ──


@pytest.mark.parametrize("address", [LIST, "/guarantees/"])
def test_the_member_lists_cost_the_same_for_many_rows(cast: Cast, address: str) -> None:
    few, many = queries_for(5, cast, cast.user, address), queries_for(45, cast, cast.user, address)
    assert few == many


@pytest.mark.parametrize("address", ["guarantee/?release=releasable", "releaserequest/"])
def test_the_desk_lists_cost_the_same_for_many_rows(cast: Cast, address: str) -> None:
    address = f"/admin/guarantees/{address}"
    few, many = queries_for(5, cast, cast.officer, address), queries_for(45, cast, cast.officer, address)
    assert few == many


def queries_for(more: int, cast: Cast, reader: User, address: str) -> int:
    """How often the page asks the database after `more` rows have been added, each with its request."""
    for _n in range(more):
        ReleaseRequest.everything.create(guarantee=expired(cast), party="member", ground="confirmed", asked_at=NOW)
    browser = desk(reader)
    with CaptureQueriesContext(connection) as found:
        assert browser.get(address).status_code == 200
    return len(found)


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("ending=over", ["over"]), ("ending=2026-12", ["running"]), ("release=releasable", ["over"]),
        ("release=asked", ["running"]), ("release=claimed", []), ("ending=9999-99", ["over", "running"]),
    ],
)  # fmt: skip
def test_filters_of_the_desk(cast: Cast, query: str, listed: list[str]) -> None:
    rows = {"over": expired(cast), "running": make_guarantee(cast.member)}
    ReleaseRequest.everything.create(guarantee=rows["running"], party="member", ground="proven", asked_at=NOW)
    response = desk(cast.officer).get(f"{reverse('admin:guarantees_guarantee_changelist')}?{query}")
    shown = set(response.context["cl"].result_list)
    assert {name for name, row in rows.items() if row in shown} == set(listed)
