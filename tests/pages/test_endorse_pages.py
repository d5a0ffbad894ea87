"""보증 변경 on the member's pages and on the desk: what is asked, what it costs, what is kept when it is wrong."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from guarantees.actions import endorsing
from guarantees.models import Claim, Endorsement, Guarantee
from guarantees.rules.endorsing import Terms
from portal import clock
from tests.factories import make_guarantee
from tests.stories import BACKEND, Cast, make_cast, web

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def guarantee(cast: Cast) -> Guarantee:
    end = date(clock.today().year + 1, 6, 30)
    return make_guarantee(cast.member, ends_on=end, starts_on=clock.today(), contract_amount=500_000_000)


def browser(user: object) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def typed(guarantee: Guarantee, **fields: object) -> dict[str, object]:
    return {
        "amount": f"{guarantee.amount:,}원", "starts_on": guarantee.starts_on.isoformat(),
        "ends_on": date(guarantee.ends_on.year, 9, 30).isoformat(), "ground": "period",
        "note": "준공일이 늦어졌습니다.", **fields,
    }  # fmt: skip


def test_worked_out_then_asked_for(cast: Cast, guarantee: Guarantee) -> None:
    member, url = browser(cast.user), reverse("guarantees:endorse", args=[guarantee.public_id])
    page = member.post(url, {**typed(guarantee), "work_out": "1"})
    assert page.status_code == 200
    assert "추가로 내실 보증료" in page.content.decode()
    assert not Endorsement.everything.exists(), "working it out asks for nothing"
    answer = member.post(url, typed(guarantee))
    home = reverse("guarantees:guarantee", args=[guarantee.public_id])
    assert answer["Location"] == home
    page = member.get(home).content.decode()
    assert "변경 신청 취하" in page
    assert "보증금액·기간 변경 신청" not in page, "one at a time"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "600,000,000", "계약금액 500,000,000원보다 큽니다"),
        ("amount", "일억", "숫자"),
        ("ends_on", "2020-01-01", "보증 종료일이 시작일보다 빠릅니다"),
        ("ground", "", "비어 있습니다"),
        ("note", "", "비어 있습니다"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(
    cast: Cast, guarantee: Guarantee, field: str, value: str, sentence: str
) -> None:
    url = reverse("guarantees:endorse", args=[guarantee.public_id])
    page = browser(cast.user).post(url, typed(guarantee, **{field: value})).content.decode()
    assert sentence in page
    if field != "note":
        assert "준공일이 늦어졌습니다." in page
    assert not Endorsement.everything.exists()


def test_taken_back(cast: Cast, guarantee: Guarantee) -> None:
    new = Terms(40_000_000, guarantee.starts_on, guarantee.ends_on)
    made = endorsing.ask(guarantee_id=guarantee.pk, new=new, reason="감액", by=web(cast.user), at=clock.now())
    member, url = browser(cast.user), reverse("guarantees:withdraw_endorsement", args=[made.public_id])
    assert "변경 신청을 취하할까요?" in member.get(url).content.decode()
    member.post(url)
    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert member.get(url)["Location"] == reverse("guarantees:guarantee", args=[guarantee.public_id])


def press(client: Client, row: object, name: str, **given: object) -> object:
    opts = row._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_do", args=[row.pk, name])
    assert client.get(url).status_code == 200
    return client.post(url, given)


def test_the_branch_changes_and_issues(cast: Cast, guarantee: Guarantee) -> None:
    head = browser(cast.head)
    press(head, guarantee, "endorse", amount="40,000,000", reason="감액")
    endorsement = Endorsement.everything.get()
    page = head.get(reverse("admin:guarantees_endorsement_changelist")).content.decode()
    assert "50,000,000원 → 40,000,000원" in page
    press(browser(cast.underwriter), endorsement, "approve")
    guarantee.refresh_from_db()
    assert (guarantee.amount, guarantee.version) == (40_000_000, 1)
    page = browser(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])).content.decode()
    assert "1차" in page


def test_the_head_office_takes_a_claim_to_its_end(cast: Cast, guarantee: Guarantee) -> None:
    desk = browser(cast.underwriter)
    given = {
        "claimant": "누리청", "amount": "20,000,000", "received_on": clock.today().isoformat(), "facts": "중단",
    }  # fmt: skip
    press(desk, guarantee, "claim", **given)
    claim = Claim.everything.get()
    member_page = reverse("guarantees:guarantee", args=[guarantee.public_id])
    assert "보증금 청구" in browser(cast.user).get(member_page).content.decode()
    press(desk, claim, "documents", documents="내용증명")
    press(desk, claim, "review")
    press(desk, claim, "pay", amount="5,000,000", note="일부 인정")
    press(desk, claim, "recover", amount="5,000,000", note="상환")
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount, claim.recourse_amount) == ("paid", 5_000_000, 0)


def test_a_head_cancels(cast: Cast, guarantee: Guarantee) -> None:
    press(browser(cast.head), guarantee, "cancel", reason="공사 취소")
    guarantee.refresh_from_db()
    assert (guarantee.state, guarantee.cancel_reason) == ("cancelled", "공사 취소")
    assert "공사 취소" in (
        browser(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])).content.decode()
    )


@pytest.mark.parametrize("model", ["endorsement", "claim"])
def test_lists_ask_no_more_for_more_rows(cast: Cast, model: str, django_assert_max_num_queries: object) -> None:
    desk, url = browser(cast.underwriter), reverse(f"admin:guarantees_{model}_changelist")
    now = clock.now()
    for _ in range(12):
        row = make_guarantee(cast.member)
        terms = {"old_amount": 1, "new_amount": 2}
        days = {f"{side}_{end}": clock.today() for side in ("old", "new") for end in ("starts_on", "ends_on")}
        if model == "endorsement":
            Endorsement.everything.create(guarantee=row, reason="-", requested_at=now, **terms, **days)
        else:
            Claim.everything.create(
                guarantee=row, claimant="-", amount=1, received_on=clock.today(), facts="-", entered_at=now,
                entered_by=cast.underwriter,
            )  # fmt: skip
    desk.get(url)
    with django_assert_max_num_queries(12):
        assert desk.get(url).status_code == 200
