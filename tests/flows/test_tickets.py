"""Replacement by telephone: two people, the registry's number, one code for a day (S40)."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from certificates.actions import stopping, tickets
from certificates.models import BankCertificate, CallBackTo, ReplacementTicket, StopReason
from certificates.refusals import Code, Refused
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.ksx1001 import byte_size
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.models import Message
from tests.factories import at, make_member, make_user
from tests.pages.actors import BACKEND

pytestmark = pytest.mark.django_db
CALLED = at("2026-11-20 09:40")  # Friday
APPROVED = at("2026-11-20 10:00")
REPRESENTATIVE = "01000000211"
CONTACT = "01000000212"


@pytest.fixture
def member() -> Member:
    return make_member(
        representative_mobile=REPRESENTATIVE, representative_email="rep@example.kr",
        contact_name="박다솜", contact_mobile=CONTACT, contact_email="contact@example.kr",
    )  # fmt: skip


@pytest.fixture
def taker() -> User:
    return make_user(Role.IT_SUPPORT)


@pytest.fixture
def checker() -> User:
    return make_user(Role.IT_SUPPORT)


def register(member: Member, serial: str = "0a", **fields: Any) -> BankCertificate:
    print_of = f"{member.pk:032x}{serial:0>32}"
    values = {
        "member": member, "der": b"0", "cert_sha256": print_of, "spki_sha256": print_of, "issuer_der": b"0",
        "issuer_name": "시험기관", "serial_hex": serial, "subject_name": member.name, "bank_name": "국민은행",
        "policy_oid": "1.2.410.200005.1.1.5", "purpose_name": "사업자 범용", "method": "self",
        "valid_from_at": at("2026-03-01 00:00"), "valid_until_at": at("2027-02-28 23:59"),
        "registered_at": at("2026-03-02 10:00"),
    }  # fmt: skip
    return BankCertificate.everything.create(**values | fields)


def take_call(member: Member, taker: User, to: CallBackTo = CallBackTo.REPRESENTATIVE) -> ReplacementTicket:
    return tickets.open_ticket(
        member_id=member.pk, caller="김가온 대표", call_back_to=to, reason="비밀번호 잊음",
        by=Actor.user(taker), at=CALLED,
    )  # fmt: skip


def approve(ticket: ReplacementTicket, checker: User, *, called_back: bool = True) -> ReplacementTicket:
    return tickets.approve_ticket(
        ticket_id=ticket.pk, called_back=called_back, by=Actor.user(checker), at=APPROVED
    )


def code_sent(channel: str = "sms") -> str:
    body = Message.everything.get(purpose="one_time_code", channel=channel).body
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", body)
    assert found is not None
    return found[0]


def untouched() -> dict[str, Any]:
    """What a refused step must leave as it was."""
    return {
        "certificates": list(BankCertificate.everything.order_by("pk").values_list("status", "ended_at")),
        "tickets": list(ReplacementTicket.everything.order_by("pk").values_list("approved_at", "link_hash")),
        "messages": Message.everything.count(),
        "audit": AuditEvent.everything.count(),
    }


# ── The journey ──


def test_a_call_becomes_a_code_for_the_representative_and_the_old_certificate_ends(member, taker, checker) -> None:
    old = register(member)
    ticket = take_call(member, taker)
    assert ticket.call_back_number == REPRESENTATIVE
    old.refresh_from_db()
    assert (old.status, Message.everything.count()) == ("active", 0)

    approve(ticket, checker)

    old.refresh_from_db()
    assert (old.status, old.ended_at, old.ended_because) == ("disabled", APPROVED, "전화 갱신 접수")
    sent = {(m.channel, m.to, m.purpose) for m in Message.everything.all()}
    assert sent == {
        ("sms", REPRESENTATIVE, "one_time_code"), ("email", "rep@example.kr", "one_time_code"),
        ("sms", CONTACT, "bank_certificate"), ("email", "contact@example.kr", "bank_certificate"),
    }  # fmt: skip
    assert code_sent("sms") == code_sent("email")
    trail = [(e.action, e.actor_name) for e in AuditEvent.everything.order_by("pk") if "ticket" in e.action]
    assert trail == [("replacement_ticket.open", str(taker)), ("replacement_ticket.approve", str(checker))]


def test_the_text_names_no_address_and_the_contact_learns_no_code(member, taker, checker) -> None:
    approve(take_call(member, taker), checker)
    code = code_sent()
    texts = Message.everything.filter(channel="sms")
    assert [m.body for m in texts if "http" in m.body or "/" in m.body.replace("11/20", "")] == []
    to_contact = Message.everything.filter(to__in=[CONTACT, "contact@example.kr"])
    assert [code in message.body for message in to_contact] == [False, False]
    letter = Message.everything.get(channel="email", purpose="one_time_code")
    assert reverse("certificates:ticket", args=[code.replace("-", "")]) in letter.body


@pytest.mark.parametrize(
    ("_case", "sms_name"),
    [("보통", "미르누리설비"), ("가장 긴 상호 32바이트", "가나다라마바사아자차카타파하거너"), ("상호 없음", "")],
)
def test_the_text_with_the_code_is_never_long(member, taker, checker, _case, sms_name) -> None:
    Member.everything.filter(pk=member.pk).update(sms_name=sms_name)
    approve(take_call(member, taker), checker)
    body = Message.everything.get(purpose="one_time_code", channel="sms").body
    assert byte_size(body) <= 90
    assert code_sent() in body


@pytest.mark.parametrize(
    ("_case", "emptied", "then"),
    [
        ("휴대폰만", {"representative_email": ""}, {("sms", REPRESENTATIVE)}),
        ("이메일만", {"representative_mobile": ""}, {("email", "rep@example.kr")}),
    ],
)
def test_either_way_to_the_representative_is_enough(member, taker, checker, _case, emptied, then) -> None:
    Member.everything.filter(pk=member.pk).update(**emptied)
    approve(take_call(member, taker, CallBackTo.CONTACT), checker)
    assert {(m.channel, m.to) for m in Message.everything.filter(purpose="one_time_code")} == then


def test_nobody_to_send_to_leaves_the_old_certificate(member, taker, checker) -> None:
    register(member)
    Member.everything.filter(pk=member.pk).update(representative_mobile="", representative_email="")
    ticket = take_call(member, taker, CallBackTo.CONTACT)
    before = untouched()
    with pytest.raises(tickets.NobodyToSendTo):
        approve(ticket, checker)
    assert untouched() == before


# ── Two people ──


def test_whoever_took_the_call_cannot_approve(member, taker) -> None:
    register(member)
    ticket = take_call(member, taker)
    before = untouched()
    with pytest.raises(Refused) as refused:
        approve(ticket, taker)
    assert refused.value.code is Code.STAFF_SAME_PERSON
    assert untouched() == before


def test_the_database_holds_it_too(member, taker) -> None:
    ticket = take_call(member, taker)
    with pytest.raises(IntegrityError, match="ticket_by_two_people"), transaction.atomic():
        ReplacementTicket.everything.filter(pk=ticket.pk).update(
            approved_by=taker, approved_at=APPROVED, link_until_at=APPROVED
        )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.IT_SUPPORT])
def test_other_roles_open_and_approve_nothing(member, taker, role) -> None:
    is_members = role in (Role.MEMBER_REP, Role.MEMBER_USER)
    person = make_user(role, member=member) if is_members else make_user(role)
    with pytest.raises(tickets.NotTheirTicket):
        take_call(member, person)
    ticket = take_call(member, taker)
    before = untouched()
    with pytest.raises(tickets.NotTheirTicket):
        approve(ticket, person)
    assert untouched() == before


def test_without_the_call_back_nothing_happens(member, taker, checker) -> None:
    ticket = take_call(member, taker)
    with pytest.raises(tickets.NotCalledBack):
        approve(ticket, checker, called_back=False)


def test_a_number_changed_after_the_call_stops_the_approval(member, taker, checker) -> None:
    ticket = take_call(member, taker)
    Member.everything.filter(pk=member.pk).update(representative_mobile="01000000999")
    before = untouched()
    with pytest.raises(tickets.NumberChangedSince):
        approve(ticket, checker)
    assert untouched() == before


@pytest.mark.parametrize("first", ["approve", "refuse"])
def test_a_settled_ticket_stays_settled(member, taker, checker, first) -> None:
    ticket = take_call(member, taker)
    if first == "approve":
        approve(ticket, checker)
    else:
        tickets.refuse_ticket(ticket_id=ticket.pk, reason="본인 아님", by=Actor.user(taker), at=APPROVED)
    before = untouched()
    with pytest.raises(tickets.TicketSettled):
        approve(ticket, checker)
    with pytest.raises(tickets.TicketSettled):
        tickets.refuse_ticket(ticket_id=ticket.pk, reason="x", by=Actor.user(checker), at=APPROVED)
    assert untouched() == before


def test_a_refused_call_leaves_the_certificate(member, taker, checker) -> None:
    old = register(member)
    ticket = take_call(member, taker)
    tickets.refuse_ticket(ticket_id=ticket.pk, reason="대표이사가 모르는 일", by=Actor.user(checker), at=APPROVED)
    old.refresh_from_db()
    assert (old.status, Message.everything.count()) == ("active", 0)


# ── The number ──


def test_a_number_is_chosen_never_typed(member, taker) -> None:
    desk = desk_of(taker)
    page = desk.get(reverse("admin:certificates_replacementticket_add")).content.decode()
    assert 'name="call_back_number"' not in page
    assert 'type="file"' not in page
    desk.post(reverse("admin:certificates_replacementticket_add"), {
        "business_number": member.business_number, "caller": "박다솜", "call_back_to": "contact",
        "reason": "은행 변경", "call_back_number": "01099998888",
    })  # fmt: skip
    assert list(ReplacementTicket.everything.values_list("call_back_number", flat=True)) == [CONTACT]


def test_an_unregistered_number_cannot_be_called_back(taker) -> None:
    member = make_member(contact_mobile="")
    with pytest.raises(tickets.NoRegisteredNumber):
        take_call(member, taker, CallBackTo.CONTACT)
    answer = desk_of(taker).post(
        reverse("admin:certificates_replacementticket_add"),
        {"business_number": member.business_number, "caller": "박다솜", "call_back_to": "contact", "reason": "x"},
    )
    assert "조합원 원장에 그 휴대폰 번호가 없어" in answer.content.decode()
    assert ReplacementTicket.everything.count() == 0


def test_one_open_ticket_a_member(member, taker, checker) -> None:
    take_call(member, taker)
    with pytest.raises(tickets.TicketOpenAlready):
        take_call(member, checker)
    assert ReplacementTicket.everything.count() == 1


@pytest.mark.parametrize("status", ["suspended", "withdrawn", "expelled"])
def test_a_member_that_does_not_trade_gets_no_ticket(taker, status) -> None:
    with pytest.raises(tickets.MemberNotTrading):
        take_call(make_member(status=status), taker)


# ── The code ──


def test_only_a_digest_of_the_code_is_in_the_ticket(member, taker, checker) -> None:
    ticket = approve(take_call(member, taker), checker)
    code = code_sent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM certificates_replacementticket t")
        row = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(e::text, ' ') FROM audit_auditevent e")
        trail = cursor.fetchone()[0]
    assert [place for place in (row, trail) if code in place or code.replace("-", "") in place] == []
    assert len(ticket.link_hash) == 64


@pytest.mark.parametrize(
    ("_case", "typed"),
    [("그대로", str), ("작은 글자", str.lower), ("하이픈 없이", lambda c: c.replace("-", "")),
     ("띄어쓰기", lambda c: c.replace("-", " ")),
     ("O와 I로", lambda c: c.replace("0", "O").replace("1", "I"))],
)  # fmt: skip
def test_the_code_in_any_spelling(member, taker, checker, _case, typed) -> None:
    ticket = approve(take_call(member, taker), checker)
    assert tickets.find(token=typed(code_sent()), at=APPROVED) == ticket


@pytest.mark.parametrize(
    ("_case", "passed", "then"),
    [
        ("승인한 순간", timedelta(0), True),
        ("24시간 1마이크로초 전", timedelta(hours=24) - timedelta(microseconds=1), True),
        ("24시간이 된 순간", timedelta(hours=24), False),
    ],
)
def test_the_code_ends_at_the_instant(member, taker, checker, _case, passed, then) -> None:
    approve(take_call(member, taker), checker)
    when, ticket = APPROVED + passed, ReplacementTicket.everything.get()
    assert tickets.find(token=code_sent(), at=when) == (ticket if then else None)
    if then:
        assert tickets.use(ticket_id=ticket.pk, at=when).used_at == when
    else:
        with pytest.raises(Refused) as refused:
            tickets.use(ticket_id=ticket.pk, at=when)
        assert refused.value.code is Code.TICKET_EXPIRED
        assert ReplacementTicket.everything.get().used_at is None


def test_the_code_opens_once(member, taker, checker) -> None:
    ticket = approve(take_call(member, taker), checker)
    code = code_sent()
    for _ in range(3):
        assert tickets.find(token=code, at=APPROVED) == ticket  # looking spends nothing
    tickets.use(ticket_id=ticket.pk, at=APPROVED)
    assert tickets.find(token=code, at=APPROVED) is None
    with pytest.raises(Refused) as refused:
        tickets.use(ticket_id=ticket.pk, at=APPROVED)
    assert refused.value.code is Code.TICKET_EXPIRED
    assert AuditEvent.everything.filter(action="replacement_ticket.use").count() == 1


def test_a_replacement_that_fails_gives_the_code_back(member, taker, checker) -> None:
    ticket = approve(take_call(member, taker), checker)
    with transaction.atomic():
        tickets.use(ticket_id=ticket.pk, at=APPROVED)
        transaction.set_rollback(True)
    assert tickets.find(token=code_sent(), at=APPROVED) == ticket


def test_a_second_ticket_ends_the_code_of_the_first(member, taker, checker) -> None:
    approve(take_call(member, taker), checker)
    first = code_sent()
    approve(take_call(member, taker), checker)
    assert tickets.find(token=first, at=APPROVED) is None


@pytest.mark.parametrize("token", ["", "0" * 12, "한글", "../..", "A" * 500])
def test_what_is_no_code_opens_nothing(member, taker, checker, token) -> None:
    approve(take_call(member, taker), checker)
    take_call(make_member(), taker)  # an open ticket has an empty digest
    assert tickets.find(token=token, at=APPROVED) is None


# ── On the desk ──


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_the_whole_way_on_the_desk(member, taker, checker) -> None:
    register(member)
    with time_machine.travel(CALLED, tick=False):
        desk_of(taker).post(reverse("admin:certificates_replacementticket_add"), {
            "business_number": member.business_number, "caller": "김가온", "call_back_to": "representative",
            "reason": "비밀번호 잊음",
        })  # fmt: skip
    ticket = ReplacementTicket.everything.get()
    ask = reverse("admin:certificates_replacementticket_do", args=[ticket.pk, "approve"])
    page = reverse("admin:certificates_replacementticket_change", args=[ticket.pk])
    with time_machine.travel(APPROVED, tick=False):
        assert "010-0000-0211" not in desk_of(taker).get(page).content.decode()
        assert "010-0000-0211" in desk_of(checker).get(ask).content.decode()
        own = desk_of(taker).post(ask, {"called_back": "on"})
        assert (own.status_code, "요청자와 승인자는 다른 사람" in own.content.decode()) == (409, True)
        assert "체크해 주세요" in desk_of(checker).post(ask, {}).content.decode()
        done = desk_of(checker).post(ask, {"called_back": "on"}, follow=True)
        assert code_sent() not in done.content.decode()
    ticket.refresh_from_db()
    assert (ticket.approved_by, ticket.approved_at) == (checker, APPROVED)
    assert BankCertificate.everything.get().status == "disabled"


def test_the_code_is_not_shown_among_the_messages(member, taker, checker) -> None:
    approve(take_call(member, taker), checker)
    reader = desk_of(make_user(Role.HQ_UNDERWRITER))
    shown = "".join(
        reader.get(reverse("admin:sms_message_change", args=[message.pk])).content.decode()
        for message in Message.everything.filter(purpose="one_time_code")
    )
    assert code_sent() not in shown
    assert code_sent().replace("-", "") not in shown


# ── Stopping a certificate ──


def test_it_stops_a_certificate_and_both_are_told(member, taker) -> None:
    row = register(member)
    stopping.disable(
        certificate_id=row.pk, why=StopReason.COMPROMISED, reason="도용 의심", by=Actor.user(taker), at=APPROVED
    )
    row.refresh_from_db()
    assert (row.status, row.ended_at, row.ended_because) == ("disabled", APPROVED, "도용 의심")
    assert {m.to for m in Message.everything.all()} == {
        REPRESENTATIVE, CONTACT, "rep@example.kr", "contact@example.kr",
    }  # fmt: skip
    with pytest.raises(stopping.NotInUse):
        stopping.disable(
            certificate_id=row.pk, why=StopReason.ASKED, reason="다시", by=Actor.user(taker), at=APPROVED
        )
    assert Message.everything.count() == 4


@pytest.mark.parametrize("why", list(StopReason))
def test_the_letter_says_what_the_next_registration_takes(member, taker, why) -> None:
    row = register(member)
    by = Actor.user(taker)
    if why not in stopping.BY_STAFF:
        with pytest.raises(stopping.ReasonMissing):
            stopping.disable(certificate_id=row.pk, why=why, reason="사유", by=by, at=APPROVED)
        return
    stopping.disable(certificate_id=row.pk, why=why, reason="사유", by=by, at=APPROVED)
    row.refresh_from_db()
    assert row.stopped_for == why
    letter = Message.everything.get(to="rep@example.kr").body
    takes_ticket = why in (StopReason.COMPROMISED, StopReason.UNWANTED)
    assert ("전화로 접수해 본인 확인을" in letter, "인증서갱신에서 새 인증서를" in letter) == (
        takes_ticket, not takes_ticket,
    )  # fmt: skip
    assert AuditEvent.everything.get(action="bank_certificate.disable").detail["why"] == why


def test_a_stop_has_its_reason_in_the_database(member) -> None:
    row = register(member)
    for wrong in ({"status": "disabled", "ended_at": APPROVED}, {"stopped_for": "asked"}):
        with pytest.raises(IntegrityError, match="certificate_stopped_has_reason"), transaction.atomic():
            BankCertificate.everything.filter(pk=row.pk).update(**wrong)


@pytest.mark.parametrize("role", [Role.BRANCH_HEAD, Role.HQ_UNDERWRITER, Role.AUDITOR, Role.WEBMASTER])
def test_only_it_stops_a_certificate(member, role) -> None:
    row = register(member)
    with pytest.raises(stopping.NotTheirCertificate):
        stopping.disable(
            certificate_id=row.pk, why=StopReason.ASKED, reason="x", by=Actor.user(make_user(role)), at=APPROVED
        )
    row.refresh_from_db()
    assert row.status == "active"


def test_the_contact_reached_at_the_same_number_is_told_once(taker) -> None:
    member = make_member(
        representative_mobile=REPRESENTATIVE, representative_email="", contact_mobile=REPRESENTATIVE
    )
    row = register(member)
    stopping.disable(
        certificate_id=row.pk, why=StopReason.COMPROMISED, reason="도용 의심", by=Actor.user(taker), at=APPROVED
    )
    assert [m.to for m in Message.everything.all()] == [REPRESENTATIVE]
