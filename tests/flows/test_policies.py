"""Terms of business by date: the latest checked row in force decides on authority, deadlines and amounts."""

from datetime import date

import pytest

from guarantees.actions import deadlines, screening, submission
from guarantees.actions.terms import check_terms
from guarantees.models import AmountRule, Product, ProductTerms, ScreeningPolicy
from guarantees.policies import amount_rule_on, screening_policy_on
from portal.access import Actor
from portal.businessdays.models import business_calendar
from portal.members.roles import Role
from tests.factories import at, make_user
from tests.stories import (
    FRIDAY,
    Cast,
    admin,
    approved,
    filled_draft,
    in_review,
    make_cast,
    supplemented,
    traces,
    web,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)  # Fri


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def policy(day: date = DAY, **fields: object) -> ScreeningPolicy:
    return ScreeningPolicy.objects.create(effective_from=day, **fields)


def test_the_portal_opens_with_the_defaults() -> None:
    opening = screening_policy_on(DAY)
    assert (opening.officer_up_to, opening.head_up_to, opening.second_person_above) == (
        100_000_000, 1_000_000_000, 100_000_000,
    )  # fmt: skip
    assert (opening.supplement_business_days, opening.approval_business_days, opening.minimum_delta) == (
        10, 7, 1_000,
    )  # fmt: skip
    assert (opening.auto_screening_up_to, opening.refunds_pro_rata) == (0, False)


def test_a_policy_counts_from_its_day_once_another_checked_it() -> None:
    maker, checker = make_user(Role.POLICY_ADMIN), make_user(Role.POLICY_ADMIN)
    row = policy(date(2026, 12, 1), supplement_business_days=5, made_by=maker)
    assert screening_policy_on(date(2026, 12, 1)).supplement_business_days == 10
    check_terms(model=ScreeningPolicy, terms_id=row.pk, by=Actor.user(checker), at=FRIDAY)
    days = (date(2026, 11, 30), date(2026, 12, 1))
    assert [screening_policy_on(day).supplement_business_days for day in days] == [10, 5]


@pytest.mark.parametrize(
    ("_case", "code", "kind", "share_bp"),
    [
        ("입찰", "B1", "", 500),
        ("공사 계약", "C1", "works", 1_500),
        ("물품·용역 계약", "C1", "goods", 1_000),
        ("하도급 계약", "C2", "works", 1_000),
        ("공사이행", "X1", "", 4_000),
        ("하자: 교량 등", "D1", "structure", 500),
        ("하자: 항만", "D1", "harbour", 400),
        ("하자: 일반 건축", "D1", "building", 300),
        ("하자: 공동주택", "D1", "apartment", 300),
        ("하자: 그 밖", "D1", "other", 200),
        ("하도급 하자: 그 밖", "D2", "other", 200),
        ("납품", "G1", "", 1_000),
        ("손해배상은 비율이 없음", "H1", "", None),
        ("선급금은 비율이 없음", "A1", "", None),
    ],
)
def test_statutory_shares(_case: str, code: str, kind: str, share_bp: int | None) -> None:
    rule = amount_rule_on(Product.objects.get(pk=code), kind, DAY)
    assert (rule.share_bp if rule else None) == share_bp


def test_a_temporary_relief_counts_from_its_day() -> None:
    """한시적으로 낮춘 비율은 시행일부터, 끝나면 다시 올린 행으로."""
    contract = Product.objects.get(pk="C1")
    for day, share in ((date(2026, 12, 1), 750), (date(2027, 7, 1), 1_500)):
        AmountRule.objects.create(product=contract, work_kind="works", effective_from=day, share_bp=share)
    days = (date(2026, 11, 30), date(2026, 12, 1), date(2027, 7, 1))
    assert [rule.share_bp for day in days if (rule := amount_rule_on(contract, "works", day))] == [
        1_500, 750, 1_500,
    ]  # fmt: skip


def test_every_product_says_what_it_covers() -> None:
    texts = ProductTerms.objects.filter(product__is_offered=True).values_list("coverage", "version_label")
    assert len(texts) == 17
    assert all(coverage.endswith(".") and label for coverage, label in texts)
    assert len({coverage for coverage, _label in texts}) == 17


def test_authority_is_that_of_the_day_of_the_decision(cast: Cast) -> None:
    application = in_review(cast, amount=60_000_000)
    policy(officer_up_to=50_000_000, second_person_above=50_000_000)
    before = traces()
    with pytest.raises(screening.BeyondAuthority, match=r"60,000,000원은 지점장 이상이 결정합니다"):
        screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)
    assert traces() == before
    screening.approve(application_id=application.pk, by=admin(cast.head), at=FRIDAY)


def test_two_people_above_the_amount_of_the_day(cast: Cast) -> None:
    application = in_review(cast, amount=60_000_000)
    policy(second_person_above=50_000_000)
    with pytest.raises(screening.SamePerson, match=r"50,000,000원이 넘는 보증은 심사한 사람이"):
        screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)
    screening.approve(application_id=application.pk, by=admin(cast.colleague), at=FRIDAY)


def test_the_supplement_deadline_is_that_of_the_day_it_was_asked(cast: Cast) -> None:
    policy(supplement_business_days=3)
    assert supplemented(cast).supplement_due_on == date(2026, 11, 25)  # Wed


def test_an_approval_keeps_the_deadline_it_was_told(cast: Cast) -> None:
    application = approved(cast)
    policy(date(2026, 11, 21), approval_business_days=2)
    assert deadlines.last_day_of(application, business_calendar()) == date(2026, 12, 1)
    assert deadlines.lapse_due(by=Actor.system("기한 관리"), at=at("2026-11-30 00:20")) == 0


def test_a_shorter_deadline_lapses_sooner(cast: Cast) -> None:
    policy(approval_business_days=2)
    application = approved(cast)
    assert deadlines.last_day_of(application, business_calendar()) == date(2026, 11, 24)  # Tue
    assert deadlines.lapse_due(by=Actor.system("기한 관리"), at=at("2026-11-24 23:50")) == 0
    assert deadlines.lapse_due(by=Actor.system("기한 관리"), at=at("2026-11-25 00:20")) == 1


def test_a_share_that_rose_before_the_submission_is_asked_for(cast: Cast) -> None:
    draft = filled_draft(cast, owner_kind="state")
    AmountRule.objects.create(product_id="C1", work_kind="works", effective_from=DAY, share_bp=2_000)
    with pytest.raises(submission.Incomplete, match="20%인 40,000,000원 이상으로"):
        submission.submit(application_id=draft.pk, by=web(cast.user), at=FRIDAY)
