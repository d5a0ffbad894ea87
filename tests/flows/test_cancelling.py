"""A guarantee never needed is undone: fee back, limit free, the earned call taken back, never more (S15)."""

from datetime import date

import pgtrigger
import pytest

from guarantees.actions import cancelling, claims, issuing
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, OpenClaim
from guarantees.limits import position_of
from guarantees.models import Delivery, Guarantee, Refund
from sms.account import balance
from sms.actions.mileage import claw_back, spend
from sms.models import Entry, Message
from tests.factories import at, make_guarantee
from tests.stories import FRIDAY, Cast, admin, approved, make_cast, web

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 10:00")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def guarantee(cast: Cast) -> Guarantee:
    application = approved(cast)
    return issuing.issue(
        application_id=application.pk,
        by=admin(cast.officer),
        at=FRIDAY,
        agreement_confirmed=True,
        fee_confirmed=True,
    )


def cancel(cast: Cast, guarantee: Guarantee, **given: object) -> Guarantee:
    values = {"by": admin(cast.head), "at": MONDAY, "reason": "입찰 유찰", **given}
    return cancelling.cancel(guarantee_id=guarantee.pk, **values)


def test_everything_is_undone(cast: Cast, guarantee: Guarantee) -> None:
    assert balance(cast.member.pk, MONDAY) == 1
    cancel(cast, guarantee)
    guarantee.refresh_from_db()
    assert (guarantee.state, guarantee.outstanding, guarantee.cancel_reason) == ("cancelled", 0, "입찰 유찰")
    assert position_of(cast.member.pk, day=date(2026, 11, 23)).used == 0
    refund = Refund.everything.get()
    assert (refund.amount, refund.ground) == (guarantee.fee, "cancelled")
    assert balance(cast.member.pk, MONDAY) == 0
    assert [(e.kind, e.calls) for e in Entry.everything.order_by("id")] == [("earn", 1), ("claw_back", -1)]
    told = Message.everything.filter(key__startswith=f"cancelled:{guarantee.public_id}")
    assert sorted(told.values_list("channel", flat=True)) == ["email", "sms"]


def test_a_spent_call_is_waived_and_no_other_taken(cast: Cast, guarantee: Guarantee) -> None:
    spend(member_id=cast.member.pk, key="k", message_keys=["m"], calls_each=1, by=web(cast.user), at=FRIDAY)
    cancel(cast, guarantee)
    assert [(e.kind, e.calls) for e in Entry.everything.order_by("id")] == [
        ("earn", 1), ("spend", -1), ("waived", 0),
    ]  # fmt: skip
    assert balance(cast.member.pk, MONDAY) == 0


def test_a_call_is_clawed_back_once(guarantee: Guarantee) -> None:
    source = f"guarantee:{guarantee.public_id}"
    assert [claw_back(source=source, at=MONDAY) for _ in range(3)] == [1, 0, 0]
    assert claw_back(source="guarantee:nobody", at=MONDAY) == 0


def test_a_lapsed_call_is_waived(guarantee: Guarantee) -> None:
    assert claw_back(source=f"guarantee:{guarantee.public_id}", at=at("2027-11-21 00:00")) == 0
    assert Entry.everything.latest("id").kind == "waived"


def test_cancelled_twice_it_is_cancelled_once(cast: Cast, guarantee: Guarantee) -> None:
    cancel(cast, guarantee)
    with pytest.raises(NotNow):
        cancel(cast, guarantee)
    assert Refund.everything.count() == 1


@pytest.mark.parametrize(
    ("_case", "who", "refusal"),
    [("담당", "officer", NotAllowed), ("조합원", "user", NotAllowed), ("다른 지점장", "far", NotFound)],
)
def test_who_may_not(cast: Cast, guarantee: Guarantee, _case: str, who: str, refusal: type[Exception]) -> None:
    person = make_cast().head if who == "far" else getattr(cast, who)
    with pytest.raises(refusal):
        cancel(cast, guarantee, by=admin(person))


def deliver(guarantee: Guarantee, **fields: object) -> Delivery:
    document = guarantee.documents.get()
    return Delivery.everything.create(guarantee=guarantee, document=document, queued_at=FRIDAY, **fields)


def test_what_the_beneficiary_accepted_stands(cast: Cast, guarantee: Guarantee) -> None:
    deliver(guarantee, channel="email", state="accepted", sent_at=FRIDAY, answered_at=FRIDAY)
    with pytest.raises(cancelling.Accepted):
        cancel(cast, guarantee)


def test_a_transmitted_bid_guarantee_stands(cast: Cast, guarantee: Guarantee) -> None:
    with pgtrigger.ignore("guarantees.Guarantee:written_once"):
        Guarantee.everything.filter(pk=guarantee.pk).update(product_id="B1")
    deliver(
        guarantee, channel="procurement", state="returned", sent_at=FRIDAY, answered_at=FRIDAY, return_reason="-"
    )
    with pytest.raises(cancelling.BidTransmitted):
        cancel(cast, guarantee)


def test_a_delivery_on_its_way_is_stopped(cast: Cast, guarantee: Guarantee) -> None:
    delivery = deliver(guarantee, channel="email", state="queued", to_email="to@example.kr")
    cancel(cast, guarantee)
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_an_open_claim_stops_it(cast: Cast, guarantee: Guarantee) -> None:
    paper = claims.Given(claimant="누리청", amount=1_000_000, received_on=date(2026, 11, 23), facts="공사 중단")
    claims.enter(guarantee_id=guarantee.pk, given=paper, by=admin(cast.underwriter), at=MONDAY)
    with pytest.raises(OpenClaim):
        cancel(cast, guarantee)


def test_without_a_reason_nothing_happens(cast: Cast, guarantee: Guarantee) -> None:
    with pytest.raises(cancelling.NoReason):
        cancel(cast, guarantee, reason="  ")
    guarantee.refresh_from_db()
    assert guarantee.state == "active"


def test_a_guarantee_of_the_older_books_has_nothing_to_give_back(cast: Cast) -> None:
    cancel(cast, make_guarantee(cast.member))
    assert (Refund.everything.count(), Entry.everything.count()) == (0, 0)
