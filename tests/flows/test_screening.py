"""The branch decides: who may, up to what amount, once, and whom it tells (S10-S13)."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from guarantees.actions import screening, submission
from guarantees.actions.limits import LimitExceeded
from guarantees.actions.rows import NotAllowed, NotFound, NotNow
from guarantees.models import Application, MemberLimit
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.members.models import User
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.models import Message
from tests.factories import at, make_branch, make_user
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

Step = Callable[[Application, Actor], object]


def take(application: Application, by: Actor) -> Application:
    return screening.take(application_id=application.pk, by=by, at=FRIDAY)


def approve(application: Application, by: Actor) -> Application:
    return screening.approve(application_id=application.pk, by=by, at=FRIDAY)


def reject(application: Application, by: Actor) -> Application:
    return screening.reject(
        application_id=application.pk, by=by, at=FRIDAY, reason_code="contract", reason="계약 금액이 다릅니다."
    )


def supplement(application: Application, by: Actor) -> Application:
    return screening.request_supplement(
        application_id=application.pk, by=by, at=FRIDAY, items=["계약서 2쪽이 빠졌습니다.", " "]
    )


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(sms_name="미르누리설비")


def told(application: Application) -> list[tuple[str, str, str]]:
    rows = Message.everything.filter(reference=f"application:{application.public_id}").order_by("key")
    return list(rows.values_list("key", "channel", "to"))


def test_taking_up(cast: Cast) -> None:
    application = take(submitted(cast), admin(cast.officer))
    assert (application.state, application.reviewer_id, application.taken_at) == (
        "in_review",
        cast.officer.pk,
        FRIDAY,
    )
    before = traces()
    take(application, admin(cast.officer))
    assert traces() == before


def test_who_was_faster_is_named(cast: Cast) -> None:
    application = in_review(cast)
    before = traces()
    with pytest.raises(screening.AlreadyTaken, match="이미 박다솜님이 심사하고 있습니다"):
        take(application, admin(cast.colleague))
    assert traces() == before


def test_approval_tells_the_contact_by_both_ways(cast: Cast) -> None:
    application = approved(cast)
    assert (application.state, application.decision, application.decided_by_id) == (
        "approved",
        "approved",
        cast.officer.pk,
    )
    key = f"screening:{application.public_id}:1"
    assert told(application) == [
        (f"{key}:email", "email", "contact@example.kr"),
        (f"{key}:sms", "sms", "01000000100"),
    ]
    sms = Message.everything.get(key=f"{key}:sms")
    assert sms.body == f"[설비공제]미르누리설비 계약보증 심사승인. 약정·수수료납부 후 발급 {application.number}"
    assert history(application).get(action="application.approve").detail["told"] == ["sms", "email"]


def test_the_mail_says_everything_and_leads_to_the_page(cast: Cast) -> None:
    application = approved(cast)
    mail = Message.everything.get(channel="email")
    assert mail.subject == f"계약보증 심사가 승인되었습니다 ({application.number})"
    number = cast.member.business_number
    for line in (
        "박다솜님, 안녕하세요.",
        f"- 접수번호: {application.number}",
        f"- 조합원: {cast.member.name} ({number[:3]}-**-***{number[8:]})",
        "- 보증금액: 30,000,000원 (금 삼천만원정)",
        "- 보증기간: 2026. 11. 16.(월) ~ 2027. 6. 30.(수)",
        "- 보증료: 111,940원",
        f"http://localhost:8000/guarantees/applications/{application.public_id}/",
        f"관할 지점 {cast.branch.name} {cast.branch.phone} (평일 09:00~18:00)",
    ):
        assert line in mail.body.splitlines()
    assert "<td>30,000,000원 (금 삼천만원정)</td>" in mail.html
    assert number not in mail.body + mail.html


def test_markup_in_a_name_stays_text(cast: Cast) -> None:
    approved(cast, contract_name="<b>가온</b> & 초 급식실")
    mail = Message.everything.get(channel="email")
    assert "- 공사명: <b>가온</b> & 초 급식실" in mail.body
    assert "<td>&lt;b&gt;가온&lt;/b&gt; &amp; 초 급식실</td>" in mail.html


def test_a_supplement_says_what_and_until_when(cast: Cast) -> None:
    application = supplement(in_review(cast), admin(cast.officer))
    assert (application.state, application.supplement_due_on) == ("supplement", date(2026, 12, 4))  # Friday
    assert [item.text for item in application.supplement_items.all()] == ["계약서 2쪽이 빠졌습니다."]
    sms = Message.everything.get(channel="sms")
    assert sms.body == (
        f"[설비공제]미르누리설비 계약보증 보완요청(12/4까지) 내용은 마이페이지 {application.number}"
    )
    mail = Message.everything.get(channel="email")
    assert "1. 계약서 2쪽이 빠졌습니다." in mail.body
    assert "보완 기한: 2026. 12. 4.(금)" in mail.body


def test_a_rejection_says_why(cast: Cast) -> None:
    application = reject(in_review(cast), admin(cast.officer))
    assert (application.state, application.reason_code, application.closed_at) == (
        "rejected",
        "contract",
        FRIDAY,
    )
    sms = Message.everything.get(channel="sms")
    assert sms.body == (f"[설비공제]미르누리설비 계약보증 심사반려. 사유는 마이페이지·이메일 {application.number}")
    mail = Message.everything.get(channel="email")
    assert "사유: 계약 내용 불일치\n계약 금액이 다릅니다." in mail.body


def test_each_notice_of_one_application_has_its_own_key(cast: Cast) -> None:
    application = supplemented(cast)
    submission.resubmit(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    supplement(application, admin(cast.officer))
    submission.resubmit(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    approve(application, admin(cast.officer))
    assert [key.rsplit(":", 2)[1:] for key, _channel, _to in told(application)] == [
        ["1", "email"], ["1", "sms"], ["2", "email"], ["2", "sms"], ["3", "email"], ["3", "sms"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "sms_name", "fields", "channels"),
    [
        ("둘 다", "미르누리설비", {}, ["sms", "email"]),
        ("문자용 상호 없음", "", {}, ["email"]),
        ("문자용 상호에 보낼 수 없는 글자", "펲시설비", {}, ["email"]),
    ],
)
def test_without_a_name_for_handsets_the_mail_stands_alone(
    db: None, _case: str, sms_name: str, fields: dict[str, str], channels: list[str]
) -> None:
    application = approved(make_cast(sms_name=sms_name), **fields)
    assert history(application).get(action="application.approve").detail["told"] == channels
    assert Message.everything.count() == len(channels)


def test_the_contact_that_stands_there_now_is_told(cast: Cast) -> None:
    application = in_review(cast)
    submission.change_contact(
        application_id=application.pk, by=web(cast.user), at=FRIDAY,
        name="윤아람", mobile="01000000200", email="new@example.kr",
    )  # fmt: skip
    approve(application, admin(cast.officer))
    assert [to for _key, _channel, to in told(application)] == ["new@example.kr", "01000000200"]


@pytest.mark.parametrize(
    ("_case", "amount", "reviewer", "decider", "refusal"),
    [
        ("1억 담당 혼자", 100_000_000, "officer", "officer", None),
        ("1억 1원 담당", 100_000_001, "officer", "colleague", screening.BeyondAuthority),
        ("1억 1원 지점장", 100_000_001, "officer", "head", None),
        ("1억 1원 지점장이 심사하고 결정", 100_000_001, "head", "head", screening.SamePerson),
        ("1억 지점장이 심사하고 결정", 100_000_000, "head", "head", None),
        ("10억 지점장", 1_000_000_000, "officer", "head", None),
        ("10억 1원 지점장", 1_000_000_001, "officer", "head", screening.BeyondAuthority),
        ("10억 1원 본부", 1_000_000_001, "officer", "underwriter", None),
        ("10억 1원 본부가 심사하고 결정", 1_000_000_001, "underwriter", "underwriter", screening.SamePerson),
    ],
)
@pytest.mark.parametrize(("decide", "result"), [(approve, "approved"), (reject, "rejected")])
def test_the_amount_decides_who_may(
    cast: Cast,
    decide: Step,
    result: str,
    _case: str,
    amount: int,
    reviewer: str,
    decider: str,
    refusal: type[Refusal] | None,
) -> None:
    application = in_review(cast, reviewer=getattr(cast, reviewer), amount=amount, contract_amount=2_000_000_000)
    by = admin(getattr(cast, decider))
    before = traces()
    if refusal is None:
        decide(application, by)
        application.refresh_from_db()
        assert application.state == result
    else:
        with pytest.raises(refusal):
            decide(application, by)
        assert traces() == before


@pytest.mark.parametrize(("first", "word"), [(approve, "승인"), (reject, "반려")])
@pytest.mark.parametrize("second", [approve, reject, supplement])
def test_the_second_decision_hears_of_the_first(cast: Cast, first: Step, word: str, second: Step) -> None:
    application = in_review(cast)
    first(application, admin(cast.officer))
    before = traces()
    with pytest.raises(screening.AlreadyDecided, match=f"이미 박다솜님이 {word}했습니다"):
        second(application, admin(cast.colleague))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "make", "step"),
    [
        ("작성 중 심사 시작", filled_draft, take),
        ("보완 중 심사 시작", supplemented, take),
        ("접수 상태 승인", submitted, approve),
        ("접수 상태 반려", submitted, reject),
        ("접수 상태 보완 요청", submitted, supplement),
        ("보완 중 승인", supplemented, approve),
        ("보완 중 보완 요청", supplemented, supplement),
    ],
)
def test_steps_refused_by_state(cast: Cast, _case: str, make: Callable[[Cast], Application], step: Step) -> None:
    application = make(cast)
    before = traces()
    with pytest.raises(NotNow):
        step(application, admin(cast.colleague))
    assert traces() == before


@pytest.mark.parametrize("step", [approve, reject, supplement])
@pytest.mark.parametrize(
    ("_case", "role", "place", "refusal"),
    [
        ("다른 지점 담당", Role.BRANCH_OFFICER, "other branch", NotFound),
        ("다른 지점장", Role.BRANCH_HEAD, "other branch", NotFound),
        ("감사", Role.AUDITOR, "head office", NotAllowed),
        ("정보시스템부", Role.IT_SUPPORT, "head office", NotAllowed),
        ("제도 관리", Role.POLICY_ADMIN, "head office", NotAllowed),
        ("조합원 자신", Role.MEMBER_REP, "member", NotAllowed),
        ("역할 없는 지점 직원", None, "branch", NotAllowed),
    ],
)
def test_roles_refused(
    cast: Cast, _case: str, role: Role | None, place: str, refusal: type[Refusal], step: Step
) -> None:
    application = in_review(cast)
    roles = [role] if role else []
    homes = {
        "other branch": {"branch": make_branch()},
        "branch": {"branch": cast.branch},
        "member": {"member": cast.member},
        "head office": {},
    }
    user = make_user(*roles, **homes[place])  # type: ignore[arg-type]
    before = traces()
    with pytest.raises(refusal):
        step(application, admin(user))
    assert traces() == before


def test_the_portal_itself_decides_nothing(cast: Cast) -> None:
    application = in_review(cast)
    before = traces()
    for step in (approve, reject, supplement):
        with pytest.raises(NotAllowed):
            step(application, Actor.system("자동 심사"))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "step"),
    [
        (
            "사유 없는 반려",
            lambda a, by: screening.reject(
                application_id=a.pk, by=by, at=FRIDAY, reason_code="contract", reason="  "
            ),
        ),
        (
            "모르는 사유 구분",
            lambda a, by: screening.reject(
                application_id=a.pk, by=by, at=FRIDAY, reason_code="mood", reason="그냥"
            ),
        ),
        (
            "항목 없는 보완",
            lambda a, by: screening.request_supplement(application_id=a.pk, by=by, at=FRIDAY, items=["", "  "]),
        ),
    ],
)
def test_no_decision_without_words(cast: Cast, _case: str, step: Step) -> None:
    application = in_review(cast)
    before = traces()
    with pytest.raises(screening.ReasonMissing):
        step(application, admin(cast.officer))
    assert traces() == before


def test_a_period_that_ended_while_waiting_is_not_approved(cast: Cast) -> None:
    application = in_review(cast)
    before = traces()
    with pytest.raises(screening.AlreadyOver):
        screening.approve(application_id=application.pk, by=admin(cast.officer), at=at("2027-07-01 09:00"))
    assert traces() == before


def test_a_suspended_company_is_not_approved(cast: Cast) -> None:
    application = in_review(cast)
    cast.member.status = "suspended"
    cast.member.save()
    before = traces()
    with pytest.raises(submission.NotTrading):
        approve(application, admin(cast.officer))
    assert traces() == before


def test_a_crash_after_the_decision_leaves_nothing(cast: Cast) -> None:
    application = in_review(cast)
    before = traces()
    with crashing():
        approve(application, admin(cast.officer))
    assert traces() == before


def at_once(*steps: Callable[[], object]) -> list[BaseException | None]:
    """Run each step in a thread with its own connection; what each raised, in order."""
    outcome: list[BaseException | None] = [None] * len(steps)
    barrier = threading.Barrier(len(steps))

    def run(place: int, step: Callable[[], object]) -> None:
        try:
            barrier.wait()
            step()
        except Refusal as refusal:
            outcome[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(("second", "name"), [(approve, "approve"), (reject, "reject")])
def test_two_officers_at_once_one_wins(second: Step, name: str) -> None:
    """fault-88: one decision, one pair of notices; the other reads who was faster."""
    cast = make_cast()
    application = in_review(cast)

    def step(decide: Step, user: User) -> Callable[[], object]:
        actor = admin(user)
        return lambda: decide(application, actor)

    outcome = at_once(step(approve, cast.officer), step(second, cast.colleague))
    lost = [refusal for refusal in outcome if refusal is not None]
    assert [type(refusal) for refusal in lost] == [screening.AlreadyDecided]
    application.refresh_from_db()
    winner = cast.officer if outcome[0] is None else cast.colleague
    assert application.decided_by_id == winner.pk
    decisions = AuditEvent.everything.filter(action__in=["application.approve", "application.reject"])
    assert decisions.count() == 1
    assert Message.everything.count() == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_officers_take_at_once_one_reviews() -> None:
    cast = make_cast()
    application = submitted(cast)
    officer, colleague = admin(cast.officer), admin(cast.colleague)
    outcome = at_once(lambda: take(application, officer), lambda: take(application, colleague))
    assert [type(refusal) for refusal in outcome if refusal] == [screening.AlreadyTaken]
    assert AuditEvent.everything.filter(action="application.take").count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_double_click_hands_in_once() -> None:
    """fault-87: three presses at once, one number."""
    cast = make_cast()
    draft = filled_draft(cast)
    by = web(cast.user)

    def press() -> object:
        return submission.submit(application_id=draft.pk, by=by, at=FRIDAY)

    assert at_once(press, press, press) == [None, None, None]
    assert AuditEvent.everything.filter(action="application.submit").count() == 1
    assert list(Application.everything.values_list("number", flat=True)) == ["A26-000001"]


def test_reasons_and_own_words_become_items(cast: Cast) -> None:
    application = in_review(cast)
    screening.request_supplement(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY,
        reason_codes=["contract_pages", "no such reason"], items=[" 2쪽이 흐립니다. ", ""],
    )  # fmt: skip
    items = list(application.supplement_items.values_list("reason_code", "text"))
    assert items == [
        (
            "contract_pages",
            "계약서에서 금액, 기간, 당사자가 적힌 면이 모두 보이지 않습니다. "
            "빠진 면까지 한 파일로 모아 다시 올려 주세요.",
        ),
        ("", "2쪽이 흐립니다."),
    ]
    mail = Message.everything.get(channel="email")
    assert all(text in mail.body for _code, text in items)


def test_a_rejection_tells_what_to_do(cast: Cast) -> None:
    application = in_review(cast)
    screening.reject(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, reason_code="limit", reason="한도 초과"
    )
    mail = Message.everything.get(channel="email")
    assert "사유: 보증한도 부족" in mail.body
    assert "끝난 보증을 해제해 한도를 되돌린 뒤 새로 신청해 주세요." in mail.body


@pytest.mark.parametrize(
    ("_case", "shares", "collateral", "refusal"),
    [
        ("한도에 꼭 맞음", 20, 0, None),
        ("한도가 모자람", 19, 0, LimitExceeded),
        ("모자란 만큼 담보", 19, 1_500_000, None),
        ("담보가 1원 모자람", 19, 1_499_999, LimitExceeded),
        ("전액 담보", 0, 30_000_000, None),
        ("담보가 보증금액보다 큼", 10_000, 30_000_001, screening.CollateralBeyond),
    ],
)
def test_collateral_spares_the_limit(
    cast: Cast, _case: str, shares: int, collateral: int, refusal: type[Refusal] | None
) -> None:
    """A share is 1,500,000 won of limit; 30,000,000 won are asked for."""
    MemberLimit.everything.filter(member=cast.member).update(shares=shares)
    application = in_review(cast)

    def attempt() -> None:
        screening.approve(
            application_id=application.pk, by=admin(cast.officer), at=FRIDAY, collateral=collateral,
            collateral_note="예금 질권",
        )  # fmt: skip

    before = traces()
    if refusal is not None:
        with pytest.raises(refusal):
            attempt()
        assert traces() == before
        return
    attempt()
    application.refresh_from_db()
    assert application.collateral == collateral
    detail = history(application).get(action="application.approve").detail
    assert detail.get("note") == ("예금 질권" if collateral else None)
