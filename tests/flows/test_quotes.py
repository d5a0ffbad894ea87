"""The fee a member is shown: by the rate of the day, with his own surcharge or discount, pinned, quoted anew."""

from datetime import date

import pytest

from guarantees.actions import requoting, screening, submission
from guarantees.actions.rows import NotNow
from guarantees.models import Application, FeeAdjustment, Product, ProductTerms
from guarantees.quotes import quote, what_if
from portal.audit.trail import history
from portal.members.models import Member
from sms.models import Message
from tests.factories import at, make_member
from tests.stories import FRIDAY, Cast, admin, approved, filled_draft, in_review, make_cast, submitted, traces, web

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)  # Fri
MONDAY = at("2026-11-23 10:00")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def adjust(member: Member, *, day: date = DAY, product: str | None = None, **fields: int) -> FeeAdjustment:
    return FeeAdjustment.everything.create(
        member=member, product_id=product, effective_from=day, reason="시험", **fields
    )


def new_rate(day: date, base_ppm: int = 7_000) -> ProductTerms:
    return ProductTerms.objects.create(product_id="C1", effective_from=day, base_ppm=base_ppm)


def asked(member: Member, code: str = "C1", amount: int = 120_000_000) -> tuple[int, tuple[str, ...]]:
    """The golden contract guarantee of 212 days."""
    found = what_if(
        member_id=member.pk, product=Product.objects.get(pk=code), amount=amount,
        starts_on=date(2026, 12, 1), ends_on=date(2027, 6, 30), day=DAY,
    )  # fmt: skip
    assert found is not None
    return found.fee, found.steps


@pytest.mark.parametrize(
    ("_case", "adjustment", "fee", "steps"),
    [
        ("기본", {}, 418_190, (
            "120,000,000원 × 0.6% × 212일 ÷ 365일 = 418,191원",
            "10원 미만은 버립니다: 418,190원",
        )),
        ("10% 할인", {"disc_bp": 1_000}, 376_370, (
            "할인 10%를 적용합니다.",
            "120,000,000원 × 0.6% × 90% × 212일 ÷ 365일 = 376,372원",
            "10원 미만은 버립니다: 376,370원",
        )),
        ("0.05% 할증", {"add_ppm": 500}, 453_040, (
            "기본 요율 0.6% + 할증 0.05% = 적용 요율 0.65%",
            "120,000,000원 × 0.65% × 212일 ÷ 365일 = 453,041원",
            "10원 미만은 버립니다: 453,040원",
        )),
        ("우대 요율에 할인까지", {"add_ppm": -1_000, "disc_bp": 1_000}, 313_640, (
            "기본 요율 0.6% - 우대 0.1% = 적용 요율 0.5%",
            "할인 10%를 적용합니다.",
            "120,000,000원 × 0.5% × 90% × 212일 ÷ 365일 = 313,643원",
            "10원 미만은 버립니다: 313,640원",
        )),
    ],
)  # fmt: skip
def test_the_steps_line_by_line(
    cast: Cast, _case: str, adjustment: dict[str, int], fee: int, steps: tuple[str, ...]
) -> None:
    if adjustment:
        adjust(cast.member, **adjustment)
    assert asked(cast.member) == (fee, steps)


def test_a_bid_is_charged_by_the_case_and_the_least_fee_is_named(cast: Cast) -> None:
    assert asked(cast.member, "B1", 55_000_000)[0] == 16_500
    assert asked(cast.member, "B1", 10_000_000) == (5_000, (
        "10,000,000원 × 0.03% (건당) = 3,000원",
        "10원 미만은 버립니다: 3,000원",
        "최저 보증료를 적용합니다: 5,000원",
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "rows", "then"),
    [
        ("내일부터", [{"day": date(2026, 11, 21), "disc_bp": 1_000}], 418_190),
        ("보증 종류의 것이 모두의 것보다 앞섬",
         [{"disc_bp": 1_000}, {"disc_bp": 0, "product": "C1"}], 418_190),
        ("다른 보증의 것은 아님", [{"disc_bp": 1_000, "product": "A1"}], 418_190),
        ("나중 것이 앞섬", [{"day": date(2026, 1, 1), "disc_bp": 5_000}, {"disc_bp": 1_000}], 376_370),
    ],
)  # fmt: skip
def test_which_adjustment_counts(cast: Cast, _case: str, rows: list[dict[str, object]], then: int) -> None:
    for row in rows:
        adjust(cast.member, **row)  # type: ignore[arg-type]
    assert asked(cast.member)[0] == then


