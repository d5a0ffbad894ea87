"""SMS 수신자 등록: who may change it, what is written, and who then receives (S29-S32, DOMAIN §5.5 rows 32-36)."""

import re

import pytest
from django.db import InternalError, connection, transaction

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions import recipients as actions
from sms.actions.proving import prove, send_code
from sms.actions.recipients import (
    AlreadyReceives,
    CallerMissing,
    ConsentMissing,
    KindsMissing,
    NotTheirDecision,
    TooManyAdded,
    add_recipient,
    opt_in,
    opt_out,
    remove_recipient,
)
from sms.models import Message, Reception, ReceptionChange, Recipient
from sms.recipients_sql import RECIPIENTS_SQL, Receiver, receivers_of
from tests.factories import at, make_branch, make_member, make_recipient, make_user

pytestmark = pytest.mark.django_db
Way = ReceptionChange.Way
NOW = at("2026-11-23 10:00")  # 월
REP = "01000009000"


@pytest.fixture
def member() -> Member:
    return make_member(
        sms_name="미르누리설비", representative_name="김가온", representative_mobile=REP,
        representative_email="rep@example.kr",
    )  # fmt: skip


def rep_of(member: Member) -> Actor:
    return Actor.user(make_user(Role.MEMBER_REP, member=member))


def officer_of(member: Member, role: Role = Role.BRANCH_OFFICER) -> Actor:
    return Actor.user(make_user(role, branch=member.branch))


def add(member: Member, mobile: str = "01000001000", name: str = "박다솜", **values: object) -> Recipient:
    fields = {"by": rep_of(member), "at": NOW, "role": "공무팀장", "consented": True, **values}
    return add_recipient(member_id=member.pk, name=name, mobile=mobile, **fields)


def prove_by_code(person: Recipient, by: Actor) -> None:
    """As the person does who reads the code out."""
    send_code(recipient_id=person.pk, by=by, at=NOW)
    (typed,) = re.findall(r"[0-9]{6}", Message.everything.latest("id").body)
    prove(recipient_id=person.pk, typed=typed, by=by, at=NOW)


def traces() -> list[int]:
    return [model.everything.count() for model in (Reception, ReceptionChange, Recipient, Message, AuditEvent)]


# 수신거부


def test_대표가_홈페이지에서_수신거부하면_문자와_이메일로_알린다(member: Member) -> None:
    rep = rep_of(member)
    reception = opt_out(member_id=member.pk, by=rep, at=NOW, way=Way.WEB)
    assert (reception.representative_receives, reception.changed_at) == (False, NOW)
    change = ReceptionChange.everything.get()
    assert (change.what, change.way, change.caller, change.by_id, change.at) == (
        "opted_out",
        "web",
        "",
        rep.user_id,
        NOW,
    )
    event = AuditEvent.everything.get(action="reception.opted_out")
    assert (event.member_id, event.actor_id, event.at) == (member.pk, rep.user_id, NOW)
    email, text = Message.everything.order_by("channel")
    assert (text.channel, text.purpose, text.to) == ("sms", "opt_out", REP)
    assert text.body == "[설비공제]미르누리설비 만기문자 수신거부 처리(26.11.23). 재등록 마이페이지"
    assert (email.channel, email.to, email.subject) == (
        "email", "rep@example.kr", "보증해제대상 안내 문자 수신거부가 처리되었습니다",
    )  # fmt: skip
    for part in (email.body, email.html):
        assert "김가온님" in part
        assert "2026. 11. 23.(월) 10:00" in part
        assert "/mypage/recipients/" in part
    assert receivers_of(member.pk) == []


def test_관할_지점이_전화로_받은_수신거부는_전화한_사람을_남긴다(member: Member) -> None:
    officer = officer_of(member)
    opt_out(member_id=member.pk, by=officer, at=NOW, way=Way.PHONE, caller=" 김가온 대표 ", note="본인 확인함")
    change = ReceptionChange.everything.get()
    assert (change.way, change.caller, change.note, change.by_id) == (
        "phone",
        "김가온 대표",
        "본인 확인함",
        officer.user_id,
    )
    assert AuditEvent.everything.get(action="reception.opted_out").detail == {
        "way": "phone", "caller": "김가온 대표", "note": "본인 확인함",
    }  # fmt: skip
    assert Message.everything.filter(purpose="opt_out").count() == 2


