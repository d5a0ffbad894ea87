"""문자메시지서비스: what sending writes, what it refuses, and that a refusal leaves nothing (DOMAIN §6)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms import eligibility
from sms.account import balance
from sms.actions import free_sms, links
from sms.actions.free_refusals import (
    DailyLimitReached,
    NobodyLeft,
    NobodyToSendTo,
    NotASender,
    OwnDailyLimitReached,
    SenderMissing,
    ServiceClosed,
    TextNotSendable,
    TooManyRecipients,
    TooSoon,
)
from sms.actions.free_sms import Addressee, Text
from sms.actions.mileage import NotEnoughCalls, RequestKeyReused, earn
from sms.models import Batch, Entry, LinkPermission, Message, SenderNumber, SendRequest, Spend
from sms.rules.free_sms import (
    AdConsentMissing,
    AdvertisingOff,
    AdvertisingRefused,
    Category,
    ContactMissing,
    LinkRefused,
    TextOverLimit,
)
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
    key: UUID = KEY, now: str = NOON, **declared: object,
) -> SendRequest:  # fmt: skip
    by, written = by or user_of(member), Text(text, **declared)
    return free_sms.send(member_id=member.pk, key=key, text=written, addressees=people, by=by, at=at(now))


def traces() -> list[int]:
    return [model.objects.count() for model in (Batch,)] + [
        model.everything.count() for model in (Message, Spend, SendRequest, Entry, AuditEvent)
    ]


def test_보내면_콜과_문자와_기록이_함께_남는다(member: Member) -> None:
    give(member, 10)
    by = user_of(member, Role.MEMBER_REP)
    people = [Addressee("01000001000", "박다솜"), Addressee("01000001001"), Addressee("01000001002")]
    plan = free_sms.plan(member=member, text=Text("내일 08시 집합"), addressees=people, by=by, at=at(NOON))
    assert (plan.calls, plan.balance, plan.left, plan.body) == (3, 10, 7, "[미르누리설비] 내일 08시 집합")
    made = send(member, people, by=by)
    spend = made.spend
    assert (made.category, made.channel, made.recipients, made.text) == ("information", "sms", 3, "내일 08시 집합")
    assert (spend.calls, spend.by_id, balance(member.pk, at(NOON))) == (3, by.user_id, 7)
    messages = list(Message.everything.filter(reference=made.reference).order_by("to"))
    assert [(m.to, m.recipient_name, m.key) for m in messages] == [
        ("01000001000", "박다솜", f"free:{spend.key}:01000001000"),
        ("01000001001", "", f"free:{spend.key}:01000001001"),
        ("01000001002", "", f"free:{spend.key}:01000001002"),
    ]
    first = messages[0]
    assert (first.channel, first.purpose, first.sender, first.body) == ("sms", "free_sms", "020000000", plan.body)
    assert (first.created_at, first.valid_until) == (at(NOON), at("2026-11-23 21:00"))
    assert first.batch.not_before == at(NOON)
    assert set(Entry.everything.filter(spend=spend, calls__lt=0).values_list("message_key", flat=True)) == {
        m.key for m in messages
    }
    event = AuditEvent.everything.get(action="free_sms.send")
    assert (event.member_id, event.actor_id, event.detail) == (
        member.pk,
        by.user_id,
        {"recipients": 3, "calls": 3, "category": "information"},
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
        free_sms.body_of(member, Text("뷁😀"))


def test_열_초_안에_또_보낼_수_없다(member: Member) -> None:
    give(member, 3)
    send(member, numbers(1), now="2026-11-23 12:00:00")
    with pytest.raises(TooSoon):
        send(member, numbers(1), key=uuid4(), now="2026-11-23 12:00:09")
    send(member, numbers(1), key=uuid4(), now="2026-11-23 12:00:10")
    assert balance(member.pk, at(NOON)) == 1


def test_회사마다_하루_100통까지이고_다음_날_다시_보낸다(member: Member) -> None:
    give(member, 150)
    for hour in ("09", "10", "11"):
        send(member, numbers(30), key=uuid4(), now=f"2026-11-23 {hour}:00")
    with pytest.raises(DailyLimitReached, match="오늘은 10통을 더"):
        send(member, numbers(11), key=uuid4(), now="2026-11-23 13:00")
    send(member, numbers(10), key=uuid4(), now="2026-11-23 13:00")
    with pytest.raises(DailyLimitReached, match="오늘은 0통을 더"):
        send(member, numbers(1), key=uuid4(), now="2026-11-23 20:00")
    send(member, numbers(1), key=uuid4(), now="2026-11-24 08:00")
    assert balance(member.pk, at("2026-11-24 08:00")) == 49


def test_한_사람은_하루_정한_만큼만_보내고_동료는_더_보낸다(member: Member, settings: Any) -> None:
    settings.SMS_FREE_PER_USER = 5
    give(member, 20)
    me = user_of(member)
    send(member, numbers(3), by=me, now="2026-11-23 09:00")
    before = traces()
    with pytest.raises(OwnDailyLimitReached, match="오늘은 2통을 더 보낼 수 있습니다"):
        send(member, numbers(3), by=me, key=uuid4(), now="2026-11-23 10:00")
    assert traces() == before
    send(member, numbers(2), by=me, key=uuid4(), now="2026-11-23 10:00")
    send(member, numbers(3), by=user_of(member), key=uuid4(), now="2026-11-23 11:00")
    send(member, numbers(5), by=me, key=uuid4(), now="2026-11-24 08:00")


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
    assert body(make_member(name="한빛기공(주)", sms_name="")) == "[한빛기공(주)] 안내"
    with pytest.raises(TextNotSendable):
        body(make_member(name="뷁기공(주)", sms_name=""))


def body(member: Member, text: str = "안내", **declared: object) -> str:
    return free_sms.body_of(member, Text(text, **declared))


# ── 장문 (DOMAIN §6.2 20) ──


@pytest.mark.parametrize(
    ("_case", "long_is_on", "calls", "refusal"),
    [("장문 꺼짐", False, 5, TextOverLimit), ("장문 켜짐, 2콜", True, 2, NotEnoughCalls)],
)
def test_91바이트는_장문이_꺼져_있거나_콜이_모자라면_거절한다(
    member: Member, settings: Any, _case: str, long_is_on: bool, calls: int, refusal: type[Refusal]
) -> None:
    settings.SMS_FREE_LMS = long_is_on
    give(member, calls)
    before = traces()
    with pytest.raises(refusal):
        send(member, numbers(1), text="a" * 76, wants_long=True)
    assert traces()[:5] == before[:5]


def test_장문은_한_사람에_세_콜이고_짧으면_단문으로_보낸다(member: Member, settings: Any) -> None:
    settings.SMS_FREE_LMS = True
    give(member, 10)
    made = send(member, numbers(2), text="a" * 76, wants_long=True)
    assert (made.channel, made.spend.calls, balance(member.pk, at(NOON))) == ("lms", 6, 4)
    message = Message.everything.filter(reference=made.reference).first()
    assert (message.channel, message.subject, message.batch.channel) == ("lms", "미르누리설비", "lms")
    short = send(member, numbers(2), text="짧은 안내", wants_long=True, key=uuid4(), now="2026-11-23 13:00")
    assert (short.channel, short.spend.calls) == ("sms", 2)


# ── 광고 (DOMAIN §6.2 25) ──

AD = {"category": Category.ADVERTISING, "has_ad_consent": True}


@pytest.fixture
def ads_on(settings: Any) -> None:
    settings.SMS_ADVERTISING, settings.SMS_OPT_OUT_NUMBER = True, "080-000-0000"


@pytest.mark.parametrize(("is_on", "number"), [(False, "080-000-0000"), (True, "")])
def test_광고는_켜고_080_번호가_있어야_보낸다(member: Member, settings: Any, is_on: bool, number: str) -> None:
    settings.SMS_ADVERTISING, settings.SMS_OPT_OUT_NUMBER = is_on, number
    give(member, 1)
    before = traces()
    with pytest.raises(AdvertisingOff):
        send(member, numbers(1), text="여름 할인", **AD)
    assert traces() == before


@pytest.mark.usefixtures("ads_on")
def test_광고는_표시와_동의를_남기고_보낸다(member: Member) -> None:
    Member.everything.filter(pk=member.pk).update(contact_mobile="01000009001")
    give(member, 1)
    made = send(member, numbers(1), text="여름 할인", **AD)
    assert (made.category, made.has_ad_consent) == ("advertising", True)
    assert Message.everything.get().body == (
        "(광고)미르누리설비 010-0000-9001\n여름 할인\n무료수신거부 080-000-0000"
    )


@pytest.mark.usefixtures("ads_on")
@pytest.mark.parametrize(
    ("_case", "changes", "declared", "now", "refusal"),
    [
        ("동의 없음", {}, {"category": Category.ADVERTISING}, NOON, AdConsentMissing),
        ("연락처 없음", {"contact_mobile": "", "representative_mobile": ""}, AD, NOON, ContactMissing),
        ("정보성이라며 표시", {}, {}, NOON, AdvertisingRefused),
        ("밤 21:00", {}, AD, "2026-11-23 21:00:00", ServiceClosed),
        ("아침 07:59:59", {}, AD, "2026-11-23 07:59:59", ServiceClosed),
    ],
)
def test_광고를_거절하면_아무것도_남지_않는다(
    member: Member, _case: str, changes: dict[str, str], declared: dict[str, Any], now: str, refusal: type[Refusal]
) -> None:
    Member.everything.filter(pk=member.pk).update(**changes)
    give(member, 1)
    by, before = user_of(member), traces()
    with pytest.raises(refusal):
        send(member, numbers(1), by=by, text="(광고) 여름 할인", now=now, **declared)
    assert traces() == before


def test_광고로_보이는_말은_보내기_전에_알려_준다(member: Member) -> None:
    give(member, 1)
    plan = free_sms.plan(
        member=member, text=Text("특가 안내"), addressees=numbers(1), by=user_of(member), at=at(NOON)
    )
    assert plan.warnings == ("특가",)


# ── 발신번호 ──


@pytest.mark.parametrize(
    ("_case", "changes", "is_sent"),
    [
        ("유효일이 오늘", {"valid_until": date(2026, 11, 23)}, True),
        ("유효일이 어제", {"valid_until": date(2026, 11, 22)}, False),
        ("기본 번호가 아님", {"is_default": False}, False),
    ],
)
def test_등록된_기본_발신번호로만_보낸다(
    member: Member, _case: str, changes: dict[str, object], is_sent: bool
) -> None:
    SenderNumber.objects.update(**changes)
    give(member, 1)
    by, before = user_of(member), traces()
    if is_sent:
        send(member, numbers(1), by=by)
        assert Message.everything.get().sender == "020000000"
    else:
        with pytest.raises(SenderMissing):
            send(member, numbers(1), by=by)
        assert traces() == before


# ── 받지 않는 번호 ──


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever check is registered for the service, this one stands for a number that refused by 080."""

    def check(candidates: Sequence[eligibility.Candidate]) -> Mapping[int, str]:
        return {one.message_id: "refused" for one in candidates if one.to == "01000000001"}

    monkeypatch.setitem(eligibility._checks, "free_sms", check)


