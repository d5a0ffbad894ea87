"""Who of the added people is told what, and how a number is proven by a code (S32)."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from guarantees.actions import screening
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions.proving import AlreadyProven, CodeNotRight, NoTextsThere, prove, send_code
from sms.actions.recipients import (
    AlreadyRemoved,
    KindsMissing,
    NotTheirDecision,
    add_recipient,
    change_kinds,
    remove_recipient,
)
from sms.models import LapseReminder, Message, Proof, ReceptionChange, Recipient, Suppression
from sms.notices import calls_lapsing
from sms.recipients_sql import Receiver, added_receivers, receivers_of
from tests.factories import at, make_application, make_member, make_recipient, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")  # 월
NUMBER = "01000001000"


@pytest.fixture
def member() -> Member:
    return make_member(sms_name="미르누리설비", representative_mobile="01000009000", representative_name="김가온")


@pytest.fixture
def by(member: Member) -> Actor:
    return Actor.user(make_user(Role.MEMBER_USER, member=member))


@pytest.fixture
def person(member: Member, by: Actor) -> Recipient:
    return add_recipient(
        member_id=member.pk, name="박다솜", role="공무", mobile=NUMBER, consented=True, by=by, at=NOW
    )


def last_code() -> str:
    (code,) = re.findall(r"[0-9]{6}", Message.everything.latest("id").body)
    return code


def wrong_code() -> str:
    return f"{(int(last_code()) + 1) % 1_000_000:06d}"


# 인증번호


def test_인증번호는_그_번호로_3분_동안_쓸_수_있는_문자로_나간다(person: Recipient, by: Actor) -> None:
    send_code(recipient_id=person.pk, by=by, at=NOW)
    text = Message.everything.get()
    assert (text.channel, text.purpose, text.to) == ("sms", "one_time_code", NUMBER)
    assert text.valid_until == NOW + timedelta(minutes=3)
    assert text.body == (
        f"[설비공제]미르누리설비 안내문자 수신등록 인증번호 {last_code()}(3분). 동의하면 회사에 알려주세요"
    )
    person.refresh_from_db()
    assert last_code() not in person.code_fingerprint
    assert (len(person.code_fingerprint), person.code_sent_at, person.code_tries) == (64, NOW, 0)
    assert AuditEvent.everything.latest("id").detail == {"name": "박다솜"}


def test_맞는_번호를_입력하면_받기_시작하고_지문은_지운다(person: Recipient, by: Actor) -> None:
    send_code(recipient_id=person.pk, by=by, at=NOW)
    typed = f" {last_code()[:3]}-{last_code()[3:]} "
    prove(recipient_id=person.pk, typed=typed, by=by, at=NOW + timedelta(seconds=179))
    person.refresh_from_db()
    assert (person.proof, person.proven_at) == (Proof.CODE, NOW + timedelta(seconds=179))
    assert (person.code_fingerprint, person.code_sent_at, person.code_tries) == ("", None, 0)
    assert Receiver(NUMBER, "박다솜") in receivers_of(person.member_id)
    change = ReceptionChange.everything.latest("pk")
    assert (change.what, change.by_id, change.detail) == ("proven", by.user_id, "문자로 받은 인증번호로 확인")
    for act in (lambda: send_code(recipient_id=person.pk, by=by, at=NOW),
                lambda: prove(recipient_id=person.pk, typed="1", by=by, at=NOW)):  # fmt: skip
        with pytest.raises(AlreadyProven):
            act()


def test_다섯_번_틀리면_맞는_번호도_받지_않고_새_번호를_받아야_한다(person: Recipient, by: Actor) -> None:
    send_code(recipient_id=person.pk, by=by, at=NOW)
    right, wrong = last_code(), wrong_code()
    for left in (4, 3, 2, 1):
        with pytest.raises(CodeNotRight, match=f"{left}번 더"):
            prove(recipient_id=person.pk, typed=wrong, by=by, at=NOW)
    for typed in (wrong, right):
        with pytest.raises(CodeNotRight, match="5번 틀리게"):
            prove(recipient_id=person.pk, typed=typed, by=by, at=NOW)
    person.refresh_from_db()
    assert (person.proof, person.code_tries) == ("", 5)
    assert receivers_of(person.member_id) == [Receiver("01000009000", "김가온")]
    later = NOW + timedelta(minutes=1)
    send_code(recipient_id=person.pk, by=by, at=later)
    prove(recipient_id=person.pk, typed=last_code(), by=by, at=later)
    assert len(receivers_of(person.member_id)) == 2


@pytest.mark.parametrize("typed", ["", "abc", "９" * 300, "\x00"])
def test_숫자가_아니어도_틀린_번호다(person: Recipient, by: Actor, typed: str) -> None:
    send_code(recipient_id=person.pk, by=by, at=NOW)
    with pytest.raises(CodeNotRight, match="4번 더"):
        prove(recipient_id=person.pk, typed=typed, by=by, at=NOW)


def test_3분이_지나거나_보낸_적이_없으면_그렇게_말한다(person: Recipient, by: Actor) -> None:
    with pytest.raises(CodeNotRight, match="아직 보낸 인증번호가 없습니다"):
        prove(recipient_id=person.pk, typed="123456", by=by, at=NOW)
    send_code(recipient_id=person.pk, by=by, at=NOW)
    with pytest.raises(CodeNotRight, match="3분이 지났습니다"):
        prove(recipient_id=person.pk, typed=last_code(), by=by, at=NOW + timedelta(minutes=3))
    person.refresh_from_db()
    assert (person.code_tries, person.proof) == (0, "")


def test_새_번호를_받으면_앞의_번호는_쓸_수_없다(person: Recipient, by: Actor) -> None:
    send_code(recipient_id=person.pk, by=by, at=NOW)
    first = last_code()
    send_code(recipient_id=person.pk, by=by, at=NOW + timedelta(seconds=1))
    if first != last_code():  # 백만에 한 번은 같다
        with pytest.raises(CodeNotRight):
            prove(recipient_id=person.pk, typed=first, by=by, at=NOW + timedelta(seconds=2))


def test_다른_사람에게_간_번호로는_확인되지_않는다(person: Recipient, by: Actor) -> None:
    other = add_recipient(
        member_id=person.member_id, name="정다온", role="", mobile="01000001001", consented=True, by=by, at=NOW
    )
    send_code(recipient_id=other.pk, by=by, at=NOW)
    send_code(recipient_id=person.pk, by=by, at=NOW)
    with pytest.raises(CodeNotRight):
        prove(recipient_id=other.pk, typed=last_code(), by=by, at=NOW)


def test_문자를_받지_않는_번호에는_보내지_않고_까닭을_말한다(person: Recipient, by: Actor) -> None:
    Suppression.everything.create(mobile=NUMBER, reason="bad_number", since=NOW)
    with pytest.raises(NoTextsThere, match="없는 번호로 확인되어"):
        send_code(recipient_id=person.pk, by=by, at=NOW)
    person.refresh_from_db()
    assert (Message.everything.count(), person.code_fingerprint) == (0, "")


def test_남과_삭제된_분에게는_보내지도_확인하지도_못한다(person: Recipient, by: Actor) -> None:
    stranger = Actor.user(make_user(Role.MEMBER_REP, member=make_member()))
    officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=person.member.branch))
    calls = (
        lambda who: send_code(recipient_id=person.pk, by=who, at=NOW),
        lambda who: prove(recipient_id=person.pk, typed="1", by=who, at=NOW),
        lambda who: change_kinds(recipient_id=person.pk, kinds=["results"], by=who, at=NOW),
    )
    for call in calls:
        with pytest.raises(Recipient.DoesNotExist):
            call(stranger)
        with pytest.raises(NotTheirDecision):
            call(officer)
    remove_recipient(recipient_id=person.pk, by=by, at=NOW)
    for call in calls:
        with pytest.raises(AlreadyRemoved):
            call(by)
    assert Message.everything.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"proof": "code"},
        {"proven_at": NOW},
        {"proof": "guess", "proven_at": NOW},
        {"kinds": []},
        {"kinds": ["advertising"]},
        {"code_fingerprint": "f" * 64},
        {"code_fingerprint": "f" * 64, "code_sent_at": NOW, "code_tries": 6},
    ],
)
def test_데이터베이스가_반쪽_증거를_거절한다(person: Recipient, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.everything.filter(pk=person.pk).update(**wrong)


# 받는 안내


def test_받는_안내를_바꾸면_무엇에서_무엇으로를_남긴다(person: Recipient, by: Actor) -> None:
    change_kinds(recipient_id=person.pk, kinds=["mileage", "results", "x"], by=by, at=NOW)
    person.refresh_from_db()
    assert person.kinds == ["results", "mileage"]
    change = ReceptionChange.everything.latest("pk")
    assert (change.what, change.detail) == ("changed", "보증해제대상 안내 → 신청 결과, 마일리지 소멸 안내")
    assert AuditEvent.everything.latest("id").detail["detail"] == change.detail
    count = ReceptionChange.everything.count()
    change_kinds(recipient_id=person.pk, kinds=["mileage", "results"], by=by, at=NOW)
    with pytest.raises(KindsMissing):
        change_kinds(recipient_id=person.pk, kinds=[], by=by, at=NOW)
    assert ReceptionChange.everything.count() == count


def test_신청_결과는_담당자와_고른_수신자에게_한_번씩_간다(member: Member) -> None:
    make_recipient(member, "01000002000", "결과만", kinds=["results"])
    make_recipient(member, "01000002001", "종료만")
    make_recipient(member, "01000002002", "확인 전", kinds=["results"], proof="", proven_at=None)
    make_recipient(member, "01000002003", "삭제됨", kinds=["results"], is_active=False)
    make_recipient(member, "01000000100", "담당자와 같은 번호", kinds=["results"])
    officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=member.branch))
    application = make_application(member, "in_review", reviewer_id=officer.user_id, taken_at=NOW)
    screening.reject(
        application_id=application.pk,
        by=officer,
        at=NOW,
        reason_code="contract",
        reason="계약서를 다시 보내 주세요.",
    )
    texts = Message.everything.filter(channel="sms").order_by("to").values_list("to", "recipient_name", "purpose")
    assert list(texts) == [
        ("01000000100", "박다솜", "screening_result"), ("01000002000", "결과만", "screening_result"),
    ]  # fmt: skip
    assert Message.everything.filter(channel="email").count() == 1
    assert Message.everything.filter(channel="sms").values("body").distinct().count() == 1


def test_마일리지_소멸_안내는_대표와_고른_수신자에게_간다(member: Member) -> None:
    make_recipient(member, "01000002000", "마일리지", kinds=["mileage"])
    make_recipient(member, "01000002001", "종료만")
    make_recipient(member, "01000009000", "대표와 같은 번호", kinds=["mileage"])
    added = added_receivers([member.pk], "mileage")[member.pk]
    month = LapseReminder(pk=7, member=member, last_day=NOW.date(), kind="month", calls=3, at=NOW)
    drafts = [(draft.key, draft.to) for draft in calls_lapsing(member, [month], added) if draft.channel == "sms"]
    assert drafts == [
        ("calls_lapsing:7:sms", "01000009000"), ("calls_lapsing:7:sms:01000002000", "01000002000"),
    ]  # fmt: skip
    week = LapseReminder(pk=8, member=member, last_day=NOW.date(), kind="week", calls=3, at=NOW)
    assert [draft for draft in calls_lapsing(member, [week], added) if draft.channel == "sms"] == []
