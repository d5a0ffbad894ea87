"""Replacement by telephone (S40): A takes the call, B calls back and approves, the representative gets a code.

Staff touch no certificate and no key: approval ends the registered certificate and sends the way to register a
new one, by signature, to the registered representative alone. What is sent is decided in `ticket_notices`.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from certificates import ticket_notices
from certificates.actions.registering import locked_active
from certificates.actions.stopping import stop
from certificates.models import CallBackTo, ReplacementTicket, StopReason
from certificates.refusals import Code, Refused
from certificates.ticket_code import digest, new_code
from portal.access import Actor, ScopedQuerySet
from portal.audit import trail
from portal.identifiers import mask_mobile
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.outbox import queue

LINK_LIFE = timedelta(hours=24)
ENDED_BY_TICKET = "전화 갱신 접수"
BY_LINK = Actor.system("전화 갱신 링크")


class NotTheirTicket(Refusal):
    """Somebody outside the IT department."""

    message = "전화 갱신은 정보시스템부에서만 처리합니다. 정보시스템부에 요청해 주세요."


class CallIncomplete(Refusal):
    """A call that does not say who called or why."""

    message = "전화한 사람과 사유를 적어 주세요. 접수 이력에 남깁니다."


class NoRegisteredNumber(Refusal):
    """The member's registry has no such number to call back."""

    message = (
        "조합원 원장에 그 휴대폰 번호가 없어 다시 걸 수 없습니다. "
        "다른 번호를 고르거나, 관할 지점에서 서류로 번호를 등록한 뒤 접수해 주세요."
    )


class TicketOpenAlready(Refusal):
    """A ticket of the member waits for approval."""

    message = "이 조합원의 접수가 이미 승인을 기다립니다. 그 접수를 처리한 뒤 새로 접수해 주세요."


class MemberNotTrading(Refusal):
    """A member that may not use the portal."""

    message = "거래가 정지되었거나 탈퇴한 조합원입니다. 관할 지점에 먼저 확인해 주세요."


class TicketSettled(Refusal):
    """A ticket that was approved or refused before."""

    message = "이미 처리된 접수입니다. 접수 화면에서 누가 언제 처리했는지 확인해 주세요."


class NotCalledBack(Refusal):
    """An approval without the call."""

    message = "등록된 번호로 다시 걸어 본인의 요청인지 확인한 뒤 승인해 주세요."


class NumberChangedSince(Refusal):
    """The registry's number is no longer the one that stands on the ticket."""

    message = (
        "접수한 뒤에 조합원의 등록 번호가 바뀌었습니다. 접수를 거절하고, "
        "관할 지점에 번호가 바뀐 경위를 확인한 다음 새로 접수해 주세요."
    )


class NobodyToSendTo(Refusal):
    """No way to reach the representative."""

    message = (
        "대표이사의 휴대폰과 이메일이 모두 없어 접수코드를 보낼 곳이 없습니다. "
        "관할 지점에서 등록한 뒤 승인해 주세요. 기존 인증서는 그대로 둡니다."
    )


def open_ticket(
    *, member_id: int, caller: str, call_back_to: CallBackTo, reason: str, by: Actor, at: datetime
) -> ReplacementTicket:
    """Write down a call. The number to call back is taken from the member's registry, never typed.

    Raises NotTheirTicket, CallIncomplete, MemberNotTrading, NoRegisteredNumber, TicketOpenAlready,
    Member.DoesNotExist (out of sight).
    """
    opener = _it_person(by)
    if not caller.strip() or not reason.strip():
        raise CallIncomplete
    try:
        with transaction.atomic():
            member = _locked_member(member_id, by)
            if not member.is_trading:
                raise MemberNotTrading
            ticket = ReplacementTicket.everything.create(
                member=member,
                caller=caller.strip(),
                call_back_to=call_back_to,
                call_back_number=registered_number(member, call_back_to),
                reason=reason.strip(),
                opened_by_id=opener,
                opened_at=at,
            )
            _record("open", ticket, by, at, reason=ticket.reason, caller=ticket.caller)
    except IntegrityError as error:
        if "ticket_one_open_a_member" not in str(error):
            raise
        raise TicketOpenAlready from None
    return ticket


def registered_number(member: Member, call_back_to: CallBackTo) -> str:
    """The mobile number as the registry has it. Raises NoRegisteredNumber."""
    is_contact = call_back_to == CallBackTo.CONTACT
    number = member.contact_mobile if is_contact else member.representative_mobile
    if not number:
        raise NoRegisteredNumber
    return number


