"""자동 심사: the rules look first, people decide (DOMAIN §2.5)."""

from datetime import date
from typing import Any

import pytest

from guarantees import tasks
from guarantees.actions import auto_screening, screening
from guarantees.actions.rows import NotAllowed
from guarantees.models import Application, AutoScreening, Claim, MemberLimit, ScreeningPolicy
from portal.access import Actor
from portal.audit.trail import history
from portal.members.models import User
from portal.members.roles import Role
from sms.models import Message
from tests.factories import make_guarantee, make_user
from tests.stories import FRIDAY, Cast, admin, make_cast, submitted, supplemented, traces, web

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("자동 심사")


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    make_guarantee(made.member, beneficiary_name="누리교육지원청")
    return made


@pytest.fixture
def policy() -> ScreeningPolicy:
    return ScreeningPolicy.objects.create(effective_from=date(2026, 11, 1), auto_screening_up_to=500_000_000)


def screen(application: Application) -> AutoScreening | None:
    return auto_screening.screen(application_id=application.pk, by=SYSTEM, at=FRIDAY)


def screened(cast: Cast, **fields: Any) -> Application:
    application = submitted(cast, **fields)
    found = screen(application)
    assert found is not None
    assert found.passed, found.findings
    application.refresh_from_db()
    return application


def open_points(found: AutoScreening | None) -> list[str]:
    assert found is not None
    return [point["code"] for point in found.findings if not point["passed"]]


def test_everything_in_order_it_is_in_review_without_a_reviewer(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast)
    assert (application.state, application.reviewer, application.taken_at) == ("in_review", None, FRIDAY)
    assert application.auto_screened_at == FRIDAY
    points = application.auto_screenings.get().findings
    assert [point["code"] for point in points] == [
        "trading", "complete", "limit", "claims", "twins", "beneficiary",
    ]  # fmt: skip
    assert points[2]["text"] == "승인한 뒤 남는 한도는 14,920,000,000원입니다."  # 15,000 - 50 - 30 million
    assert points[5]["text"] == "이 보증채권자에게 전에 1건 보증했습니다."
    event = history(application).get(action="application.auto_screen")
    assert (event.channel, event.detail) == ("system", {"passed": True, "open": []})
    assert Message.everything.count() == 0


def _suspended(cast: Cast) -> None:
    cast.member.status = "suspended"
    cast.member.save()


def _poor(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).update(shares=50)  # 75,000,000 won


def _without_limit(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).delete()


def _claimed(cast: Cast) -> None:
    Claim.everything.create(
        guarantee=cast.member.guarantees.get(), claimant="누리교육지원청", amount=1, received_on=FRIDAY.date(),
        facts="-", entered_at=FRIDAY, entered_by=cast.underwriter,
    )  # fmt: skip


def _twin(cast: Cast) -> None:
    submitted(cast)


def _stranger(cast: Cast) -> None:
    cast.member.guarantees.update(beneficiary_name="가상시청")


def _paper_gone(cast: Cast) -> None:
    Application.everything.get().documents.update(is_withdrawn=True)


@pytest.mark.parametrize(
    ("_case", "change", "point"),
    [
        ("거래 정지", _suspended, "trading"),
        ("서류가 빠짐", _paper_gone, "complete"),
        ("한도 모자람", _poor, "limit"),
        ("한도 미등록", _without_limit, "limit"),
        ("청구 처리 중", _claimed, "claims"),
        ("같은 계약의 신청", _twin, "twins"),
        ("처음 보는 보증채권자", _stranger, "beneficiary"),
    ],
)
def test_one_open_point_leaves_it_to_the_officer(
    cast: Cast, policy: ScreeningPolicy, _case: str, change: Any, point: str
) -> None:
    application = submitted(cast)
    change(cast)
    found = screen(application)
    assert open_points(found) == [point]
    application.refresh_from_db()
    assert (application.state, application.auto_screened_at) == ("submitted", None)
    screening.take(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)


@pytest.mark.parametrize(
    ("_case", "most", "screened"),
    [("꺼 둠", 0, False), ("금액이 넘침", 29_999_999, False), ("꼭 그 금액", 30_000_000, True)],
)
def test_only_up_to_the_amount_of_the_policy(cast: Cast, _case: str, most: int, screened: bool) -> None:
    ScreeningPolicy.objects.create(effective_from=date(2026, 11, 1), auto_screening_up_to=most)
    application = submitted(cast)
    before = traces()
    assert (screen(application) is not None) is screened
    assert (traces() != before) is screened


def test_it_looks_once(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast)
    before = traces()
    assert screen(application) is None
    assert traces() == before
    assert screen(supplemented(cast)) is None


def test_the_sweep_takes_what_is_waiting_and_only_that(
    cast: Cast, policy: ScreeningPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: FRIDAY)
    first, second = submitted(cast, contract_number="1"), submitted(cast, contract_number="2")
    tasks.screen_applications()
    assert {row.application_id for row in AutoScreening.everything.all()} == {first.pk, second.pk}
    tasks.screen_applications()
    assert AutoScreening.everything.count() == 2


def test_people_do_not_press_it(cast: Cast, policy: ScreeningPolicy) -> None:
    application = submitted(cast)
    before = traces()
    with pytest.raises(NotAllowed):
        auto_screening.screen(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    assert traces() == before


def test_whoever_takes_it_up_reviews_it(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast)
    taken = screening.take(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)
    assert (taken.state, taken.reviewer_id) == ("in_review", cast.officer.pk)
    with pytest.raises(screening.AlreadyTaken):
        screening.take(application_id=application.pk, by=admin(cast.colleague), at=FRIDAY)


def test_up_to_the_amount_one_person_decides_and_is_the_reviewer(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast, amount=100_000_000)
    done = screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)
    assert (done.state, done.reviewer_id, done.decided_by_id) == ("approved", cast.officer.pk, cast.officer.pk)


def test_rejecting_makes_the_reviewer_too(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast)
    done = screening.reject(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, reason_code="credit", reason="연체"
    )
    assert (done.state, done.reviewer_id) == ("rejected", cast.officer.pk)


def test_asking_for_more_makes_the_reviewer_too(cast: Cast, policy: ScreeningPolicy) -> None:
    application = screened(cast)
    done = screening.request_supplement(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, reason_codes=["contract_seal"]
    )
    assert (done.state, done.reviewer_id) == ("supplement", cast.officer.pk)


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_above_the_amount_somebody_else_must_have_looked(cast: Cast, policy: ScreeningPolicy, decide: str) -> None:
    application = screened(cast, amount=100_000_001)

    def attempt(person: User) -> None:
        more = {"reason_code": "credit", "reason": "연체"} if decide == "reject" else {}
        getattr(screening, decide)(application_id=application.pk, by=admin(person), at=FRIDAY, **more)

    before = traces()
    with pytest.raises(screening.NobodyReviewed):
        attempt(cast.head)
    assert traces() == before
    screening.take(application_id=application.pk, by=admin(cast.head), at=FRIDAY)
    with pytest.raises(screening.SamePerson):
        attempt(cast.head)
    attempt(make_user(Role.BRANCH_HEAD, branch=cast.branch))
