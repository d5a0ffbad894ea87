"""Claims: who enters them and until when, what they block, and what a payment leaves behind (DOMAIN §2.5)."""

from datetime import date

import pytest

from guarantees.actions import cancelling, claims, releasing
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, OpenClaim
from guarantees.models import Claim, Guarantee
from portal.audit.trail import history
from portal.refusals import Refusal
from sms.models import Message
from tests.factories import at, make_guarantee
from tests.stories import Cast, admin, make_cast, web

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 10:00")
TODAY = date(2026, 11, 23)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def guarantee(cast: Cast) -> Guarantee:
    return make_guarantee(cast.member, amount=50_000_000)


def enter(cast: Cast, guarantee: Guarantee, **fields: object) -> Claim:
    by = fields.pop("by", admin(cast.underwriter))
    given = {"claimant": "누리청", "amount": 20_000_000, "received_on": TODAY, "facts": "공사 중단", **fields}
    return claims.enter(guarantee_id=guarantee.pk, given=claims.Given(**given), by=by, at=MONDAY)


def reviewed(cast: Cast, guarantee: Guarantee) -> Claim:
    claim = enter(cast, guarantee)
    return claims.review(claim_id=claim.pk, by=admin(cast.underwriter), at=MONDAY)


def test_entered_told_and_kept(cast: Cast, guarantee: Guarantee) -> None:
    claim = enter(cast, guarantee)
    assert (claim.state, claim.due_on) == ("open", None)
    told = Message.everything.filter(purpose="claim")
    assert sorted(told.values_list("channel", flat=True)) == ["email", "sms"]
    assert set(told.values_list("recipient_name", flat=True)) == {cast.member.representative_name}
    assert [event.action for event in history(claim)] == ["claim.enter"]


def test_a_subcontract_payment_claim_has_thirty_days(cast: Cast) -> None:
    claim = enter(cast, make_guarantee(cast.member, "P1"))
    assert claim.due_on == date(2026, 12, 23)


@pytest.mark.parametrize(
    ("_case", "fields", "given", "refusal"),
    [
        ("해제된 보증", {"state": "released", "outstanding": 0}, {}, NotNow),
        ("끝나고 2년째 되는 날", {"state": "expired", "ends_on": date(2024, 11, 23)}, {}, None),
        ("끝나고 2년이 지난 날", {"state": "expired", "ends_on": date(2024, 11, 22)}, {}, claims.ClaimPeriodOver),
        ("내일 접수", {}, {"received_on": date(2026, 11, 24)}, claims.NotYetReceived),
        ("보증잔액만큼", {}, {"amount": 50_000_000}, None),
        ("보증잔액보다 1원 많이", {}, {"amount": 50_000_001}, claims.MoreThanOutstanding),
    ],
)
def test_entering(
    cast: Cast,
    guarantee: Guarantee,
    _case: str,
    fields: dict[str, object],
    given: dict[str, object],
    refusal: type[Refusal] | None,
) -> None:
    starts_on = min(fields.get("ends_on", guarantee.starts_on), guarantee.starts_on)
    Guarantee.everything.filter(pk=guarantee.pk).update(**fields, starts_on=starts_on)
    if refusal is None:
        enter(cast, guarantee, **given)
    else:
        with pytest.raises(refusal):
            enter(cast, guarantee, **given)
    assert Claim.everything.exists() is (refusal is None)


@pytest.mark.parametrize("who", ["officer", "head", "user"])
def test_only_the_head_office_enters(cast: Cast, guarantee: Guarantee, who: str) -> None:
    with pytest.raises(NotAllowed):
        enter(cast, guarantee, by=admin(getattr(cast, who)))


def test_one_open_claim_at_a_time(cast: Cast, guarantee: Guarantee) -> None:
    claim = enter(cast, guarantee)
    with pytest.raises(claims.ClaimOpen):
        enter(cast, guarantee)
    claims.withdraw(claim_id=claim.pk, note="합의", by=admin(cast.underwriter), at=MONDAY)
    enter(cast, guarantee)
    assert Claim.everything.count() == 2


