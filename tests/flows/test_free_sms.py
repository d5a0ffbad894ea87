"""문자메시지서비스: what sending writes, what it refuses, and that a refusal leaves nothing (DOMAIN §6)."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.account import balance
from sms.actions import free_sms
from sms.actions.free_sms import (
    Addressee,
    DailyLimitReached,
    NobodyToSendTo,
    NotASender,
    ServiceClosed,
    TextNotSendable,
    TooManyRecipients,
    TooSoon,
)
from sms.actions.mileage import NotEnoughCalls, RequestKeyReused, earn
from sms.models import Batch, Entry, Message, SenderNumber, Spend
from sms.rules.free_sms import AdvertisingRefused, LinkRefused, TextOverLimit
from tests.factories import at, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db
NOON = "2026-11-23 12:00"  # 월
KEY = UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def member() -> Member:
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    return make_member(sms_name="미르누리설비")


def give(member: Member, calls: int) -> None:
    for n in range(calls):
        earn(member_id=member.pk, source=f"{member.pk}:{n}", label="", at=at("2026-06-10 10:00"))


def numbers(count: int) -> list[Addressee]:
    return [Addressee(f"0100000{n:04d}") for n in range(count)]


def user_of(member: Member, *roles: Role) -> Actor:
    return Actor.user(make_user(*(roles or (Role.MEMBER_USER,)), member=member))


def send(
    member: Member, people: Sequence[Addressee], *, by: Actor | None = None, text: str = "내일 08시 집합",
    key: UUID = KEY, now: str = NOON,
) -> Spend:  # fmt: skip
    by = by or user_of(member)
    return free_sms.send(member_id=member.pk, key=key, text=text, addressees=people, by=by, at=at(now))


def traces() -> list[int]:
    return [model.objects.count() for model in (Batch,)] + [
        model.everything.count() for model in (Message, Spend, Entry, AuditEvent)
    ]


def test_보내면_콜과_문자와_기록이_함께_남는다(member: Member) -> None:
    give(member, 10)
    by = user_of(member, Role.MEMBER_REP)
    people = [Addressee("01000001000", "박다솜"), Addressee("01000001001"), Addressee("01000001002")]
    plan = free_sms.plan(member=member, text="내일 08시 집합", addressees=people, at=at(NOON))
    assert (plan.calls, plan.balance, plan.left, plan.body) == (3, 10, 7, "[미르누리설비] 내일 08시 집합")
    spend = send(member, people, by=by)
    assert (spend.calls, spend.by_id, balance(member.pk, at(NOON))) == (3, by.user_id, 7)
    messages = list(Message.everything.filter(member=member).order_by("to"))
    assert [(m.to, m.recipient_name, m.key) for m in messages] == [
        ("01000001000", "박다솜", f"free:{spend.key}:01000001000"),
        ("01000001001", "", f"free:{spend.key}:01000001001"),
        ("01000001002", "", f"free:{spend.key}:01000001002"),
    ]
    first = messages[0]
    assert (first.channel, first.purpose, first.sender, first.body) == ("sms", "free_sms", "020000000", plan.body)
    assert (first.created_at, first.valid_until) == (at(NOON), at("2026-11-23 21:00"))
    assert first.batch.not_before == at(NOON)
    assert set(Entry.everything.filter(spend=spend).values_list("message_key", flat=True)) == {
        m.key for m in messages
    }
    event = AuditEvent.everything.get(action="free_sms.send")
    assert (event.member_id, event.actor_id, event.detail) == (
        member.pk,
        by.user_id,
        {"recipients": 3, "calls": 3},
    )


def test_같은_번호는_한_번만_보내고_이름이_있는_쪽을_쓴다(member: Member) -> None:
    give(member, 2)
    send(member, [Addressee("01000001000"), Addressee("01000001001"), Addressee("01000001000", "박다솜")])
    sent = Message.everything.order_by("to").values_list("to", "recipient_name")
    assert list(sent) == [("01000001000", "박다솜"), ("01000001001", "")]
    assert balance(member.pk, at(NOON)) == 0


def test_두_번_누르면_한_번만_보낸다(member: Member) -> None:
    give(member, 3)
    first = send(member, numbers(3))
    before = traces()
    assert send(member, numbers(3), now="2026-11-23 12:00:01") == first
    assert send(member, numbers(3), now="2026-11-23 21:30:00") == first
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "text", "count"), [("글이 다름", "모레 08시 집합", 3), ("사람이 다름", "내일 08시 집합", 2)]
)
def test_같은_양식_키로_다른_내용은_보내지_않는다(member: Member, _case: str, text: str, count: int) -> None:
    give(member, 9)
    send(member, numbers(3))
    before = traces()
    with pytest.raises(RequestKeyReused):
        send(member, numbers(count), text=text, now="2026-11-23 12:01")
    assert traces() == before


def test_양식_키가_같아도_회사가_다르면_다른_요청이다(member: Member) -> None:
    other = make_member()
    for company in (member, other):
        give(company, 1)
        send(company, numbers(1))
    assert Message.everything.count() == 2


@pytest.mark.parametrize(
    ("_case", "count", "text", "now", "refusal"),
    [
        ("콜이 모자람", 3, "안내", NOON, NotEnoughCalls),
        ("받는 사람 없음", 0, "안내", NOON, NobodyToSendTo),
        ("101명", 101, "안내", NOON, TooManyRecipients),
        ("아침 07:59:59", 1, "안내", "2026-11-23 07:59:59", ServiceClosed),
        ("밤 21:00", 1, "안내", "2026-11-23 21:00:00", ServiceClosed),
        ("광고", 1, "(광고) 특가", NOON, AdvertisingRefused),
        ("주소", 1, "www.example.com", NOON, LinkRefused),
        ("91바이트", 1, "a" * 76, NOON, TextOverLimit),
        ("보낼 수 없는 글자", 1, "뷁", NOON, TextNotSendable),
    ],
)
def test_거절하면_아무것도_남지_않는다(
    member: Member, _case: str, count: int, text: str, now: str, refusal: type[Refusal]
) -> None:
    give(member, 1)
    by, before = user_of(member), traces()
    with pytest.raises(refusal) as refused:
        send(member, numbers(count), by=by, text=text, now=now)
    assert (traces(), balance(member.pk, at(now))) == (before, 1)
    assert refused.value.message.endswith("세요.") or "콜" in refused.value.message


@pytest.mark.parametrize("now", ["2026-11-23 08:00:00", "2026-11-23 20:59:59"])
def test_8시부터_21시_전까지는_바로_보낸다(member: Member, now: str) -> None:
    give(member, 1)
    send(member, numbers(1), now=now)
    assert Batch.objects.get().not_before == at(now)


def test_보낼_수_없는_글자를_이름으로_말한다(member: Member) -> None:
    with pytest.raises(TextNotSendable, match="‘뷁’, ‘😀’"):
        free_sms.body_of(member, "뷁😀")


def test_열_초_안에_또_보낼_수_없다(member: Member) -> None:
    give(member, 3)
    send(member, numbers(1), now="2026-11-23 12:00:00")
    with pytest.raises(TooSoon):
        send(member, numbers(1), key=uuid4(), now="2026-11-23 12:00:09")
    send(member, numbers(1), key=uuid4(), now="2026-11-23 12:00:10")
    assert balance(member.pk, at(NOON)) == 1


def test_회사마다_하루_100통까지이고_다음_날_다시_보낸다(member: Member) -> None:
    give(member, 150)
    send(member, numbers(60))
    with pytest.raises(DailyLimitReached, match="오늘은 40통을 더"):
        send(member, numbers(41), key=uuid4(), now="2026-11-23 13:00")
    send(member, numbers(40), key=uuid4(), now="2026-11-23 13:00")
    with pytest.raises(DailyLimitReached):
        send(member, numbers(1), key=uuid4(), now="2026-11-23 20:00")
    send(member, numbers(1), key=uuid4(), now="2026-11-24 08:00")
    assert balance(member.pk, at("2026-11-24 08:00")) == 49


@pytest.mark.parametrize("role", [Role.BRANCH_OFFICER, Role.HQ_UNDERWRITER, Role.IT_SUPPORT, Role.AUDITOR])
def test_직원은_조합원의_콜을_쓰지_못한다(member: Member, role: Role) -> None:
    give(member, 1)
    staff = make_user(role, branch=member.branch if role == Role.BRANCH_OFFICER else None)
    with pytest.raises(NotASender):
        send(member, numbers(1), by=Actor.user(staff))
    assert balance(member.pk, at(NOON)) == 1


def test_역할이_없는_사용자와_다른_회사의_사용자는_보내지_못한다(member: Member) -> None:
    give(member, 1)
    with pytest.raises(NotASender):
        send(member, numbers(1), by=Actor.user(make_user(member=member)))
    stranger = user_of(make_member(branch=make_branch()))
    with pytest.raises(Member.DoesNotExist):
        send(member, numbers(1), by=stranger)
    assert balance(member.pk, at(NOON)) == 1


def test_문자용_상호가_없으면_상호를_쓰고_보낼_수_없는_상호면_거절한다() -> None:
    assert free_sms.body_of(make_member(name="한빛기공(주)", sms_name=""), "안내") == "[한빛기공(주)] 안내"
    with pytest.raises(TextNotSendable):
        free_sms.body_of(make_member(name="뷁기공(주)", sms_name=""), "안내")
