"""Changes of terms: announced thirty days before, by two people, and never to a living lot's harm (§6.2 16-18)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, InternalError, transaction

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member, User
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.account import balance, next_lapse
from sms.actions.mileage import ServiceSuspended, book_lapsed, earn, extend_lots, spend
from sms.actions.mileage.terms import (
    AlreadyApproved,
    MadeByYourself,
    NotForYou,
    TooLateToApprove,
    approve_terms,
    discard_terms,
)
from sms.models import Extension, Lot, MileagePolicy, Suspension
from sms.models.mileage_terms import FIRST_POLICY
from sms.rules.mileage import announced_early_enough
from tests.factories import at, make_member, make_user
from tests.flows.mileage_world import policy_admin, policy_from, suspension_of

pytestmark = pytest.mark.django_db


def earned(member: Member, day: str) -> Lot:
    lot = earn(member_id=member.pk, source=f"{member.pk}:{day}", label="", at=at(f"{day} 10:00"))
    assert lot is not None
    return lot


def last_day(lot: Lot) -> date:
    lot.refresh_from_db()
    return (lot.expires_at - timedelta(microseconds=1)).astimezone(at("2026-01-01 00:00").tzinfo).date()


ADDRESS = "https://example.kr/notice/1"


def draft_policy(effective: str, published: str, maker: User | None = None, **terms: object) -> MileagePolicy:
    return MileagePolicy.objects.create(
        effective_from=date.fromisoformat(effective), published_at=at(published), made_by=maker or policy_admin(),
        notice_url=ADDRESS, **terms,
    )  # fmt: skip


# 공고와 승인


@pytest.mark.parametrize(
    ("_case", "published", "effective", "then"),
    [
        ("16 31일 전", "2026-12-01 09:00", "2027-01-01", True),
        ("꼭 30일 전", "2026-12-02 23:59", "2027-01-01", True),
        ("서울의 29일 전, 세계시로는 30일 전", "2026-12-03 00:00", "2027-01-01", False),
        ("17 22일 전", "2026-12-10 09:00", "2027-01-01", False),
    ],
)
@pytest.mark.parametrize("model", [MileagePolicy, Suspension])
def test_공고한_날부터_30일이_지나야_한다(
    model: type, _case: str, published: str, effective: str, then: bool
) -> None:
    day = date.fromisoformat(effective)
    row = {"published_at": at(published), "made_by": policy_admin(), "notice_url": ADDRESS}
    row |= (
        {"effective_from": day} if model is MileagePolicy else {"starts_on": day, "ends_on": day, "reason": "점검"}
    )
    assert announced_early_enough(published_on=at(published).date(), effective_on=day) is then
    if then:
        assert model.objects.create(**row).pk
    else:
        with pytest.raises(IntegrityError, match="announced"), transaction.atomic():
            model.objects.create(**row)


def test_두_사람이_정하고_승인해야_적립에_쓰인다() -> None:
    maker = policy_admin()
    policy = draft_policy("2027-01-01", "2026-12-01 09:00", maker, earn_per_issue=3)
    member = make_member()
    assert earned(member, "2027-01-02").quantity == 1
    given = {"model": MileagePolicy, "terms_id": policy.pk, "at": at("2026-12-02 09:00")}
    for by, refusal in (
        (Actor.user(maker), MadeByYourself),
        (Actor.user(make_user(Role.HQ_UNDERWRITER)), NotForYou),
    ):
        with pytest.raises(refusal):
            approve_terms(**given, by=by)
    approve_terms(**given, by=Actor.user(policy_admin()))
    with pytest.raises(AlreadyApproved):
        approve_terms(**given, by=Actor.user(policy_admin()))
    assert earned(member, "2027-01-03").quantity == 3
    assert earned(member, "2026-12-31").quantity == 1
    assert AuditEvent.everything.filter(action="mileagepolicy.approve").count() == 1


def test_시행일이_되면_승인할_수_없다() -> None:
    policy = draft_policy("2027-01-01", "2026-12-01 09:00")
    with pytest.raises(TooLateToApprove):
        approve_terms(
            model=MileagePolicy, terms_id=policy.pk, by=Actor.user(policy_admin()), at=at("2027-01-01 00:00")
        )


@pytest.mark.parametrize(
    ("_case", "change"),
    [
        ("스스로 승인", lambda row, other: {"checked_by": row.made_by, "checked_at": at("2026-12-02 09:00")}),
        ("날짜 없는 승인", lambda row, other: {"checked_by": other}),
        ("시행일의 승인", lambda row, other: {"checked_by": other, "checked_at": at("2027-01-01 00:00")}),
        ("입안자 없음", lambda row, other: {"made_by": None}),
        ("공고할 곳 없음", lambda row, other: {"notice_url": ""}),
    ],
)
def test_데이터베이스가_두_사람과_날짜를_지킨다(_case: str, change) -> None:
    policy = draft_policy("2027-01-01", "2026-12-01 09:00")
    with pytest.raises(IntegrityError), transaction.atomic():
        MileagePolicy.objects.filter(pk=policy.pk).update(**change(policy, policy_admin()))


def test_승인하지_않은_것만_지울_수_있다() -> None:
    draft = draft_policy("2027-01-01", "2026-12-01 09:00")
    by, now = Actor.user(draft.made_by), at("2026-12-02 09:00")
    discard_terms(model=MileagePolicy, terms_id=draft.pk, reason="날짜 착오", by=by, at=now)
    assert not MileagePolicy.objects.filter(pk=draft.pk).exists()
    approved = policy_from("2027-01-01")
    with pytest.raises(AlreadyApproved):
        discard_terms(model=MileagePolicy, terms_id=approved.pk, reason="", by=by, at=now)
    for row in (
        approved,
        MileagePolicy.objects.get(effective_from=FIRST_POLICY),
        suspension_of("2027-03-02", "2027-03-03"),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()
        with pytest.raises(InternalError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(notice="바꿈")


# 정책이 바뀔 때의 적립분


def test_짧아진_정책은_이미_쌓인_콜을_줄이지_않는다() -> None:
    """16"""
    policy_from("2027-01-01", validity_months=6)
    member = make_member()
    old, new = earned(member, "2026-12-31"), earned(member, "2027-01-01")
    assert extend_lots(at("2027-01-01 00:10")) == 0
    assert (last_day(old), last_day(new)) == (date(2027, 12, 31), date(2027, 7, 1))


def test_길어진_정책은_살아_있는_적립분을_한_번_늘린다() -> None:
    member = make_member()
    gone, alive = earned(member, "2025-12-31"), earned(member, "2026-02-28")
    policy_from("2027-01-01", validity_months=24)
    assert extend_lots(at("2026-12-31 23:59")) == 0
    assert [book_lapsed(at("2027-01-01 00:10")), extend_lots(at("2027-01-01 00:20"))] == [1, 0]
    fresh = earned(member, "2027-01-01")
    assert [last_day(lot) for lot in (gone, alive, fresh)] == [
        date(2026, 12, 31), date(2028, 2, 29), date(2029, 1, 1)
    ]  # fmt: skip
    proof = Extension.everything.get()
    assert (proof.lot, proof.old_expires_at, proof.new_expires_at) == (
        alive, at("2027-03-01 00:00"), at("2028-03-01 00:00"),
    )  # fmt: skip
    alive.refresh_from_db()
    assert alive.validity_months == 24


# 서비스 중지


def test_중지_기간에는_쓸_수_없고_적립은_된다() -> None:
    member = make_member()
    earned(member, "2026-12-01")
    suspension_of("2027-02-01", "2027-02-03")

    def send(key: str, now: str) -> None:
        spend(
            member_id=member.pk, key=key, message_keys=[key], calls_each=1, by=Actor.system("시험"), at=at(now)
        )  # fmt: skip

    with pytest.raises(ServiceSuspended) as refused:
        send("first", "2027-02-01 00:00")
    assert "2027년 2월 1일부터 2027년 2월 3일까지 쉽니다(설비 점검)" in refused.value.message
    with pytest.raises(ServiceSuspended):
        send("first", "2027-02-03 23:59:59")
    earned(member, "2027-02-02")
    assert balance(member.pk, at("2027-02-02 11:00")) == 2
    send("last", "2027-02-04 00:00")
    send("before", "2027-01-31 23:59:59")
    send("last", "2027-02-02 10:00")  # what was accepted before stays accepted
    assert balance(member.pk, at("2027-02-04 00:00")) == 0


@pytest.mark.parametrize(
    ("_case", "earned_on", "ran_at", "then"),
    [
        ("시작 전날 적립", "2027-01-31", "2027-02-01 00:10", date(2028, 2, 3)),
        ("시작한 날 적립은 늘지 않음", "2027-02-01", "2027-02-01 12:00", date(2028, 2, 1)),
        ("시작하는 순간 소멸한 것은 되살아나지 않음", "2026-01-31", "2027-02-01 00:10", date(2027, 1, 31)),
        ("중지 중에 소멸할 것", "2026-02-01", "2027-02-01 00:10", date(2027, 2, 4)),
        ("늦게 돌아도 같음", "2026-02-01", "2027-02-08 09:00", date(2027, 2, 4)),
    ],
)
def test_시작할_때_살아_있던_적립분은_쉬는_날만큼_늘어난다(
    _case: str, earned_on: str, ran_at: str, then: date
) -> None:
    lot = earned(make_member(), earned_on)
    suspension_of("2027-02-01", "2027-02-03")
    for _ in range(2):
        book_lapsed(at(ran_at))
    assert last_day(lot) == then


def test_중지와_길어진_정책이_겹쳐도_둘_다_준다() -> None:
    lot = earned(make_member(), "2026-06-10")
    suspension_of("2027-02-01", "2027-02-03")
    policy_from("2027-03-01", validity_months=18)
    assert extend_lots(at("2027-03-01 00:10")) == 2
    assert last_day(lot) == date(2027, 12, 13)  # 18개월과 사흘
    assert next_lapse(lot.member_id, at("2027-03-02 00:00")).last_day == date(2027, 12, 13)


def test_중지_기간은_겹칠_수_없고_거꾸로일_수_없다() -> None:
    suspension_of("2027-02-01", "2027-02-03")
    for first, last in (("2027-02-03", "2027-02-05"), ("2027-05-05", "2027-05-01")):
        with pytest.raises(IntegrityError), transaction.atomic():
            suspension_of(first, last)
    assert suspension_of("2027-02-04", "2027-02-04").days == 1


def test_거절의_문장은_모두_한국어다() -> None:
    for refusal in (NotForYou, MadeByYourself, AlreadyApproved, TooLateToApprove):
        assert issubclass(refusal, Refusal)
        assert refusal.message.endswith(("니다.", "세요."))