def test_다시_받기로_되돌리고_이력은_둘_다_남는다(member: Member) -> None:
    opt_out(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    opt_in(member_id=member.pk, by=officer_of(member), at=at("2026-11-24 09:00"), way=Way.PHONE, caller="김가온")
    assert list(ReceptionChange.everything.order_by("id").values_list("what", flat=True)) == [
        "opted_out",
        "opted_in",
    ]
    assert receivers_of(member.pk) == [Receiver(REP, "김가온")]
    assert Message.everything.count() == 2  # 수신거부의 문자와 이메일뿐


def test_두_번_거부해도_한_번만_적고_한_번만_알린다(member: Member) -> None:
    opt_out(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    before = traces()
    opt_out(member_id=member.pk, by=officer_of(member), at=NOW, way=Way.PHONE, caller="김가온")
    assert traces() == before


def test_받고_있는데_다시_받기는_아무것도_바꾸지_않는다(member: Member) -> None:
    opt_in(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    assert (ReceptionChange.everything.count(), receivers_of(member.pk)) == (0, [Receiver(REP, "김가온")])


@pytest.mark.parametrize(
    ("_case", "fields", "channels"),
    [
        ("번호 없음", {"representative_mobile": ""}, ["email"]),
        ("이메일 없음", {"representative_email": ""}, ["sms"]),
        ("문자용 상호 없음", {"sms_name": ""}, ["email"]),
        ("둘 다 없음", {"representative_mobile": "", "representative_email": ""}, []),
    ],
)
def test_닿을_수_있는_길로만_알린다(_case: str, fields: dict[str, str], channels: list[str]) -> None:
    member = make_member(**fields)
    opt_out(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    assert list(Message.everything.values_list("channel", flat=True)) == channels
    assert not Reception.everything.get().representative_receives


def test_긴_상호도_수신거부_문자는_90바이트_안이다() -> None:
    member = make_member(sms_name="가나다라마바사아자차카타파하가나")
    opt_out(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    text = Message.everything.get(channel="sms")
    assert len(text.body.encode("cp949")) <= 90


@pytest.mark.parametrize("act", [opt_out, opt_in])
@pytest.mark.parametrize(
    ("_case", "role", "way"),
    [
        ("담당자는 대표의 수신을 바꾸지 못한다", Role.MEMBER_USER, Way.WEB),
        ("대표는 전화로 적지 못한다", Role.MEMBER_REP, Way.PHONE),
        ("지점은 홈페이지로 하지 못한다", Role.BRANCH_OFFICER, Way.WEB),
        ("정보시스템부", Role.IT_SUPPORT, Way.PHONE),
        ("본부 심사", Role.HQ_UNDERWRITER, Way.PHONE),
        ("감사", Role.AUDITOR, Way.PHONE),
    ],
)
def test_정할_수_없는_사람은_아무것도_바꾸지_못한다(member: Member, act, _case: str, role: Role, way: Way) -> None:
    of_member = role in {Role.MEMBER_REP, Role.MEMBER_USER}
    user = make_user(role, member=member) if of_member else make_user(role)
    before = traces()
    with pytest.raises(NotTheirDecision):
        act(member_id=member.pk, by=Actor.user(user), at=NOW, way=way, caller="김가온")
    assert traces() == before


def test_전화한_사람이_없으면_적지_않는다(member: Member) -> None:
    before = traces()
    with pytest.raises(CallerMissing):
        opt_out(member_id=member.pk, by=officer_of(member), at=NOW, way=Way.PHONE, caller=" ")
    assert traces() == before


@pytest.mark.parametrize("role", [Role.BRANCH_OFFICER, Role.BRANCH_HEAD])
def test_다른_지점과_다른_회사에는_없는_조합원이다(member: Member, role: Role) -> None:
    other = Actor.user(make_user(role, branch=make_branch()))
    with pytest.raises(Member.DoesNotExist):
        opt_out(member_id=member.pk, by=other, at=NOW, way=Way.PHONE, caller="김가온")
    with pytest.raises(Member.DoesNotExist):
        opt_out(member_id=member.pk, by=rep_of(make_member()), at=NOW, way=Way.WEB)
    assert ReceptionChange.everything.count() == 0


# 추가 수신자


@pytest.mark.parametrize("role", [Role.MEMBER_USER, Role.MEMBER_REP])
def test_회사의_사용자가_수신자를_추가하고_삭제한다(member: Member, role: Role) -> None:
    by = Actor.user(make_user(role, member=member))
    person = add(member, by=by)
    assert (person.is_active, person.consented, person.added_at) == (True, True, NOW)
    assert (person.kinds, person.proof, person.proven_at) == (["expiry"], "", None)
    assert receivers_of(member.pk) == [Receiver(REP, "김가온")]  # 번호를 확인하기 전
    prove_by_code(person, by)
    assert receivers_of(member.pk) == [Receiver("01000001000", "박다솜"), Receiver(REP, "김가온")]
    remove_recipient(recipient_id=person.pk, by=by, at=NOW)
    assert receivers_of(member.pk) == [Receiver(REP, "김가온")]
    changes = ReceptionChange.everything.order_by("id").values_list("what", "recipient_id", "by_id")
    assert list(changes) == [(what, person.pk, by.user_id) for what in ("added", "proven", "removed")]
    actions_written = AuditEvent.everything.order_by("id").values_list("action", flat=True)
    assert list(actions_written) == [
        "reception.added", "reception.code_sent", "reception.proven", "reception.removed",
    ]  # fmt: skip
    before = traces()
    remove_recipient(recipient_id=person.pk, by=by, at=NOW)
    assert traces() == before


def test_삭제한_사람은_다시_추가할_수_있다(member: Member) -> None:
    person = add(member)
    remove_recipient(recipient_id=person.pk, by=rep_of(member), at=NOW)
    again = add(member)
    assert again.pk != person.pk
    assert Recipient.everything.filter(is_active=True).count() == 1


def test_지점이_전화로_수신자를_추가한다(member: Member) -> None:
    add(member, by=officer_of(member), way=Way.PHONE, caller="이나래", note="공무 담당 변경")
    change = ReceptionChange.everything.get()
    assert (change.way, change.caller, change.note) == ("phone", "이나래", "공무 담당 변경")
    assert change.detail == "보증해제대상 안내. 번호는 지점이 전화로 확인"
    assert receivers_of(member.pk)[0] == Receiver("01000001000", "박다솜")


@pytest.mark.parametrize(
    ("_case", "values", "refusal", "words"),
    [
        ("동의 없음", {"consented": False}, ConsentMissing, "동의"),
        ("받을 안내 없음", {"kinds": []}, KindsMissing, "하나 이상"),
        ("모르는 안내", {"kinds": ["advertising"]}, KindsMissing, "하나 이상"),
        ("대표이사와 같은 번호", {"mobile": REP}, AlreadyReceives, "대표이사 휴대폰과 같은 번호"),
        ("이미 등록된 번호", {"mobile": "01000002000"}, AlreadyReceives, "정다온 님의 번호"),
    ],
)
def test_추가할_수_없는_사람(member: Member, _case: str, values: dict[str, object], refusal, words: str) -> None:
    add(member, mobile="01000002000", name="정다온")
    by, before = rep_of(member), traces()
    with pytest.raises(refusal, match=words):
        add(member, by=by, **values)
    assert traces() == before


def test_추가_수신자는_열_명까지다(member: Member) -> None:
    by = rep_of(member)
    people = [add(member, mobile=f"0100000{n:04d}", by=by) for n in range(10)]
    before = traces()
    with pytest.raises(TooManyAdded):
        add(member, mobile="01000000010", by=by)
    assert traces() == before
    remove_recipient(recipient_id=people[0].pk, by=by, at=NOW)
    add(member, mobile="01000000010", by=by)
    assert Recipient.everything.filter(is_active=True).count() == actions.MOST_ADDED


def test_남의_수신자는_추가하거나_삭제하지_못한다(member: Member) -> None:
    person, stranger = add(member), rep_of(make_member())
    before = traces()
    with pytest.raises(Recipient.DoesNotExist):
        remove_recipient(recipient_id=person.pk, by=stranger, at=NOW)
    with pytest.raises(Member.DoesNotExist):
        add(member, mobile="01000003000", by=stranger)
    for role in (Role.IT_SUPPORT, Role.AUDITOR):
        with pytest.raises(NotTheirDecision):
            remove_recipient(
                recipient_id=person.pk, by=Actor.user(make_user(role)), at=NOW, way=Way.PHONE, caller="누구"
            )
    assert traces() == before


def test_이력은_고치거나_지울_수_없다(member: Member) -> None:
    add(member)
    for change in (lambda rows: rows.update(note="x"), lambda rows: rows.delete()):
        with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
            change(ReceptionChange.everything.all())


# 누가 받는가: 대표이사 × 추가 수신자의 모든 경우

A, B = "01000001000", "01000001001"


@pytest.mark.parametrize(
    ("_case", "rep_mobile", "opted_out", "added", "expected"),
    [
        ("대표만", REP, False, [], [(REP, "김가온")]),
        ("대표와 추가 한 명", REP, False, [(A, True)], [(A, "추가0"), (REP, "김가온")]),
        ("32 대표 거부, 추가 한 명", REP, True, [(A, True)], [(A, "추가0")]),
        ("32 대표 거부, 추가 없음", REP, True, [], []),
        ("대표 거부, 추가는 삭제됨", REP, True, [(A, False)], []),
        ("대표 번호 없음", "", False, [], []),
        ("대표 번호 없음, 추가 한 명", "", False, [(A, True)], [(A, "추가0")]),
        ("대표 번호 없고 거부, 추가 한 명", "", True, [(A, True)], [(A, "추가0")]),
        ("33 대표와 추가가 같은 번호", A, False, [(A, True)], [(A, "김가온")]),
        ("대표가 거부한 번호는 다른 이름으로도 받지 않는다", A, True, [(A, True)], []),
        ("거부한 번호만 빠진다", A, True, [(A, True), (B, True)], [(B, "추가1")]),
        ("추가 두 명 가운데 한 명은 삭제됨", REP, False, [(A, False), (B, True)], [(B, "추가1"), (REP, "김가온")]),
        ("삭제하고 다시 넣은 번호", REP, True, [(A, False), (A, True)], [(A, "추가1")]),
    ],
)
def test_받는_사람(
    _case: str, rep_mobile: str, opted_out: bool, added: list[tuple[str, bool]], expected: list[tuple[str, str]]
) -> None:
    member = make_member(representative_mobile=rep_mobile, representative_name="김가온")
    if opted_out:
        Reception.everything.create(member=member, representative_receives=False, changed_at=NOW)
    for n, (mobile, is_active) in enumerate(added):
        make_recipient(member, mobile, f"추가{n}", is_active=is_active)
    noise = make_member(representative_mobile=A)  # 다른 회사의 같은 번호는 상관없다
    make_recipient(noise, B, "남")
    assert [(person.mobile, person.name) for person in receivers_of(member.pk)] == expected


def test_거부했다가_다시_받으면_같은_번호의_사람은_대표이사_이름으로_한_번_받는다() -> None:
    member = make_member(representative_mobile=A, representative_name="김가온")
    make_recipient(member, A, "추가")
    opt_out(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    assert receivers_of(member.pk) == []
    opt_in(member_id=member.pk, by=rep_of(member), at=NOW, way=Way.WEB)
    assert receivers_of(member.pk) == [Receiver(A, "김가온")]


@pytest.mark.parametrize(
    ("_case", "fields", "receives"),
    [
        ("번호를 확인하고 고름", {}, True),
        ("번호를 확인하지 않음", {"proof": "", "proven_at": None}, False),
        ("다른 안내만 고름", {"kinds": ["results", "mileage"]}, False),
        ("여러 안내를 고름", {"kinds": ["results", "expiry"]}, True),
    ],
)
def test_번호를_확인하고_고른_분만_받는다(_case: str, fields: dict[str, object], receives: bool) -> None:
    member = make_member(representative_mobile="")
    make_recipient(member, A, "추가", **fields)
    assert receivers_of(member.pk) == ([Receiver(A, "추가")] if receives else [])


def test_한_문장이_모든_조합원의_받는_사람을_조합원마다_준다(member: Member) -> None:
    other = make_member(representative_mobile=REP)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT member_id, mobile FROM ({RECIPIENTS_SQL}) r ORDER BY member_id")
        assert cursor.fetchall() == [(member.pk, REP), (other.pk, REP)]