@pytest.mark.usefixtures("refusing")
def test_받지_않는_번호는_빼고_보내며_콜도_쓰지_않는다(member: Member) -> None:
    give(member, 3)
    made = send(member, numbers(3))
    assert (made.recipients, made.spend.calls, balance(member.pk, at(NOON))) == (2, 2, 1)
    assert set(Message.everything.values_list("to", flat=True)) == {"01000000000", "01000000002"}
    assert send(member, numbers(3), now="2026-11-23 12:00:01") == made
    with pytest.raises(NobodyLeft):
        send(member, [Addressee("01000000001")], key=uuid4(), now="2026-11-23 13:00")


# ── 인터넷 주소 ──


def officer_of(member: Member) -> Actor:
    return Actor.user(make_user(Role.BRANCH_OFFICER, branch=member.branch), channel="admin")


def test_직원이_허용한_도메인만_보내고_해제하면_다시_거절한다(member: Member) -> None:
    give(member, 3)
    by = officer_of(member)
    domains = ["https://www.example.co.kr/"]
    links.allow(member_id=member.pk, domains=domains, reason="도면 공유", by=by, at=at(NOON))
    send(member, numbers(1), text="도면 docs.example.co.kr/a")
    with pytest.raises(LinkRefused):
        send(member, numbers(1), text="도면 example.com", key=uuid4(), now="2026-11-23 13:00")
    links.forbid(member_id=member.pk, reason="공사 끝", by=by, at=at("2026-11-23 14:00"))
    with pytest.raises(LinkRefused):
        send(member, numbers(1), text="도면 docs.example.co.kr/a", key=uuid4(), now="2026-11-23 15:00")
    assert list(LinkPermission.everything.order_by("id").values_list("is_allowed", "domains", "reason", "by")) == [
        (True, ["example.co.kr"], "도면 공유", by.user_id),
        (False, [], "공사 끝", by.user_id),
    ]
    events = AuditEvent.everything.filter(action__contains="_links").order_by("id")
    assert [(e.action, e.member_id, e.detail) for e in events] == [
        ("free_sms.allow_links", member.pk, {"reason": "도면 공유", "domains": ["example.co.kr"]}),
        ("free_sms.forbid_links", member.pk, {"reason": "공사 끝", "domains": []}),
    ]