@transaction.atomic
def approve_ticket(*, ticket_id: int, called_back: bool, by: Actor, at: datetime) -> ReplacementTicket:
    """End the registered certificate and send the representative a code for 24 hours.

    The code is in his message alone: neither of the two people of the IT department learns it. Codes of
    earlier tickets end. Raises NotTheirTicket, Refused(STAFF_SAME_PERSON), TicketSettled, NotCalledBack,
    NumberChangedSince, NobodyToSendTo, ReplacementTicket.DoesNotExist (out of sight).
    """
    ticket = _locked(ticket_id, by)
    if by.user_id == ticket.opened_by_id:
        raise Refused(Code.STAFF_SAME_PERSON)
    if not called_back:
        raise NotCalledBack
    member = ticket.member
    if _number_now(member, ticket) != ticket.call_back_number:
        raise NumberChangedSince
    if not member.representative_mobile and not member.representative_email:
        raise NobodyToSendTo
    code = new_code()
    ReplacementTicket.everything.filter(member=member, used_at=None, link_until_at__gt=at).update(link_until_at=at)
    ticket.approved_by_id, ticket.approved_at = by.user_id, at
    ticket.link_hash, ticket.link_until_at = digest(code), at + LINK_LIFE
    ticket.save(update_fields=["approved_by", "approved_at", "link_hash", "link_until_at"])
    active = locked_active(member.pk)
    if active is not None:
        stop(active, StopReason.TICKET, because=ENDED_BY_TICKET, at=at)
    _record("approve", ticket, by, at)
    queue(ticket_notices.approved(ticket, code), at=at)
    return ticket


@transaction.atomic
def refuse_ticket(*, ticket_id: int, reason: str, by: Actor, at: datetime) -> ReplacementTicket:
    """Nothing happens to the certificate. Also whoever took the call may end it so.

    Raises NotTheirTicket, CallIncomplete, TicketSettled, ReplacementTicket.DoesNotExist (out of sight).
    """
    ticket = _locked(ticket_id, by)
    if not reason.strip():
        raise CallIncomplete
    ticket.refused_at = at
    ticket.save(update_fields=["refused_at"])
    _record("refuse", ticket, by, at, reason=reason.strip())
    return ticket


def find(*, token: str, at: datetime) -> ReplacementTicket | None:
    """The ticket whose code `token` still opens, left unused; where people type, `knocking` counts them."""
    return _live(at).filter(link_hash=digest(token)).select_related("member__branch").first()


@transaction.atomic
def use(*, ticket_id: int, at: datetime) -> ReplacementTicket:
    """Spend a ticket, once, by one conditional update. In the transaction that registers the new certificate, it
    comes back with it. Raises Refused(TICKET_EXPIRED)."""
    if not _live(at).filter(pk=ticket_id).update(used_at=at):
        raise Refused(Code.TICKET_EXPIRED)
    ticket = ReplacementTicket.everything.select_related("member__branch").get(pk=ticket_id)
    trail.record(action="replacement_ticket.use", by=BY_LINK, at=at, subject=ticket)
    return ticket


def _live(at: datetime) -> ScopedQuerySet[ReplacementTicket]:
    """Approved and unused, before the instant at which the code ends."""
    return ReplacementTicket.everything.filter(approved_at__lte=at, used_at=None, link_until_at__gt=at)


def _it_person(by: Actor) -> int:
    """The user id of somebody of the IT department; a task or a command is nobody."""
    if by.user_id is None or Role.IT_SUPPORT not in by.roles:
        raise NotTheirTicket
    return by.user_id


def _locked_member(member_id: int, by: Actor) -> Member:
    rows = Member.everything.within(by.scope).select_for_update(of=("self",), no_key=True)
    return rows.select_related("branch").get(pk=member_id)


def _locked(ticket_id: int, by: Actor) -> ReplacementTicket:
    """The open ticket, its member locked first, as a replacement does."""
    _it_person(by)
    rows = ReplacementTicket.everything.within(by.scope)
    member = _locked_member(rows.get(pk=ticket_id).member_id, by)
    ticket = rows.select_for_update(of=("self",)).get(pk=ticket_id)
    ticket.member = member
    if ticket.approved_at is not None or ticket.refused_at is not None:
        raise TicketSettled
    return ticket


def _number_now(member: Member, ticket: ReplacementTicket) -> str:
    try:
        return registered_number(member, CallBackTo(ticket.call_back_to))
    except NoRegisteredNumber:
        return ""


def _record(verb: str, ticket: ReplacementTicket, by: Actor, at: datetime, **said: str) -> None:
    detail = {**said, "call_back_to": ticket.call_back_to, "number": mask_mobile(ticket.call_back_number)}
    trail.record(action=f"replacement_ticket.{verb}", by=by, at=at, subject=ticket, detail=detail)
