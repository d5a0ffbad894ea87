"""문자메시지서비스: a member sends its own messages with the calls it has earned (S16, S17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.clock import SEOUL, seoul_day
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.account import balance
from sms.actions.mileage import NotEnoughCalls, RequestKeyReused, spend
from sms.models import Channel, Message, Purpose, Spend
from sms.outbox import Draft, queue
from sms.rules import free_sms as rules
from sms.rules.mileage import cost
from sms.rules.quiet_hours import hours, is_open

SENDERS = frozenset({Role.MEMBER_USER, Role.MEMBER_REP})
OPENS, CLOSES = hours(Channel.SMS, Purpose.FREE_SMS)


class NotASender(Refusal):
    """Somebody who is no user of the member."""

    message = "문자메시지서비스는 조합원 회사의 사용자만 쓸 수 있습니다."


class ServiceClosed(Refusal):
    """Outside the hours in which anybody may be disturbed."""

    message = (
        f"문자는 {OPENS:02d}:00부터 {CLOSES}:00 전까지 보낼 수 있습니다. 밤에는 받는 분의 쉬는 시간을 지켜야 하니 "
        "아침에 다시 보내 주세요."
    )


class NobodyToSendTo(Refusal):
    """No recipient was named."""

    message = "받는 사람이 없습니다. 번호를 적거나 수신자를 골라 주세요."


class TooManyRecipients(Refusal):
    """More recipients than one request takes."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"받는 사람이 {count:,}명입니다. 한 번에 {rules.MOST_RECIPIENTS}명까지 보낼 수 있으니 "
            "나누어 보내 주세요."
        )


class DailyLimitReached(Refusal):
    """More messages than one member may send on a day."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"회사마다 하루에 {rules.MOST_A_DAY}통까지 보낼 수 있습니다. 오늘은 {left}통을 더 보낼 수 있습니다. "
            "받는 사람을 줄이거나 내일 다시 보내 주세요."
        )


class TooSoon(Refusal):
    """A second request right after the first."""

    message = f"조금 전에 문자를 보냈습니다. {rules.SECONDS_BETWEEN}초 뒤에 다시 보내 주세요."


class TextNotSendable(Refusal):
    """Characters no handset can be sent; `message` names them."""


@dataclass(frozen=True)
class Addressee:
    """A mobile number (eleven digits) and, where known, whose it is."""

    mobile: str
    name: str = ""


@dataclass(frozen=True)
class Plan:
    """What a request would send and cost. `balance` is before it, `left` after it, in calls."""

    body: str
    addressees: tuple[Addressee, ...]
    calls: int
    balance: int

    @property
    def left(self) -> int:
        """Calls that would remain."""
        return self.balance - self.calls


def is_service_open(at: datetime) -> bool:
    """Whether a message may be sent at this hour."""
    return is_open(Channel.SMS, Purpose.FREE_SMS, at)


def plan(*, member: Member, text: str, addressees: Sequence[Addressee], at: datetime) -> Plan:
    """Check a request as `send` will, and say what it costs. Writes nothing. Raises as `send` does."""
    body, people = body_of(member, text), _distinct(addressees)
    _allow(member, len(people), at)
    need, have = len(people) * cost("sms"), balance(member.pk, at)
    if need > have:
        raise NotEnoughCalls(balance=have, need=need)
    return Plan(body=body, addressees=people, calls=need, balance=have)


def send(
    *, member_id: int, key: UUID, text: str, addressees: Sequence[Addressee], by: Actor, at: datetime
) -> Spend:
    """Spend the calls and write the messages, all or nothing. The same `key` again changes nothing.

    Raises NotASender, the refusals of `sms.rules.free_sms`, TextNotSendable, NobodyToSendTo,
    TooManyRecipients, ServiceClosed, TooSoon, DailyLimitReached, NotEnoughCalls, RequestKeyReused; and
    Member.DoesNotExist for a member out of sight.
    """
    if not by.roles & SENDERS:
        raise NotASender
    request_key = f"{member_id}-{key}"
    with transaction.atomic():
        # Whoever else sends for this member waits here, so that the day's count is exact.
        member = Member.everything.within(by.scope).select_for_update(no_key=True).get(pk=member_id)
        body, people = body_of(member, text), _distinct(addressees)
        drafts = [_draft(member, request_key, body, person, at) for person in people]
        keys = [draft.key for draft in drafts]
        is_repeat = Spend.everything.filter(member=member, key=request_key).exists()
        if not is_repeat:
            _allow(member, len(people), at)
        elif Message.everything.filter(key__in=keys).exclude(body=body).exists():
            raise RequestKeyReused
        paid = spend(member_id=member.pk, key=request_key, message_keys=keys, calls_each=cost("sms"), by=by, at=at)
        if not is_repeat:
            queue(drafts, at=at)
            detail = {"recipients": len(people), "calls": paid.calls}
            trail.record(action="free_sms.send", by=by, at=at, subject=paid, detail=detail)
    return paid


def body_of(member: Member, text: str) -> str:
    """The message as it arrives. Raises the refusals of `sms.rules.free_sms`, TextNotSendable."""
    try:
        return rules.body(company_of(member), text)
    except NotSendable as refused:
        raise TextNotSendable(refused.message) from refused


def company_of(member: Member) -> str:
    """The name a message of the member begins with."""
    return member.sms_name or member.name


def _distinct(addressees: Sequence[Addressee]) -> tuple[Addressee, ...]:
    """One for each number, the named one before the nameless. Raises NobodyToSendTo, TooManyRecipients."""
    people: dict[str, Addressee] = {}
    for person in addressees:
        if person.mobile not in people or not people[person.mobile].name:
            people[person.mobile] = person
    if not people:
        raise NobodyToSendTo
    if len(people) > rules.MOST_RECIPIENTS:
        raise TooManyRecipients(len(people))
    return tuple(people.values())


def _allow(member: Member, count: int, at: datetime) -> None:
    if not is_service_open(at):
        raise ServiceClosed
    if Spend.everything.filter(member=member, at__gt=at - timedelta(seconds=rules.SECONDS_BETWEEN)).exists():
        raise TooSoon
    today = datetime.combine(seoul_day(at), time(), tzinfo=SEOUL)
    sent = Message.everything.filter(member=member, purpose=Purpose.FREE_SMS, created_at__gte=today).count()
    if sent + count > rules.MOST_A_DAY:
        raise DailyLimitReached(max(0, rules.MOST_A_DAY - sent))


def _draft(member: Member, request_key: str, body: str, person: Addressee, at: datetime) -> Draft:
    """A message that is not sent any more once the service has closed for the night."""
    return Draft(
        key=f"free:{request_key}:{person.mobile}",
        member_id=member.pk,
        channel=Channel.SMS,
        purpose=Purpose.FREE_SMS,
        to=person.mobile,
        recipient_name=person.name,
        body=body,
        reference=f"free:{request_key}",
        valid_until=datetime.combine(seoul_day(at), time(CLOSES), tzinfo=SEOUL),
    )