@pytest.mark.parametrize(
    ("_case", "domains", "reason", "refusal"),
    [
        ("도메인이 아님", ["그냥 글"], "사유", links.DomainRefused),
        ("도메인 없음", [" "], "사유", links.DomainRefused),
        ("너무 많음", [f"a{n}.com" for n in range(11)], "사유", links.DomainRefused),
        ("사유 없음", ["a.com"], "  ", links.ReasonMissing),
    ],
)
def test_허용을_거절하면_아무것도_남지_않는다(
    member: Member, _case: str, domains: list[str], reason: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        links.allow(member_id=member.pk, domains=domains, reason=reason, by=officer_of(member), at=at(NOON))
    assert not LinkPermission.everything.exists()


def test_조합원과_다른_지점은_주소를_허용하지_못한다(member: Member) -> None:
    given = {"member_id": member.pk, "domains": ["a.com"], "reason": "사유", "at": at(NOON)}
    with pytest.raises(links.NotTheirDecision):
        links.allow(by=user_of(member), **given)
    with pytest.raises(Member.DoesNotExist):
        links.allow(by=Actor.user(make_user(Role.BRANCH_OFFICER, branch=make_branch())), **given)
    with pytest.raises(links.NothingToForbid):
        links.forbid(member_id=member.pk, reason="사유", by=officer_of(member), at=at(NOON))
