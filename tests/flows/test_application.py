"""A member applies: one draft for each form, kept on the way, handed in once, taken back, lapsed (S08, S12)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from guarantees.actions import deadlines, drafts, expiring, submission
from guarantees.actions.rows import NotAllowed, NotFound, NotNow
from guarantees.models import Application, Guarantee, ProductTerms
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.members.models import User
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.models import Message
from tests.factories import at, make_application, make_guarantee, make_member, make_user
from tests.stories import (
    FRIDAY,
    Cast,
    admin,
    approved,
    filled_draft,
    in_review,
    make_cast,
    submitted,
    supplemented,
    traces,
    web,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def start(user: User, form_key: object = None, product: str = "C1") -> Application:
    key = form_key or uuid4()
    return drafts.start(product_code=product, form_key=key, by=web(user), at=FRIDAY)  # type: ignore[arg-type]


def submit(application: Application, user: User, when: datetime = FRIDAY) -> Application:
    return submission.submit(application_id=application.pk, by=web(user), at=when)


def test_the_same_form_is_the_same_draft(cast: Cast) -> None:
    key = uuid4()
    first, second = start(cast.user, key), start(cast.user, key)
    assert first.pk == second.pk
    assert Application.everything.count() == 1
    assert list(history(first).values_list("action", flat=True)) == ["application.start"]


def test_going_back_and_choosing_again_changes_the_product_of_the_draft(cast: Cast) -> None:
    key = uuid4()
    start(cast.user, key, "C1")
    assert start(cast.user, key, "A1").pk == Application.everything.get().pk
    assert Application.everything.get().product_id == "A1"


def test_a_form_that_was_handed_in_cannot_start_another_product(cast: Cast) -> None:
    application = submitted(cast)
    before = traces()
    with pytest.raises(drafts.FormUsed):
        start(cast.user, application.form_key, "A1")
    assert traces() == before


def test_two_members_may_hold_the_same_key(cast: Cast) -> None:
    key = uuid4()
    other = make_user(Role.MEMBER_USER, member=make_member())
    assert start(cast.user, key).pk != start(other, key).pk


@pytest.mark.parametrize(
    ("_case", "last", "company", "expected"),
    [
        ("지난 신청의 담당자", "01000000200", "01000000300", "01000000200"),
        ("지난 신청이 없으면 회사의 담당자", "", "01000000300", "01000000300"),
        ("둘 다 없으면 빈 칸", "", "", ""),
    ],
)
def test_the_contact_is_filled_in(_case: str, last: str, company: str, expected: str) -> None:
    cast = make_cast(contact_mobile=company)
    if last:
        make_application(cast.member, contact_mobile=last)
    assert start(cast.user).contact_mobile == expected


@pytest.mark.parametrize(("_case", "product"), [("본점 전용", "T1"), ("없는 코드", "Z9"), ("빈 값", "")])
def test_only_offered_products_start(cast: Cast, _case: str, product: str) -> None:
    before = traces()
    with pytest.raises(drafts.NotOffered):
        start(cast.user, product=product)
    assert traces() == before


def test_what_was_typed_is_kept_and_a_new_start_puts_the_old_end_out(cast: Cast) -> None:
    draft = make_application(cast.member)
    drafts.save(
        application_id=draft.pk, by=web(cast.user), at=FRIDAY,
        values={"starts_on": date(2027, 7, 1), "contract_name": "누리청사 냉난방기 교체공사", "state": "approved"},
    )  # fmt: skip
    draft.refresh_from_db()
    assert (draft.starts_on, draft.ends_on) == (date(2027, 7, 1), None)
    assert (draft.contract_name, draft.state) == ("누리청사 냉난방기 교체공사", "draft")


def test_handing_in(cast: Cast) -> None:
    draft = filled_draft(cast)
    done = submit(draft, cast.user)
    # 30,000,000 × 0.6 % × 227 days ÷ 365 = 111,945.2…
    assert (done.state, done.number, done.quoted_fee) == ("submitted", "A26-000001", 111_940)
    assert done.terms == ProductTerms.objects.get(product_id="C1")
    assert (done.submitted_at, done.submitted_by_id) == (FRIDAY, cast.user.pk)
    event = history(done).get(action="application.submit")
    assert (event.actor_name, event.channel, event.detail["alike"]) == (str(cast.user), "web", [])
    assert Message.everything.count() == 0


def test_handed_in_twice_it_is_handed_in_once(cast: Cast) -> None:
    """fault-87: again after a lost answer."""
    draft = filled_draft(cast)
    version = submission.version_of(draft)
    for _press in range(2):
        done = submission.submit(application_id=draft.pk, by=web(cast.user), at=FRIDAY, version=version)
        assert done.number == "A26-000001"
    assert history(done).filter(action="application.submit").count() == 1


def test_numbers_follow_each_other_and_begin_anew_each_year(cast: Cast) -> None:
    numbers = [submitted(cast).number, submitted(cast).number]
    draft = filled_draft(cast, ends_on=date(2027, 6, 30))
    numbers.append(submit(draft, cast.user, at("2027-01-01 00:00")).number)
    assert numbers == ["A26-000001", "A26-000002", "A27-000001"]


def test_the_year_is_that_of_seoul(cast: Cast) -> None:
    draft = filled_draft(cast)
    assert submit(draft, cast.user, at("2027-01-01 08:59")).number == "A27-000001"  # 2026-12-31 23:59 UTC


def test_the_latest_terms_in_force_are_pinned(cast: Cast) -> None:
    ProductTerms.objects.create(product_id="C1", effective_from=date(2026, 11, 20), base_ppm=7000)
    ProductTerms.objects.create(product_id="C1", effective_from=date(2026, 11, 21), base_ppm=8000)
    assert submitted(cast, terms=None).quoted_fee == 130_600


def test_a_twin_is_written_down_for_the_branch(cast: Cast) -> None:
    first, second = submitted(cast), submitted(cast)
    event = history(second).get(action="application.submit")
    assert event.detail["alike"] == [first.number]


@pytest.mark.parametrize(
    ("_case", "fields", "field"),
    [
        ("휴대폰 없음", {"contact_mobile": ""}, "contact_mobile"),
        ("종료일이 오늘", {"ends_on": date(2026, 11, 20)}, "ends_on"),
        ("보증금액이 계약금액보다 큼", {"amount": 200_000_001}, "amount"),
    ],
)
def test_incomplete_it_stays_a_draft(cast: Cast, _case: str, fields: dict[str, object], field: str) -> None:
    draft = filled_draft(cast, **fields)
    before = traces()
    with pytest.raises(submission.Incomplete) as refused:
        submit(draft, cast.user)
    assert [found.field for found in refused.value.findings] == [field]
    assert traces() == before


def test_without_its_papers_it_stays_a_draft(cast: Cast) -> None:
    draft = make_application(cast.member)
    before = traces()
    with pytest.raises(submission.Incomplete, match="계약서 사본 파일을 올려 주세요"):
        submit(draft, cast.user)
    assert traces() == before


def test_a_page_that_shows_other_contents_does_not_hand_in(cast: Cast) -> None:
    draft = filled_draft(cast)
    version = submission.version_of(draft)
    drafts.save(
        application_id=draft.pk, by=web(cast.user), at=FRIDAY + timedelta(minutes=1),
        values={"amount": 40_000_000},
    )  # fmt: skip
    before = traces()
    with pytest.raises(submission.ChangedMeanwhile):
        submission.submit(application_id=draft.pk, by=web(cast.user), at=FRIDAY, version=version)
    assert traces() == before


def test_a_suspended_company_hands_nothing_in(cast: Cast) -> None:
    draft = filled_draft(cast)
    cast.member.status = "suspended"
    cast.member.save()
    before = traces()
    with pytest.raises(submission.NotTrading):
        submit(draft, cast.user)
    assert traces() == before


def test_a_supplement_is_answered_with_its_difference(cast: Cast) -> None:
    application = supplemented(cast)
    drafts.save(
        application_id=application.pk, by=web(cast.user), at=FRIDAY,
        values={"amount": 40_000_000, "contact_mobile": "01000000200"},
    )  # fmt: skip
    done = submission.resubmit(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    assert (done.state, done.supplement_due_on, done.quoted_fee) == ("in_review", None, 149_260)
    assert done.reviewer_id == cast.officer.pk
    assert history(done).get(action="application.amend").detail == {
        "amount": [30_000_000, 40_000_000],
        "contact_mobile": ["010-****-0100", "010-****-0200"],
    }
    assert history(done).get(action="application.resubmit").detail["items"] == ["계약서 2쪽이 빠졌습니다."]


def test_answered_twice_it_is_answered_once(cast: Cast) -> None:
    application = supplemented(cast)
    submission.resubmit(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    before = traces()
    submission.resubmit(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "make"),
    [
        ("작성 중", filled_draft),
        ("접수", submitted),
        ("심사 중", in_review),
        ("보완", supplemented),
        ("승인", approved),
    ],
)
def test_the_member_takes_it_back(cast: Cast, _case: str, make: Callable[[Cast], Application]) -> None:
    application = make(cast)
    for _press in range(2):
        done = submission.withdraw(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    assert (done.state, done.closed_at) == ("withdrawn", FRIDAY)
    assert history(done).filter(action="application.withdraw").count() == 1


def test_the_contact_changes_until_the_decision(cast: Cast) -> None:
    application = in_review(cast)
    change = {"name": "윤아람", "mobile": "01000000200", "email": "new@example.kr"}
    submission.change_contact(application_id=application.pk, by=web(cast.user), at=FRIDAY, **change)
    application.refresh_from_db()
    assert (application.contact_name, application.contact_mobile) == ("윤아람", "01000000200")
    event = history(application).get(action="application.change_contact")
    assert event.detail == {"mobile": ["010-****-0100", "010-****-0200"]}
    decided = approved(cast)
    before = traces()
    with pytest.raises(drafts.NotEditable):
        submission.change_contact(application_id=decided.pk, by=web(cast.user), at=FRIDAY, **change)
    assert traces() == before


Step = Callable[[Application, Actor], object]


def _save(application: Application, by: Actor) -> object:
    return drafts.save(application_id=application.pk, by=by, at=FRIDAY, values={"contract_name": "다른 공사"})


def _submit(application: Application, by: Actor) -> object:
    return submission.submit(application_id=application.pk, by=by, at=FRIDAY)


def _resubmit(application: Application, by: Actor) -> object:
    return submission.resubmit(application_id=application.pk, by=by, at=FRIDAY)


def _withdraw(application: Application, by: Actor) -> object:
    return submission.withdraw(application_id=application.pk, by=by, at=FRIDAY)


def _contact(application: Application, by: Actor) -> object:
    return submission.change_contact(
        application_id=application.pk, by=by, at=FRIDAY, name="x", mobile="01000000999", email="x@example.kr"
    )


@pytest.mark.parametrize(
    ("_case", "make", "step", "refusal"),
    [
        ("접수 뒤 수정", submitted, _save, drafts.NotEditable),
        ("심사 중 수정", in_review, _save, drafts.NotEditable),
        ("승인 뒤 수정", approved, _save, drafts.NotEditable),
        ("승인 뒤 제출", approved, _submit, NotNow),
        ("보완 중 처음 제출", supplemented, _submit, NotNow),
        ("작성 중 보완 제출", filled_draft, _resubmit, NotNow),
        ("접수 뒤 보완 제출", submitted, _resubmit, NotNow),
        ("작성 중 담당자 변경", filled_draft, _contact, drafts.NotEditable),
    ],
)
def test_steps_refused_by_state(
    cast: Cast, _case: str, make: Callable[[Cast], Application], step: Step, refusal: type[Refusal]
) -> None:
    application = make(cast)
    before = traces()
    with pytest.raises(refusal):
        step(application, web(cast.user))
    assert traces() == before


@pytest.mark.parametrize("step", [_save, _submit, _resubmit, _withdraw, _contact])
@pytest.mark.parametrize("make", [filled_draft, submitted, supplemented])
@pytest.mark.parametrize("who", ["other member", "officer", "member without role"])
def test_nobody_else_takes_the_members_steps(
    cast: Cast, who: str, make: Callable[[Cast], Application], step: Step
) -> None:
    application = make(cast)
    others = {
        "other member": web(make_user(Role.MEMBER_USER, member=make_member(cast.branch))),
        "officer": admin(cast.officer),
        "member without role": web(make_user(member=cast.member)),
    }
    before = traces()
    with pytest.raises((NotFound, NotAllowed, NotNow)):
        step(application, others[who])
    assert traces() == before


SYSTEM = Actor.system("기한 관리")


@pytest.mark.parametrize(
    ("_case", "day", "lapsed"),
    [
        ("10영업일째 (금)", "2026-12-04 23:59", 0),
        ("그다음 날 (토)", "2026-12-05 00:20", 1),
    ],
)
def test_an_unanswered_supplement_lapses(cast: Cast, _case: str, day: str, lapsed: int) -> None:
    application = supplemented(cast)
    assert application.supplement_due_on == date(2026, 12, 4)
    Message.everything.all()
    count = Message.everything.count()
    assert deadlines.lapse_due(by=SYSTEM, at=at(day)) == lapsed
    application.refresh_from_db()
    assert application.state == ("lapsed" if lapsed else "supplement")
    assert Message.everything.count() == count + lapsed
    if lapsed:
        mail = Message.everything.latest("id")
        assert (mail.channel, mail.to) == ("email", "contact@example.kr")
        assert mail.key == f"lapsed:{application.public_id}:1:email"
        assert "보완 기한 2026. 12. 4.(금)까지" in mail.body
        assert history(application).get(action="application.lapse").detail["from"] == "supplement"


@pytest.mark.parametrize(
    ("_case", "day", "lapsed"),
    [
        ("승인 뒤 7영업일째 (화)", "2026-12-01 23:59", 0),
        ("그다음 날 (수)", "2026-12-02 00:20", 1),
    ],
)
def test_an_idle_approval_lapses(cast: Cast, _case: str, day: str, lapsed: int) -> None:
    application = approved(cast)
    assert deadlines.lapse_due(by=SYSTEM, at=at(day)) == lapsed
    application.refresh_from_db()
    assert application.state == ("lapsed" if lapsed else "approved")
    assert deadlines.lapse_due(by=SYSTEM, at=at(day)) == 0


def test_guarantees_expire_the_day_after_their_last(cast: Cast) -> None:
    over = make_guarantee(cast.member, ends_on=date(2026, 11, 19))
    last_day = make_guarantee(cast.member, ends_on=date(2026, 11, 20))
    released = make_guarantee(
        cast.member, ends_on=date(2026, 11, 1), state="released", outstanding=0, released_at=FRIDAY
    )
    events = AuditEvent.everything.count()
    assert expiring.mark_expired(today=date(2026, 11, 20), by=SYSTEM, at=FRIDAY) == 1
    states = dict(Guarantee.everything.values_list("pk", "state"))
    assert states == {over.pk: "expired", last_day.pk: "active", released.pk: "released"}
    assert AuditEvent.everything.count() == events + 1
    event = history(over).get()
    assert (event.action, event.member_id, event.channel) == ("guarantee.expire", cast.member.pk, "system")
    assert expiring.mark_expired(today=date(2026, 11, 20), by=SYSTEM, at=FRIDAY) == 0
