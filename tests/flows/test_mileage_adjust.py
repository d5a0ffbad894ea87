"""Adjustments by staff (§6.2 19): with a reason, by two people where it matters, never below zero."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.account import balance
from sms.actions.mileage import claw_back, earn, spend
from sms.actions.mileage.adjusting import (
    AlreadyDecided,
    AskedByYourself,
    NoSuchAmount,
    NoteNeeded,
    NotEnoughToTake,
    NotForYou,
    approve_adjustment,
    ask_adjustment,
    decline_adjustment,
)
from sms.invariants_ledger import ledger_violations
from sms.models import Adjustment, Entry, Lot
from tests.factories import at, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")


@pytest.fixture
def member() -> Member:
    return make_member()


def officer_of(member: Member, role: Role = Role.BRANCH_OFFICER) -> Actor:
    return Actor.user(make_user(role, branch=member.branch))


def asked(member: Member, calls: int, by: Actor | None = None, note: str = "장애 3시간") -> Adjustment:
    by = by or officer_of(member)
    return ask_adjustment(member_id=member.pk, calls=calls, reason="compensation", note=note, by=by, at=NOW)


def give(member: Member, *days: str) -> None:
    for n, day in enumerate(days):
        earn(member_id=member.pk, source=f"{member.pk}:{n}", label="", at=at(f"{day} 10:00"))


def test_다섯_콜을_주면_바로_정상_유효기간의_적립분이_생긴다(member: Member) -> None:
    done = asked(member, 5)
    lot = Lot.everything.get()
    assert (done.state, lot.quantity, lot.remaining, lot.label) == ("booked", 5, 5, "조정: 장애보상")
    assert lot.expires_at == at("2027-11-24 00:00")
    entry = Entry.everything.get()
    assert (entry.kind, entry.calls, entry.reason) == ("adjust", 5, "compensation")
    event = AuditEvent.everything.get(action="adjustment.ask")
    assert event.detail == {"calls": 5, "reason": "장애보상", "note": "장애 3시간"}


@pytest.mark.parametrize(
    ("_case", "calls", "state"), [("10콜", 10, "booked"), ("11콜", 11, "waiting"), ("빼기", -1, "waiting")]
)
def test_열_콜이_넘거나_빼는_조정은_승인을_기다린다(member: Member, _case: str, calls: int, state: str) -> None:
    give(member, "2026-06-10")
    assert asked(member, calls).state == state
    assert balance(member.pk, NOW) == (11 if state == "booked" else 1)


@pytest.mark.parametrize(
    ("_case", "calls", "note", "refusal"),
    [
        ("설명 없음", 5, "  ", NoteNeeded),
        ("0콜", 0, "x", NoSuchAmount),
        ("너무 많음", 10_001, "x", NoSuchAmount),
        ("19 잔액 2에서 3을 뺌", -3, "x", NotEnoughToTake),
    ],
)
def test_거절하면_아무것도_남지_않는다(member: Member, _case: str, calls: int, note: str, refusal: type) -> None:
    give(member, "2026-06-10", "2026-06-11")
    with pytest.raises(refusal):
        asked(member, calls, note=note)
    assert (Adjustment.everything.count(), balance(member.pk, NOW)) == (0, 2)


def test_신청한_사람이_아닌_지점장이나_본부가_승인한다(member: Member) -> None:
    give(member, "2026-06-10", "2026-01-10", "2026-03-10")
    head = officer_of(member, Role.BRANCH_HEAD)
    waiting = asked(member, -2, by=head)
    for by, refusal in (
        (head, AskedByYourself),
        (officer_of(member), NotForYou),
        (Actor.user(make_user(Role.BRANCH_HEAD, branch=make_branch())), Adjustment.DoesNotExist),
    ):
        with pytest.raises(refusal):
            approve_adjustment(adjustment_id=waiting.pk, by=by, at=NOW)
    approve_adjustment(adjustment_id=waiting.pk, by=officer_of(member, Role.BRANCH_HEAD), at=NOW)
    lots = Lot.everything.order_by("earned_on").values_list("remaining", flat=True)
    assert list(lots) == [0, 0, 1]  # 먼저 소멸할 것부터
    with pytest.raises(AlreadyDecided):
        approve_adjustment(adjustment_id=waiting.pk, by=officer_of(member, Role.BRANCH_HEAD), at=NOW)
    assert ledger_violations() == []


def test_기다리는_동안_다_쓰면_승인해도_빼지_않는다(member: Member) -> None:
    give(member, "2026-06-10")
    waiting = asked(member, -1)
    spend(member_id=member.pk, key="k", message_keys=["m"], calls_each=1, by=Actor.system("시험"), at=NOW)
    with pytest.raises(NotEnoughToTake) as refused, transaction.atomic():
        approve_adjustment(adjustment_id=waiting.pk, by=officer_of(member, Role.BRANCH_HEAD), at=NOW)
    assert "남은 마일리지가 0콜이라 1콜을 뺄 수 없습니다." in refused.value.message
    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_반려하면_잔액은_그대로다(member: Member) -> None:
    waiting = asked(member, 50)
    by = officer_of(member, Role.BRANCH_HEAD)
    decline_adjustment(adjustment_id=waiting.pk, reason="근거 부족", by=by, at=NOW)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decline_reason, balance(member.pk, NOW)) == ("declined", "근거 부족", 0)


@pytest.mark.parametrize(
    ("_case", "calls", "fields"),
    [
        ("혼자서 11콜", 11, {"state": "booked"}),
        ("혼자서 뺌", -1, {"state": "booked"}),
        ("사유 없는 반려", 11, {"state": "declined"}),
    ],
)
def test_데이터베이스도_두_사람을_요구한다(member: Member, _case: str, calls: int, fields: dict[str, str]) -> None:
    user = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.everything.create(
            member=member, calls=calls, reason="event", note="x", asked_by=user, asked_at=NOW, **fields
        )


@pytest.mark.parametrize(
    ("_case", "is_spent", "then"), [("남음", False, (1, "claw_back")), ("씀", True, (0, "waived"))]
)
def test_취소한_보증의_콜은_남은_만큼만_거둔다(
    member: Member, _case: str, is_spent: bool, then: tuple[int, str]
) -> None:
    """15"""
    give(member, "2026-06-10", "2026-07-10")
    if is_spent:
        spend(member_id=member.pk, key="k", message_keys=["m"], calls_each=1, by=Actor.system("시험"), at=NOW)
    before = balance(member.pk, NOW)
    taken = claw_back(source=f"{member.pk}:0", at=NOW)
    assert (taken, Entry.everything.latest("id").kind) == then
    assert balance(member.pk, NOW) == before - taken
    assert claw_back(source=f"{member.pk}:0", at=NOW) == 0
    assert ledger_violations() == []


def test_조합원_화면에서_신청하고_목록에서_승인한다(member: Member) -> None:
    asker, approver = (make_user(role, branch=member.branch) for role in (Role.BRANCH_OFFICER, Role.BRANCH_HEAD))
    desk, head = Client(), Client()
    desk.force_login(asker, backend="portal.members.login.MemberBackend")
    head.force_login(approver, backend="portal.members.login.MemberBackend")
    page = f"/admin/members/member/{member.pk}/do/adjust-mileage/"
    given = {"calls": "12", "reason": "event", "note": "창립 행사"}
    assert desk.post(page, {**given, "note": ""}).status_code == 200
    assert Adjustment.everything.count() == 0
    assert "승인하면 반영됩니다" in desk.post(page, given, follow=True).content.decode()
    waiting = Adjustment.everything.get()
    front = head.get("/admin/").content.decode()
    assert "승인할 마일리지 조정" in front
    done = head.post(f"/admin/sms/adjustment/{waiting.pk}/do/approve/", follow=True).content.decode()
    assert "+12콜 조정했습니다" in done
    assert desk.post(f"/admin/sms/adjustment/{waiting.pk}/do/approve/").status_code == 404
