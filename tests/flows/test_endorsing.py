"""Changes of a living guarantee: asked for, decided, paid, issued anew, or not (DOMAIN §2.4, §2.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from guarantees.actions import cancelling, claims, endorsing, expiring, issuing, releasing, screening, settling
from guarantees.actions.limits import LimitExceeded
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, OpenClaim
from guarantees.actions.screening import BeyondAuthority
from guarantees.limits import position_of
from guarantees.models import Endorsement, ExpiryNotice, Guarantee, MemberLimit, Payment, Refund
from guarantees.printing import verification_url
from guarantees.rules.endorsing import Terms
from guarantees.rules.verification import Contents
from guarantees.verification import by_date
from portal.audit.trail import history
from portal.refusals import Refusal
from sms.models import Lot, Message
from tests.factories import at, make_guarantee
from tests.stories import FRIDAY, Cast, admin, in_review, make_cast, web

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 10:00")
TUESDAY = at("2026-11-24 10:00")
LONGER = date(2027, 9, 30)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def guarantee(cast: Cast) -> Guarantee:
    """The first golden value of the fee: 120,000,000 won at 0.6 % for 212 days, 418,190 won."""
    application = in_review(
        cast,
        contract_amount=800_000_000,
        amount=120_000_000,
        contracted_on=date(2026, 11, 16),
        completes_on=date(2027, 6, 30),
        starts_on=date(2026, 12, 1),
        ends_on=date(2027, 6, 30),
    )
    screening.approve(application_id=application.pk, by=admin(cast.head), at=FRIDAY)
    made = issuing.issue(
        application_id=application.pk,
        by=admin(cast.head),
        at=FRIDAY,
        agreement_confirmed=True,
        fee_confirmed=True,
    )
    assert made.fee == 418_190
    return made


def asked(cast: Cast, guarantee: Guarantee, **changes: object) -> Endorsement:
    new = replace(endorsing.terms_of(guarantee), **changes)
    return endorsing.ask(guarantee_id=guarantee.pk, new=new, reason="공사기간 연장", by=web(cast.user), at=MONDAY)


def test_a_longer_period_is_paid_and_issued_anew(cast: Cast, guarantee: Guarantee) -> None:
    first_document = guarantee.documents.get()
    lots = Lot.everything.count()
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    guarantee.refresh_from_db()
    endorsement.refresh_from_db()
    assert (endorsement.state, endorsement.fee_delta) == ("approved", 181_480)
    assert (guarantee.version, guarantee.ends_on) == (0, date(2027, 6, 30)), "nothing before it is paid"

    settling.receive_for_endorsement(
        endorsement_id=endorsement.pk, method="counter", by=admin(cast.officer), at=TUESDAY
    )
    guarantee.refresh_from_db()
    endorsement.refresh_from_db()
    assert (endorsement.state, endorsement.version) == ("done", 1)
    assert (guarantee.version, guarantee.ends_on, guarantee.fee) == (1, LONGER, 418_190 + 181_480)
    assert (guarantee.amount, guarantee.outstanding) == (120_000_000, 120_000_000)
    first_document.refresh_from_db()
    in_force = guarantee.documents.get(superseded_at__isnull=True)
    assert (first_document.superseded_at, in_force.version) == (TUESDAY, 1)
    assert in_force.printed["ends_on"] == "2027-09-30"
    assert Lot.everything.count() == lots, "a change earns no call"
    told = Message.everything.filter(purpose="endorsed", key__contains=str(endorsement.public_id))
    assert sorted(told.values_list("channel", flat=True)) == ["email", "email", "sms"]
    assert [event.action for event in history(guarantee)][-1] == "guarantee.endorse"


def test_paid_twice_it_is_changed_once(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    for _ in range(2):
        settling.receive_for_endorsement(
            endorsement_id=endorsement.pk, method="counter", by=admin(cast.officer), at=TUESDAY
        )
    endorsing.finish_paid(endorsement_id=endorsement.pk, by=admin(cast.officer), at=TUESDAY)
    guarantee.refresh_from_db()
    assert (guarantee.version, Payment.everything.filter(endorsement=endorsement).count()) == (1, 1)


@pytest.mark.parametrize(
    ("_case", "changes", "delta", "state"),
    [
        ("기간 단축은 바로, 차액 환급", {"ends_on": date(2027, 3, 31)}, -179_510, "done"),
        ("감액은 바로, 차액 환급", {"amount": 60_000_000}, -209_100, "done"),
        ("1,000원 미만 차액은 정산하지 않음", {"amount": 119_900_000}, 0, "done"),
        ("증액은 납부한 뒤", {"amount": 130_000_000}, 34_850, "approved"),
    ],
)
def test_what_a_change_costs(
    cast: Cast, guarantee: Guarantee, _case: str, changes: dict[str, object], delta: int, state: str
) -> None:
    endorsement = asked(cast, guarantee, **changes)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    endorsement.refresh_from_db()
    assert (endorsement.fee_delta, endorsement.state) == (delta, state)
    assert sum(Refund.everything.values_list("amount", flat=True)) == max(0, -delta)


def test_the_greater_amount_is_held_until_it_is_paid(cast: Cast, guarantee: Guarantee) -> None:
    before = position_of(cast.member.pk, day=date(2026, 11, 23))
    endorsement = asked(cast, guarantee, amount=130_000_000)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    held = position_of(cast.member.pk, day=date(2026, 11, 23))
    assert (held.used, held.reserved) == (before.used, before.reserved + 10_000_000)
    settling.receive_for_endorsement(
        endorsement_id=endorsement.pk, method="counter", by=admin(cast.officer), at=TUESDAY
    )
    after = position_of(cast.member.pk, day=date(2026, 11, 24))
    assert (after.used, after.reserved) == (before.used + 10_000_000, before.reserved)


def test_what_was_released_stays_released(cast: Cast, guarantee: Guarantee) -> None:
    releasing.release_partly(
        guarantee_id=guarantee.pk, amount=50_000_000, ground="extinguished", note="정산서", by=admin(cast.head),
        at=MONDAY,
    )  # fmt: skip
    guarantee.refresh_from_db()
    endorsement = asked(cast, guarantee, amount=100_000_000)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    guarantee.refresh_from_db()
    assert (guarantee.amount, guarantee.outstanding) == (100_000_000, 50_000_000)


def test_a_new_end_is_noticed_anew(cast: Cast, guarantee: Guarantee) -> None:
    """S21: the notice belongs to an end date, so that a longer guarantee is announced again."""
    endorsement = asked(cast, guarantee, ends_on=date(2027, 6, 29))
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    guarantee.refresh_from_db()
    assert not ExpiryNotice.everything.filter(guarantee=guarantee, ends_on=guarantee.ends_on).exists()
    assert guarantee.ends_on == date(2027, 6, 29)


REFUSED = [
    ("남의 보증", "stranger", {}, {"ends_on": LONGER}, NotFound),
    ("해제된 보증", "user", {"state": "released", "outstanding": 0}, {"ends_on": LONGER}, NotNow),
    ("끝난 보증", "user", {"state": "expired"}, {"ends_on": LONGER}, NotNow),
    ("감사는 신청하지 못함", "auditor", {}, {"ends_on": LONGER}, NotAllowed),
    ("바뀐 것 없음", "user", {}, {}, endorsing.Unfit),
    ("지난 날짜로", "user", {}, {"ends_on": date(2026, 12, 2)}, None),
    ("오늘로", "user", {}, {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 23)}, endorsing.Unfit),
]


@pytest.mark.parametrize(("_case", "who", "fields", "changes", "refusal"), REFUSED)
def test_asking(
    cast: Cast,
    guarantee: Guarantee,
    _case: str,
    who: str,
    fields: dict[str, object],
    changes: dict[str, object],
    refusal: type[Refusal] | None,
) -> None:
    Guarantee.everything.filter(pk=guarantee.pk).update(**fields)
    people = {
        "user": web(cast.user),
        "stranger": web(make_cast().user),
        "auditor": replace(admin(cast.officer), roles=frozenset()),
    }
    new = replace(endorsing.terms_of(guarantee), **changes)
    if refusal is None:
        endorsing.ask(guarantee_id=guarantee.pk, new=new, reason="-", by=people[who], at=MONDAY)
        assert Endorsement.everything.count() == 1
        return
    with pytest.raises(refusal):
        endorsing.ask(guarantee_id=guarantee.pk, new=new, reason="-", by=people[who], at=MONDAY)
    assert not Endorsement.everything.exists()


def test_asked_twice_it_is_one_request(cast: Cast, guarantee: Guarantee) -> None:
    assert asked(cast, guarantee, ends_on=LONGER) == asked(cast, guarantee, ends_on=LONGER)
    with pytest.raises(endorsing.AnotherOpen):
        asked(cast, guarantee, ends_on=date(2027, 12, 31))
    assert Endorsement.everything.count() == 1


def test_an_officer_decides_within_his_authority(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    with pytest.raises(BeyondAuthority):
        endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.officer), at=MONDAY)
    with pytest.raises(NotAllowed):
        endorsing.approve(endorsement_id=endorsement.pk, by=web(cast.user), at=MONDAY)
    with pytest.raises(NotFound):
        endorsing.approve(endorsement_id=endorsement.pk, by=admin(make_cast().head), at=MONDAY)


def test_above_the_limit_nothing_is_approved(cast: Cast, guarantee: Guarantee) -> None:
    MemberLimit.everything.filter(member=cast.member).update(shares=80)  # 120,000,000 won
    endorsement = asked(cast, guarantee, amount=130_000_000)
    with pytest.raises(LimitExceeded):
        endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    endorsement.refresh_from_db()
    assert endorsement.state == "requested"


def test_an_open_claim_stops_it(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    paper = claims.Given(claimant="누리청", amount=1_000_000, received_on=date(2026, 11, 23), facts="공사 중단")
    claims.enter(guarantee_id=guarantee.pk, given=paper, by=admin(cast.underwriter), at=MONDAY)
    with pytest.raises(OpenClaim):
        endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)


def test_rejected_with_words(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    with pytest.raises(endorsing.NoteMissing):
        endorsing.reject(endorsement_id=endorsement.pk, note=" ", by=admin(cast.head), at=MONDAY)
    endorsing.reject(endorsement_id=endorsement.pk, note="변경계약서가 없습니다.", by=admin(cast.head), at=MONDAY)
    letter = Message.everything.get(purpose="endorsed", channel="email")
    assert "변경계약서가 없습니다." in letter.body
    with pytest.raises(endorsing.AlreadyAnswered):
        endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)


def test_taken_back_by_the_member(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    for _ in range(2):
        endorsing.withdraw(endorsement_id=endorsement.pk, by=web(cast.user), at=MONDAY)
    endorsement.refresh_from_db()
    assert endorsement.state == "withdrawn"
    assert asked(cast, guarantee, ends_on=LONGER).pk != endorsement.pk


def test_unpaid_changes_lapse(cast: Cast, guarantee: Guarantee) -> None:
    """Seven business days, as long as an approval waits: from Monday 11-23 to Wednesday 12-02."""
    endorsement = asked(cast, guarantee, ends_on=LONGER)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    system = replace(admin(cast.head), user_id=None, channel="system")
    assert endorsing.lapse_unpaid(by=system, at=at("2026-12-02 23:59")) == 0
    assert endorsing.lapse_unpaid(by=system, at=at("2026-12-03 00:20")) == 1
    endorsement.refresh_from_db()
    assert endorsement.state == "withdrawn"


def approved_change(cast: Cast, guarantee: Guarantee, *, is_paid: bool) -> Endorsement:
    """A raise by ten million won; paid, its change was kept from taking effect by what came in between."""
    endorsement = asked(cast, guarantee, amount=130_000_000)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    if is_paid:
        Payment.everything.create(
            member=cast.member, endorsement=endorsement, method="counter", state="paid", amount=34_850,
            order_id="change-1", asked_at=MONDAY, paid_at=MONDAY,
        )  # fmt: skip
    return endorsement


def end_by_release(cast: Cast, guarantee: Guarantee) -> None:
    releasing.release(guarantee_id=guarantee.pk, ground="returned", note="반환", by=admin(cast.head), at=TUESDAY)


def end_by_cancel(cast: Cast, guarantee: Guarantee) -> None:
    cancelling.cancel(guarantee_id=guarantee.pk, reason="공사 취소", by=admin(cast.head), at=TUESDAY)


def end_by_time(cast: Cast, guarantee: Guarantee) -> None:
    system = replace(admin(cast.head), user_id=None, channel="system")
    expiring.mark_expired(today=date(2027, 7, 1), by=system, at=at("2027-07-01 00:10"))


@pytest.mark.parametrize("end", [end_by_release, end_by_cancel, end_by_time])
@pytest.mark.parametrize("is_paid", [False, True])
def test_a_guarantee_that_is_over_changes_no_more(
    cast: Cast, guarantee: Guarantee, end: Callable[[Cast, Guarantee], None], is_paid: bool
) -> None:
    """Otherwise an approved raise would hold the limit for ever, and its money would stay with us."""
    endorsement = approved_change(cast, guarantee, is_paid=is_paid)
    end(cast, guarantee)
    endorsement.refresh_from_db()
    assert endorsement.state == "withdrawn"
    assert position_of(cast.member.pk, day=date(2026, 11, 24)).reserved == 0
    back = Refund.everything.filter(payment__endorsement=endorsement).values_list("amount", flat=True)
    assert list(back) == ([34_850] if is_paid else [])


def test_paid_after_the_end_it_goes_back(cast: Cast, guarantee: Guarantee) -> None:
    endorsement = approved_change(cast, guarantee, is_paid=True)
    Guarantee.everything.filter(pk=guarantee.pk).update(state="expired")
    done = endorsing.finish_paid(endorsement_id=endorsement.pk, by=admin(cast.officer), at=TUESDAY)
    assert (done.state, Refund.everything.get().amount) == ("withdrawn", 34_850)


def test_an_older_guarantee_takes_the_rates_of_the_day(cast: Cast) -> None:
    old = make_guarantee(cast.member, ends_on=date(2027, 6, 30), amount=50_000_000)
    new = Terms(old.amount, old.starts_on, LONGER)
    # 50,000,000 × 0.6 % × 301 and 393 days, each rounded down to 10 won.
    assert endorsing.delta_of(old, new, at=MONDAY) == 323_010 - 247_390


def test_an_older_number_is_changed_printed_and_verified(cast: Cast, client: Client) -> None:
    """Numbers of the older books have no form of ours, and may hold a slash."""
    old = make_guarantee(cast.member, ends_on=date(2027, 6, 30), amount=50_000_000, number="제2019/공사-0412호")
    endorsement = asked(cast, old, amount=40_000_000)
    endorsing.approve(endorsement_id=endorsement.pk, by=admin(cast.head), at=MONDAY)
    document = old.documents.get()
    assert document.printed["number"] == "제2019/공사-0412호/1"
    url = verification_url(old.number, "7K3M9QXD2F5TW8HN")
    assert client.get(url.removeprefix(settings.PUBLIC_URL)).status_code == 200
    typed = Contents(issued_on=document.issued_on)
    found = [by_date(number=f"제2019/공사-0412호{change}", typed=typed, at=MONDAY) for change in ("", "/1", "/x")]
    assert [answer.guarantee for answer in found] == [old, old, None]
