"""The kill switch: members' texts wait, the cooperative's own go on (DOMAIN decision 10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions import free_sms, switching
from sms.actions.free_refusals import ServiceOff
from sms.actions.free_sms import Addressee, Text
from sms.actions.mileage import earn
from sms.delivery.drain import drain
from sms.delivery.held import end_held
from sms.gateways.local import LocalGateway
from sms.models import Batch, Channel, Message, Purpose, SenderNumber, ServiceSwitch
from sms.outbox import Draft, queue
from sms.queries import state_of
from tests.factories import at, make_member, make_user
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")  # 월
LATER = NOON + timedelta(hours=1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    simulator.reset()
    return simulator.gateway()


@pytest.fixture
def member() -> Member:
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    member = make_member(sms_name="미르누리설비")
    for n in range(9):
        earn(member_id=member.pk, source=f"{member.pk}:{n}", label="", at=at("2026-06-10 10:00"))
    return member


def staff(role: Role = Role.HQ_UNDERWRITER) -> Actor:
    return Actor.user(make_user(role), channel="admin")


def switch(on: bool, now: datetime = NOON, by: Actor | None = None) -> ServiceSwitch:
    return switching.switch(on=on, reason="스팸 신고 확인 중입니다.", by=by or staff(), at=now)


def send(member: Member, now: datetime = NOON) -> list[Message]:
    made = free_sms.send(
        member_id=member.pk, key=uuid4(), text=Text("내일 08시 집합"),
        addressees=[Addressee("01000001000"), Addressee("01000001001")],
        by=Actor.user(make_user(Role.MEMBER_USER, member=member)), at=now,
    )  # fmt: skip
    return list(Message.everything.filter(reference=made.reference).order_by("id"))


def notice(member: Member) -> Message:
    draft = Draft("notice", member.pk, Channel.SMS, Purpose.ISSUED, "01000001000", "[설비공제]발급")
    with transaction.atomic():
        queue([draft], at=NOON)
    return Message.everything.get(key="notice")


def states(messages: list[Message]) -> list[tuple[str, str]]:
    found = state_of(messages)
    return [(found[one.pk].code, found[one.pk].detail) for one in messages]


def test_끄면_새로_보낼_수_없고_까닭을_말하며_아무것도_남지_않는다(member: Member) -> None:
    switch(False)
    with pytest.raises(ServiceOff, match=r"사유: 스팸 신고 확인 중입니다\. 언제 다시 여는지는"):
        send(member)
    assert not Message.everything.exists()


def test_끄면_조합원_문자만_기다리고_켜면_이어서_나간다(
    member: Member, simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    texts, own = send(member), notice(member)
    switch(False)
    assert drain(now=lambda: NOON, gateway=gateway) == 1  # the cooperative's own; the others are not even taken
    assert [code for code, _detail in states(texts)] == ["ready", "ready"]
    assert states([own])[0][0] == "accepted"
    assert end_held(at=LATER) == 0
    switch(True, LATER)
    drain(now=lambda: LATER, gateway=gateway)
    assert [code for code, _detail in states(texts)] == ["accepted", "accepted"]
    counts = simulator.accepted_counts()
    assert [counts.get(one.gateway_key, 0) for one in [*texts, own]] == [1, 1, 1]


def test_꺼진_채_21시가_지나면_까닭과_함께_보내지_않음이_된다(member: Member, gateway: LocalGateway) -> None:
    texts = send(member)
    switch(False)
    nine = at("2026-11-23 21:00")
    assert end_held(at=nine - timedelta(seconds=1)) == 0
    assert end_held(at=nine) == 1
    assert states(texts) == [("skipped", "문자메시지서비스가 멈춘 동안 보낼 수 있는 시간이 지났습니다")] * 2
    assert Batch.objects.get().state == "done"
    assert end_held(at=nine) == 0
    switch(True, at("2026-11-24 08:00"))
    drain(now=lambda: at("2026-11-24 08:00"), gateway=gateway)
    assert [code for code, _detail in states(texts)] == ["skipped", "skipped"]


def test_켜져_있을_때는_기한이_지난_것을_건드리지_않는다(member: Member) -> None:
    texts = send(member)
    assert end_held(at=at("2026-11-24 09:00")) == 0
    assert [code for code, _detail in states(texts)] == ["ready", "ready"]


def test_가져온_뒤에_꺼도_나가지_않고_돌려놓는다(
    member: Member, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim has looked already: only the second look, before the call, can stop it."""
    texts = send(member)
    switch(False)
    monkeypatch.setattr("sms.delivery.claim.held", dict)
    drain(now=lambda: NOON, gateway=gateway)
    assert [code for code, _detail in states(texts)] == ["ready", "ready"]
    assert Batch.objects.get().state == "ready"


def test_끄고_켠_사람과_까닭이_남고_지울_수_없다() -> None:
    by = staff(Role.IT_SUPPORT)
    row = switch(False, by=by)
    assert (row.is_on, row.by_id) == (False, by.user_id)
    event = AuditEvent.everything.get(action="free_sms.off")
    assert (event.actor_id, event.detail) == (by.user_id, {"reason": "스팸 신고 확인 중입니다."})


@pytest.mark.parametrize(
    ("_case", "role", "on", "reason", "refusal"),
    [
        ("지점 담당", Role.BRANCH_OFFICER, False, "사유", switching.NotASwitcher),
        ("감사", Role.AUDITOR, False, "사유", switching.NotASwitcher),
        ("사유 없음", Role.IT_SUPPORT, False, " ", switching.ReasonMissing),
        ("이미 켜짐", Role.IT_SUPPORT, True, "사유", switching.AlreadySo),
    ],
)
def test_거절하면_스위치는_그대로다(
    _case: str, role: Role, on: bool, reason: str, refusal: type[Exception]
) -> None:
    before = ServiceSwitch.objects.count()
    with pytest.raises(refusal):
        switching.switch(on=on, reason=reason, by=staff(role), at=NOON)
    assert ServiceSwitch.objects.count() == before
