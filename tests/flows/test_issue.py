"""From approval to the guarantee: one number, one call, one set of messages; and its release (S08, S15, S23)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from guarantees.actions import issuing, releasing, screening, submission
from guarantees.actions.rows import NotAllowed, NotFound, NotNow
from guarantees.models import Application, Guarantee
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.models import Lot, Message
from tests.factories import at, make_branch, make_guarantee, make_user
from tests.flows.test_screening import at_once
from tests.stories import (
    FRIDAY,
    Cast,
    admin,
    approved,
    crashing,
    filled_draft,
    in_review,
    make_cast,
    submitted,
    supplemented,
    traces,
    web,
)

LATER = FRIDAY + timedelta(hours=3)


def issue(application: Application, by: Actor, **confirmed: bool) -> Guarantee:
    return issuing.issue(
        application_id=application.pk, by=by, at=LATER,
        agreement_confirmed=confirmed.get("agreement", True), fee_confirmed=confirmed.get("fee", True),
    )  # fmt: skip


def release(guarantee: Guarantee, by: Actor, reason: str = "준공검사 조서") -> Guarantee:
    return releasing.release(guarantee_id=guarantee.pk, by=by, at=LATER, ground="confirmed", note=reason)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(sms_name="미르누리설비")


def test_issue(cast: Cast) -> None:
    application = approved(cast)
    guarantee = issue(application, admin(cast.officer))
    application.refresh_from_db()
    assert (application.state, application.signed_at, application.fee_paid_at, application.closed_at) == (
        "issued", LATER, LATER, LATER,
    )  # fmt: skip
    assert (guarantee.number, guarantee.sms_number, guarantee.state) == (
        "2026-C1-000001-2", "C1-000001", "active",
    )  # fmt: skip
    assert (guarantee.amount, guarantee.outstanding, guarantee.fee) == (30_000_000, 30_000_000, 111_940)
    assert (guarantee.starts_on, guarantee.ends_on) == (date(2026, 11, 16), date(2027, 6, 30))
    assert (guarantee.issued_on, guarantee.issued_by_id) == (date(2026, 11, 20), cast.officer.pk)
    detail = history(application).get(action="application.issue").detail
    assert (detail["guarantee"], detail["agreement"], detail["fee_paid"], detail["calls"]) == (
        "2026-C1-000001-2", "지점에서 약정서 확인", "지점 수납", 1,
    )  # fmt: skip


def test_an_internet_guarantee_earns_a_call_and_says_so(cast: Cast) -> None:
    guarantee = issue(approved(cast), admin(cast.officer))
    lot = Lot.everything.get()
    assert (lot.member_id, lot.source, lot.quantity) == (
        cast.member.pk, f"guarantee:{guarantee.public_id}", 1,
    )  # fmt: skip
    sms = Message.everything.get(key=f"issued:{guarantee.public_id}:sms")
    assert sms.body == "[설비공제]미르누리설비 계약보증 발급 C1-000001 ~27.06.30. 문자마일리지 1콜 적립"
    assert sms.to == "01000000100"
    mail = Message.everything.get(key=f"issued:{guarantee.public_id}:email")
    assert "문자메시지 마일리지 1콜이 적립되었습니다. 2027. 11. 20.(토)까지" in mail.body
    assert f"http://localhost:8000/guarantees/{guarantee.public_id}/" in mail.body


def test_a_branch_guarantee_earns_none_and_says_nothing_of_it(cast: Cast) -> None:
    guarantee = issue(approved(cast, channel="branch"), admin(cast.officer))
    assert Lot.everything.count() == 0
    sms = Message.everything.get(key=f"issued:{guarantee.public_id}:sms")
    assert sms.body == "[설비공제]미르누리설비 계약보증 발급 C1-000001 ~27.06.30."
    assert "마일리지" not in Message.everything.get(key=f"issued:{guarantee.public_id}:email").body


def test_issued_twice_it_is_issued_once(cast: Cast) -> None:
    application = approved(cast)
    first = issue(application, admin(cast.officer))
    before = traces()
    assert issue(application, admin(cast.colleague)).pk == first.pk
    assert traces() == before


def test_numbers_run_without_a_gap_by_product_and_year(cast: Cast) -> None:
    by = admin(cast.officer)
    numbers = [issue(approved(cast), by).sms_number for _n in range(2)]
    with crashing():
        issue(approved(cast), by)
    numbers.append(issue(approved(cast), by).sms_number)
    other = approved(cast, product_code="A1", advance_amount=30_000_000, ends_on=date(2027, 8, 29))
    numbers.append(issue(other, by).sms_number)
    assert numbers == ["C1-000001", "C1-000002", "C1-000003", "A1-000001"]


def test_a_crash_at_the_end_leaves_nothing(cast: Cast) -> None:
    application = approved(cast)
    before = traces()
    with crashing():
        issue(application, admin(cast.officer))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "confirmed"),
    [
        ("약정만", {"agreement": True, "fee": False}),
        ("수수료만", {"agreement": False, "fee": True}),
        ("둘 다 없음", {"agreement": False, "fee": False}),
    ],
)
def test_both_are_confirmed_or_nothing_is_issued(cast: Cast, _case: str, confirmed: dict[str, bool]) -> None:
    application = approved(cast)
    before = traces()
    with pytest.raises(issuing.NotConfirmed):
        issue(application, admin(cast.officer), **confirmed)
    assert traces() == before


def _rejected(cast: Cast) -> Application:
    application = in_review(cast)
    return screening.reject(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, reason_code="limit", reason="한도 부족"
    )


def _withdrawn(cast: Cast) -> Application:
    application = approved(cast)
    return submission.withdraw(application_id=application.pk, by=web(cast.user), at=FRIDAY)


@pytest.mark.parametrize("make", [filled_draft, submitted, in_review, supplemented, _rejected, _withdrawn])
def test_only_an_approved_application_is_issued(cast: Cast, make: Callable[[Cast], Application]) -> None:
    application = make(cast)
    before = traces()
    with pytest.raises(NotNow):
        issue(application, admin(cast.officer))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "role", "place", "refusal"),
    [
        ("다른 지점", Role.BRANCH_HEAD, "other branch", NotFound),
        ("감사", Role.AUDITOR, "head office", NotAllowed),
        ("조합원 대표", Role.MEMBER_REP, "member", NotAllowed),
    ],
)
def test_who_may_not_issue(cast: Cast, _case: str, role: Role, place: str, refusal: type[Refusal]) -> None:
    application = approved(cast)
    homes = {"other branch": {"branch": make_branch()}, "member": {"member": cast.member}, "head office": {}}
    by = admin(make_user(role, **homes[place]))  # type: ignore[arg-type]
    before = traces()
    with pytest.raises(refusal):
        issue(application, by)
    assert traces() == before


def test_a_period_that_is_over_is_not_issued(cast: Cast) -> None:
    application = approved(cast)
    before = traces()
    with pytest.raises(issuing.PeriodOver):
        issuing.issue(
            application_id=application.pk, by=admin(cast.officer), at=at("2027-07-01 00:00"),
            agreement_confirmed=True, fee_confirmed=True,
        )  # fmt: skip
    assert traces() == before


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_officers_issue_at_once() -> None:
    cast = make_cast()
    application = approved(cast)
    officer, colleague = admin(cast.officer), admin(cast.colleague)
    assert at_once(lambda: issue(application, officer), lambda: issue(application, colleague)) == [None, None]
    assert Guarantee.everything.count() == Lot.everything.count() == 1
    assert AuditEvent.everything.filter(action="guarantee.issue").count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_issued_at_once_are_numbered_without_a_gap() -> None:
    cast = make_cast()
    applications = [approved(cast) for _n in range(6)]
    by = admin(cast.officer)
    outcome = at_once(*(lambda a=a: issue(a, by) for a in applications))  # type: ignore[misc]
    assert outcome == [None] * 6
    numbers = sorted(Guarantee.everything.values_list("sms_number", flat=True))
    assert numbers == [f"C1-{n:06}" for n in range(1, 7)]


def test_release(cast: Cast) -> None:
    guarantee = issue(approved(cast), admin(cast.officer))
    released = release(guarantee, admin(cast.officer))
    assert (released.state, released.outstanding, released.released_at) == ("released", 0, LATER)
    assert history(guarantee).get(action="guarantee.release").detail == {
        "outstanding": 30_000_000, "reason": "보증채권자의 이행 완료 확인: 준공검사 조서", "refund": 0,
        "told": ["sms", "email"],
    }  # fmt: skip
    sms = Message.everything.get(key=f"released:{guarantee.public_id}:sms")
    assert sms.body == "[설비공제]미르누리설비 계약보증 C1-000001 해제. 잔여한도 1,500,000만원"
    assert sms.to == "01000000100"


def test_release_of_a_guarantee_of_the_older_books_tells_the_representative(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member, state="expired")
    release(guarantee, admin(cast.officer))
    messages = Message.everything.order_by("channel").values_list("channel", "to")
    assert list(messages) == [
        ("email", cast.member.representative_email),
        ("sms", cast.member.representative_mobile),
    ]


def test_the_second_release_hears_of_the_first(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    release(guarantee, admin(cast.officer))
    before = traces()
    with pytest.raises(releasing.AlreadyReleased, match="이미 박다솜님이 해제했습니다"):
        release(guarantee, admin(cast.colleague))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "who", "fields", "reason", "refusal"),
    [
        ("사유 없음", "officer", {}, "  ", releasing.NoReleaseReason),
        (
            "취소된 보증",
            "officer",
            {"state": "cancelled", "outstanding": 0, "cancelled_at": at("2026-11-01 09:00")},
            "확인",
            NotNow,
        ),
        ("조합원", "user", {}, "확인", NotAllowed),
    ],
)
def test_releases_refused(
    cast: Cast, _case: str, who: str, fields: dict[str, object], reason: str, refusal: type[Refusal]
) -> None:
    guarantee = make_guarantee(cast.member, **fields)
    before = traces()
    with pytest.raises(refusal):
        release(guarantee, admin(getattr(cast, who)), reason)
    assert traces() == before


def test_another_branch_releases_nothing(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    before = traces()
    with pytest.raises(NotFound):
        release(guarantee, admin(make_user(Role.BRANCH_HEAD, branch=make_branch())))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "code", "may"), [("계약", "C1", False), ("입찰", "B1", True), ("하자", "D1", True)]
)
def test_the_portal_releases_only_what_releases_itself(cast: Cast, _case: str, code: str, may: bool) -> None:
    guarantee = make_guarantee(cast.member, code)
    before = traces()
    if may:
        assert release(guarantee, Actor.system("자동 해제")).state == "released"
    else:
        with pytest.raises(NotAllowed):
            release(guarantee, Actor.system("자동 해제"))
        assert traces() == before
