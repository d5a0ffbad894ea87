"""A contract from the bid to the defect liability: joined, continued from the page, proposed for release."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from guarantees import tasks
from guarantees.actions import chain
from guarantees.actions.contracts import attach_contract
from guarantees.actions.drafts import NotOffered, save
from guarantees.actions.release_requests import refuse_release
from guarantees.actions.rows import NotFound
from guarantees.chains import chain_of
from guarantees.models import Application, Contract, Guarantee, ReleaseRequest
from guarantees.releases import releasable_of
from tests.factories import at, make_application, make_guarantee
from tests.flows.test_desk import desk, text_of
from tests.stories import Cast, admin, make_cast, submitted, web

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 10:00")  # Friday
WORKS = {"contract_name": "누리청사 냉난방기 교체공사", "contract_number": "2026-0105"}


@pytest.fixture(autouse=True)
def _friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def of_works(cast: Cast, code: str, **fields: object) -> Guarantee:
    return make_guarantee(cast.member, code, **{**WORKS, **fields})


# ── Which contract ──


def test_a_submission_finds_its_contract(cast: Cast) -> None:
    first, second = submitted(cast), submitted(cast)
    assert first.contract is not None
    assert first.contract == second.contract
    assert (first.contract.name, first.contract.number) == (first.contract_name, first.contract_number)


@pytest.mark.parametrize(
    ("_case", "fields", "same"),
    [
        ("같은 계약", {}, True),
        ("계약번호가 다름", {"contract_number": "2026-0002"}, False),
        ("공사명이 다름", {"contract_name": "다온초 급식실 공사"}, False),
        ("보증채권자가 다름", {"beneficiary_name": "한빛도시공사(가상)"}, False),
        ("하도급대금: 채권자가 달라도 같은 공사",
         {"product_code": "P1", "beneficiary_name": "다온배관공사"}, True),
        ("건설기계: 채권자가 달라도 같은 공사",
         {"product_code": "E1", "beneficiary_name": "가상건설기계"}, True),
        ("대금 보증이라도 번호가 다름",
         {"product_code": "E1", "beneficiary_name": "가상건설기계", "contract_number": "9"}, False),
    ],
)  # fmt: skip
def test_which_contract(cast: Cast, _case: str, fields: dict[str, object], same: bool) -> None:
    first = attach_contract(make_application(cast.member), at=NOW)
    found = attach_contract(make_application(cast.member, **fields), at=NOW)
    assert (found == first) is same
    assert Contract.everything.count() == (1 if same else 2)


def test_contracts_of_two_companies_are_two(cast: Cast) -> None:
    other = make_cast()
    found = {attach_contract(make_application(member), at=NOW).pk for member in (cast.member, other.member)}
    assert len(found) == 2


# ── The next guarantee ──


def test_the_next_draft_is_filled_in_and_started_once(cast: Cast) -> None:
    guarantee = of_works(
        cast, "C1", contract_amount=200_000_000, contracted_on=date(2026, 11, 16), completes_on=date(2027, 6, 30)
    )
    address, form = reverse("guarantees:apply_next", args=[guarantee.public_id]), {"form_key": str(uuid4())}
    for _pressed_twice in range(2):
        response = desk(cast.user).post(address, {**form, "product": "A1"})
    draft = Application.everything.get()
    assert response["Location"] == reverse("guarantees:edit_contract", args=[draft.public_id])
    assert (draft.product_id, draft.state, draft.contract_name, draft.contract_number, draft.contract_amount) == (
        "A1", "draft", *WORKS.values(), 200_000_000,
    )  # fmt: skip
    assert (draft.starts_on, draft.ends_on) == (date(2026, 11, 20), date(2027, 8, 29))
    assert (draft.beneficiary_name, draft.amount) == (guarantee.beneficiary_name, None)
    assert draft.contract is not None
    assert draft.contract.number == "2026-0105"


def test_what_was_typed_since_is_kept(cast: Cast) -> None:
    guarantee, key = of_works(cast, "C1"), uuid4()

    def start() -> Application:
        return chain.start_next(
            guarantee_id=guarantee.pk, product_code="A1", form_key=key, by=web(cast.user), at=NOW
        )

    draft = start()
    save(application_id=draft.pk, by=web(cast.user), at=NOW, values={"contract_name": "고친 이름"})
    assert start().contract_name == "고친 이름"


def test_from_the_bid_to_the_contract_stays_one_contract(cast: Cast) -> None:
    """The bid's notice number is not the contract's; the contract is the same all the same."""
    bid = of_works(cast, "B1", contract_number="공고 2026-77")
    draft = chain.start_next(guarantee_id=bid.pk, product_code="C1", form_key=uuid4(), by=web(cast.user), at=NOW)
    assert draft.contract_number == ""
    draft.contract_number = "2026-0105"
    assert attach_contract(draft, at=NOW).number == "공고 2026-77"
    draft.contract_name = "다른 공사"
    assert attach_contract(draft, at=NOW).number == "2026-0105"


def test_nobody_starts_from_anothers_guarantee(cast: Cast) -> None:
    guarantee, other = of_works(cast, "C1"), make_cast()
    with pytest.raises(NotFound):
        chain.start_next(
            guarantee_id=guarantee.pk, product_code="A1", form_key=uuid4(), by=web(other.user), at=NOW
        )
    with pytest.raises(NotOffered):
        chain.start_next(guarantee_id=guarantee.pk, product_code="T1", form_key=uuid4(), by=web(cast.user), at=NOW)
    assert not Application.everything.exists()


# ── The chain on the page ──


def test_the_steps_of_the_contract(cast: Cast) -> None:
    """By the contract row, and for the older books by name and number; other works and companies stay out."""
    bid, contract = of_works(cast, "B1", state="released", outstanding=0, released_at=NOW), of_works(cast, "C1")
    advance = of_works(cast, "A1")
    make_guarantee(cast.member, "D1", contract_name=WORKS["contract_name"], contract_number="9999")
    make_guarantee(make_cast().member, "D1", **WORKS)
    draft = make_application(cast.member, product_code="E1", **WORKS)
    steps = chain_of(contract).steps
    assert [(step.label, step.guarantees, step.applications) for step in steps] == [
        ("입찰", (bid,), ()),
        ("계약·공사이행", (contract,), ()),
        ("선급금·대금", (advance,), (draft,)),
        ("하자보수", (), ()),
    ]
    page = text_of(desk(cast.user).get(reverse("guarantees:guarantee", args=[contract.public_id])))
    for row in (bid, advance):
        assert str(row.public_id) in page


def test_the_contract_row_joins_what_words_do_not(cast: Cast) -> None:
    made = Contract.everything.create(member=cast.member, name="공사", beneficiary_name="가상시청", created_at=NOW)
    bid = of_works(cast, "B1", contract=made, contract_number="공고 2026-77")
    contract = of_works(cast, "C1", contract=made)
    assert [step.guarantees for step in chain_of(bid).steps[:2]] == [(bid,), (contract,)]


@pytest.mark.parametrize(
    ("_case", "state", "others", "hint"),
    [
        ("계약만", "active", [], True),
        ("건설기계 있음", "active", ["E1"], False),
        ("끝난 계약", "expired", [], False),
    ],
)  # fmt: skip
def test_the_machinery_of_the_site_is_hinted_at(
    cast: Cast, _case: str, state: str, others: list[str], hint: bool
) -> None:
    contract = of_works(cast, "C1", state=state)
    for code in others:
        of_works(cast, code)
    page = text_of(desk(cast.user).get(reverse("guarantees:guarantee", args=[contract.public_id])))
    assert ("건설기계를 빌려 쓰시면" in page) is hint


# ── The defect guarantee proposes the release of what it follows ──


def test_the_defect_guarantee_proposes_the_release(cast: Cast) -> None:
    """For the contract and performance guarantees of the same contract, once, and nothing is released."""
    contract, performance, advance = (of_works(cast, code) for code in ("C1", "X1", "A1"))
    make_guarantee(cast.member, "C1", contract_name="다른 공사")
    tasks.propose_releases()
    assert not ReleaseRequest.everything.exists()

    defect = of_works(cast, "D1")
    for _again in range(2):
        tasks.propose_releases()
    requests = ReleaseRequest.everything.order_by("guarantee_id")
    assert [(row.guarantee, row.party, row.ground, row.follow_up, row.state) for row in requests] == [
        (contract, "system", "follow_up", defect, "open"),
        (performance, "system", "follow_up", defect, "open"),
    ]
    assert {row.state for row in Guarantee.everything.all()} == {"active"}
    listed = releasable_of(cast.user, "", today=date(2026, 11, 20))
    assert set(listed) == {contract, performance}
    assert advance not in listed
    page = text_of(desk(cast.user).get(reverse("guarantees:guarantee", args=[contract.public_id])))
    assert "후속 하자보수보증이 발급되어 자동으로 올라간 요청입니다." in page


@pytest.mark.parametrize(("_case", "state"), [("반려", "refused"), ("취하", "withdrawn")])
def test_a_proposal_that_was_answered_is_not_made_again(cast: Cast, _case: str, state: str) -> None:
    of_works(cast, "C1")
    of_works(cast, "D1")
    tasks.propose_releases()
    request = ReleaseRequest.everything.get()
    if state == "refused":
        refuse_release(request_id=request.pk, reason="하자담보 조건 확인 중", by=admin(cast.officer), at=NOW)
    else:
        desk(cast.user).post(reverse("guarantees:withdraw_release", args=[request.public_id]))
    tasks.propose_releases()
    assert ReleaseRequest.everything.get().state == state


def test_a_cancelled_defect_guarantee_proposes_nothing(cast: Cast) -> None:
    of_works(cast, "C1")
    of_works(cast, "D1", state="cancelled", outstanding=0, cancelled_at=NOW)
    tasks.propose_releases()
    assert not ReleaseRequest.everything.exists()