def test_an_adjustment_ends_and_is_nobody_elses(cast: Cast) -> None:
    row = adjust(cast.member, day=date(2026, 1, 1), disc_bp=1_000)
    assert asked(cast.member)[0] == 376_370
    assert asked(make_member())[0] == 418_190
    row.effective_until = date(2026, 11, 19)
    row.save()
    assert asked(cast.member)[0] == 418_190


def test_an_unchecked_adjustment_does_not_count(cast: Cast) -> None:
    row = adjust(cast.member, disc_bp=1_000)
    row.made_by = cast.underwriter
    row.save()
    assert asked(cast.member)[0] == 418_190


def test_the_adjustment_is_pinned_with_the_submission(cast: Cast) -> None:
    adjust(cast.member, disc_bp=1_000)
    application = submitted(cast)
    # 30,000,000 × 0.6 % × 90 % × 227 ÷ 365 = 100,750.6…
    assert (application.disc_bp, application.quoted_fee) == (1_000, 100_750)
    FeeAdjustment.everything.update(disc_bp=2_000)
    found = quote(application, day=DAY)
    assert found is not None
    assert found.fee == 100_750


def test_a_draft_is_quoted_by_the_rate_of_the_day(cast: Cast) -> None:
    draft = filled_draft(cast)
    new_rate(date(2026, 11, 23))
    assert [found.fee for day in (DAY, date(2026, 11, 23)) if (found := quote(draft, day=day))] == [
        111_940,
        130_600,
    ]


def test_a_rate_that_changed_while_waiting_is_quoted_anew_at_the_approval(cast: Cast) -> None:
    application = in_review(cast)
    terms = new_rate(date(2026, 11, 23))
    done = screening.approve(application_id=application.pk, by=admin(cast.officer), at=MONDAY)
    assert (done.quoted_fee, done.terms_id) == (130_600, terms.pk)
    detail = history(done).get(action="application.requote").detail
    assert detail == {"fee": [111_940, 130_600], "terms": "2026-11-23", "add_ppm": 0, "disc_bp": 0}
    mail = Message.everything.get(channel="email")
    assert "보증료가 111,940원에서 130,600원으로 달라졌습니다" in mail.body
    assert "2026. 12. 2.(수)까지 약정과 납부가 없으면" in mail.body


def test_nothing_changed_nothing_is_written(cast: Cast) -> None:
    application = approved(cast)
    assert not history(application).filter(action="application.requote").exists()
    assert "달라졌습니다" not in Message.everything.get(channel="email").body


def test_after_the_approval_the_member_goes_on_with_the_new_fee(cast: Cast) -> None:
    application = approved(cast)
    adjust(cast.member, day=date(2026, 11, 23), disc_bp=1_000)
    change = requoting.accept_fee(application_id=application.pk, by=web(cast.user), at=MONDAY)
    assert change is not None
    assert (change.before, change.after) == (111_940, 100_750)
    before = traces()
    assert requoting.accept_fee(application_id=application.pk, by=web(cast.user), at=MONDAY) is None
    assert traces() == before


def test_once_signed_the_fee_stays(cast: Cast) -> None:
    application = approved(cast)
    Application.everything.filter(pk=application.pk).update(state="signed", signed_at=FRIDAY)
    new_rate(date(2026, 11, 23))
    before = traces()
    with pytest.raises(NotNow):
        requoting.accept_fee(application_id=application.pk, by=web(cast.user), at=MONDAY)
    assert traces() == before
    application.refresh_from_db()
    found = quote(application, day=MONDAY.date())
    assert found is not None
    assert found.fee == 111_940


def test_an_answer_to_a_supplement_keeps_the_pinned_rate(cast: Cast) -> None:
    application = in_review(cast)
    screening.request_supplement(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, reason_codes=["contract_pages"]
    )
    new_rate(date(2026, 11, 23))
    done = submission.resubmit(application_id=application.pk, by=web(cast.user), at=MONDAY)
    assert done.quoted_fee == 111_940