def test_while_open_nothing_is_released_or_cancelled(cast: Cast, guarantee: Guarantee) -> None:
    enter(cast, guarantee)
    with pytest.raises(OpenClaim):
        releasing.release(
            guarantee_id=guarantee.pk, ground="confirmed", note="확인", by=admin(cast.head), at=MONDAY
        )
    with pytest.raises(OpenClaim):
        releasing.release_partly(
            guarantee_id=guarantee.pk, amount=1, ground="confirmed", note="-", by=admin(cast.head), at=MONDAY
        )
    with pytest.raises(OpenClaim):
        cancelling.cancel(guarantee_id=guarantee.pk, reason="-", by=admin(cast.head), at=MONDAY)


def test_paid_it_leaves_less_outstanding_and_recourse(cast: Cast, guarantee: Guarantee) -> None:
    claim = reviewed(cast, guarantee)
    by = admin(cast.underwriter)
    with pytest.raises(claims.MoreThanOutstanding):
        claims.pay(claim_id=claim.pk, amount=50_000_001, note="-", by=by, at=MONDAY)
    claims.pay(claim_id=claim.pk, amount=15_000_000, note="일부 인정", by=by, at=MONDAY)
    guarantee.refresh_from_db()
    claim.refresh_from_db()
    assert guarantee.outstanding == 35_000_000
    assert (claim.state, claim.paid_amount, claim.recourse_amount) == ("paid", 15_000_000, 15_000_000)
    claims.recover(claim_id=claim.pk, amount=5_000_000, note="1차 상환", by=by, at=MONDAY)
    claim.refresh_from_db()
    assert claim.recourse_amount == 10_000_000
    with pytest.raises(claims.MoreThanOutstanding):
        claims.recover(claim_id=claim.pk, amount=10_000_001, note="-", by=by, at=MONDAY)


STEPS = [
    ("접수에서 바로 지급", [], "pay", NotNow),
    ("접수에서 바로 거절", [], "deny", NotNow),
    ("서류 요청 뒤 지급", ["request_documents"], "pay", NotNow),
    ("심사 중 서류 요청", ["review"], "request_documents", None),
    ("심사 뒤 거절", ["review"], "deny", None),
    ("거절한 것을 지급", ["review", "deny"], "pay", NotNow),
    ("철회한 것을 심사", ["withdraw"], "review", NotNow),
]


@pytest.mark.parametrize(("_case", "before", "last", "refusal"), STEPS)
def test_steps(
    cast: Cast, guarantee: Guarantee, _case: str, before: list[str], last: str, refusal: type[Refusal] | None
) -> None:
    claim = enter(cast, guarantee)
    given = {
        "request_documents": {"documents": "내용증명"},
        "review": {},
        "pay": {"amount": 1_000_000, "note": "인정"},
        "deny": {"note": "사유 없음"},
        "withdraw": {"note": "합의"},
    }

    def take(name: str) -> None:
        getattr(claims, name)(claim_id=claim.pk, by=admin(cast.underwriter), at=MONDAY, **given[name])

    for name in before:
        take(name)
    if refusal is None:
        take(last)
    else:
        with pytest.raises(refusal):
            take(last)


def test_a_decision_needs_words(cast: Cast, guarantee: Guarantee) -> None:
    claim = reviewed(cast, guarantee)
    with pytest.raises(claims.NoteMissing):
        claims.deny(claim_id=claim.pk, note=" ", by=admin(cast.underwriter), at=MONDAY)
    claim.refresh_from_db()
    assert claim.state == "review"


def test_the_neighbours_claim_is_not_found(cast: Cast, guarantee: Guarantee) -> None:
    claim = enter(cast, guarantee)
    with pytest.raises(NotFound):
        claims.review(claim_id=claim.pk, by=web(make_cast().user), at=MONDAY)
