"""문자메시지서비스: a member sends its own messages with the calls it has earned (S16, S17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.clock import SEOUL, seoul_day
from portal.ksx1001 import NotSendable, cut
from portal.members.models import Member
from portal.members.roles import Role
from sms.account import balance
from sms.actions.free_refusals import (
    CLOSES,
    DailyLimitReached,
    NobodyLeft,
    NobodyToSendTo,
    NotASender,
    OwnDailyLimitReached,
    SenderMissing,
    ServiceClosed,
    ServiceOff,
    TextNotSendable,
    TooManyRecipients,
    TooSoon,
)
from sms.actions.mileage import NotEnoughCalls, RequestKeyReused, refuse_if_suspended, spend
from sms.eligibility import Candidate, stopped
from sms.free_service import company_of, domains_of, frame_of, last_switch, left_today, opt_out_number
from sms.free_service import registered_sender as sender_on
from sms.models import Channel, Purpose, SendRequest, Spend
from sms.outbox import Draft, queue
from sms.rules import free_sms as rules
from sms.rules.free_sms import Category
from sms.rules.mileage import cost
from sms.rules.quiet_hours import is_open
from sms.rules.texts import SUBJECT_BYTES, message_kind
from sms.suppression import suppressed

SENDERS = frozenset({Role.MEMBER_USER, Role.MEMBER_REP})


@dataclass(frozen=True)
class Addressee:
    """A mobile number (eleven digits) and, where known, whose it is."""

    mobile: str
    name: str = ""


@dataclass(frozen=True)
class Text:
    """What a member wrote and what he declares it to be.

    `wants_long` asks for an LMS where 90 bytes are not enough; `has_ad_consent` says that all recipients of an
    advertisement agreed to it.
    """

    words: str
    category: Category = Category.INFORMATION
    wants_long: bool = False
    has_ad_consent: bool = False


@dataclass(frozen=True)
class Plan:
    """What a request would send and cost. `balance` is before it, `left` after it, in calls."""

    body: str
    kind: Literal["sms", "lms"]
    addressees: tuple[Addressee, ...]
    skipped: tuple[Addressee, ...]  # named, but they do not take texts; they cost nothing
    calls: int
    balance: int
    warnings: tuple[str, ...]  # words that look like advertising

    @property
    def calls_each(self) -> int:
        """Calls for one recipient."""
        return cost(self.kind)

    @property
    def left(self) -> int:
        """Calls that would remain."""
        return self.balance - self.calls


def is_service_open(at: datetime) -> bool:
    """Whether a message may be sent at this hour."""
    return is_open(Channel.SMS, Purpose.FREE_SMS, at)


def plan(*, member: Member, text: Text, addressees: Sequence[Addressee], by: Actor, at: datetime) -> Plan:
    """Check a request as `send` will, and say what it costs. Writes nothing. Raises as `send` does."""
    body, people = body_of(member, text), _distinct(addressees)
    refusing = _refusing(member, people)
    taking = tuple(person for person in people if person.mobile not in refusing)
    if not taking:
        raise NobodyLeft
    _allow(member, len(taking), by, at)
    kind = message_kind(body)
    need, have = len(taking) * cost(kind), balance(member.pk, at)
    if need > have:
        raise NotEnoughCalls(balance=have, need=need)
    return Plan(
        body=body,
        kind=kind,
        addressees=taking,
        skipped=tuple(person for person in people if person.mobile in refusing),
        calls=need,
        balance=have,
        warnings=rules.selling_words(text.words) if text.category is Category.INFORMATION else (),
    )


def send(
    *, member_id: int, key: UUID, text: Text, addressees: Sequence[Addressee], by: Actor, at: datetime
) -> SendRequest:
    """Spend the calls and write the messages, all or nothing. The same `key` again changes nothing.

    Raises NotASender, the refusals of `sms.rules.free_sms` and `free_refusals`, NotEnoughCalls, RequestKeyReused;
    and Member.DoesNotExist for a member out of sight.
    """
    if not by.roles & SENDERS:
        raise NotASender
    request_key = f"{member_id}-{key}"
    with transaction.atomic():
        # Whoever else sends for this member waits here, so that the quotas of the day are exact.
        member = Member.everything.within(by.scope).select_for_update(no_key=True).get(pk=member_id)
        asked = _asked(text, addressees)
        if earlier := SendRequest.everything.filter(member=member, spend__key=request_key).first():
            if earlier.asked != asked:
                raise RequestKeyReused
            return earlier
        wanted = plan(member=member, text=text, addressees=addressees, by=by, at=at)
        drafts = [_draft(member, request_key, wanted, person, at) for person in wanted.addressees]
        paid = spend(
            member_id=member.pk, key=request_key, message_keys=[draft.key for draft in drafts],
            calls_each=cost(wanted.kind), by=by, at=at,
        )  # fmt: skip
        queue(drafts, at=at)
        return _write_down(member, text, wanted, asked, paid, by, at)


def body_of(member: Member, text: Text) -> str:
    """The message as it arrives.

    Raises the refusals of `sms.rules.free_sms`, TextNotSendable.
    """
    if text.category is Category.ADVERTISING:
        if not opt_out_number():
            raise rules.AdvertisingOff
        if not text.has_ad_consent:
            raise rules.AdConsentMissing
    try:
        return rules.body(
            text.words,
            frame_of(member, text.category),
            category=text.category,
            domains=domains_of(member),
            long_is_on=settings.SMS_FREE_LMS,
            wants_long=text.wants_long,
        )
    except NotSendable as refused:
        raise TextNotSendable(refused.message) from refused


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


def _refusing(member: Member, people: Sequence[Addressee]) -> frozenset[str]:
    """Numbers that would be passed over when the message leaves: no call is taken for them."""
    asked = [Candidate(place, f"free:{place}", member.pk, one.mobile, "") for place, one in enumerate(people)]
    found: Mapping[int, str] = stopped(Purpose.FREE_SMS, asked)
    unwanted = suppressed(Purpose.FREE_SMS, [one.mobile for one in people])
    return frozenset(people[place].mobile for place in found) | frozenset(unwanted)


def _allow(member: Member, count: int, by: Actor, at: datetime) -> None:
    switch = last_switch()
    if switch is not None and not switch.is_on:
        raise ServiceOff(switch.reason)
    refuse_if_suspended(at)
    if not is_service_open(at):
        raise ServiceClosed
    if not sender_on(seoul_day(at)):
        raise SenderMissing
    recent = at - timedelta(seconds=rules.SECONDS_BETWEEN)
    if SendRequest.everything.filter(member=member, at__gt=recent).exists():
        raise TooSoon
    left = left_today(member_id=member.pk, user_id=by.user_id, at=at)
    if count > left.member:
        raise DailyLimitReached(left.member)
    if count > left.user:
        raise OwnDailyLimitReached(left.user, settings.SMS_FREE_PER_USER)


def _draft(member: Member, request_key: str, wanted: Plan, person: Addressee, at: datetime) -> Draft:
    """A message that is not sent any more once the service has closed for the night."""
    return Draft(
        key=f"free:{request_key}:{person.mobile}",
        member_id=member.pk,
        channel=Channel(wanted.kind),
        purpose=Purpose.FREE_SMS,
        to=person.mobile,
        recipient_name=person.name[:60],
        subject=cut(company_of(member), SUBJECT_BYTES) if wanted.kind == "lms" else "",
        body=wanted.body,
        reference=f"free:{request_key}",
        valid_until=datetime.combine(seoul_day(at), time(CLOSES), tzinfo=SEOUL),
    )


def _asked(text: Text, addressees: Sequence[Addressee]) -> str:
    """The fingerprint of a request: of what was typed and to whom, not of what became of it."""
    people = sorted({person.mobile for person in addressees})
    return sha256("\n".join([text.category, str(text.wants_long), *people, text.words]).encode()).hexdigest()


def _write_down(
    member: Member, text: Text, wanted: Plan, asked: str, paid: Spend, by: Actor, at: datetime
) -> SendRequest:
    request = SendRequest.everything.create(
        member=member,
        spend=paid,
        category=text.category,
        has_ad_consent=text.category is Category.ADVERTISING and text.has_ad_consent,
        channel=wanted.kind,
        text=text.words,
        recipients=len(wanted.addressees),
        asked=asked,
        by_id=by.user_id,
        at=at,
    )
    detail = {"recipients": request.recipients, "calls": wanted.calls, "category": request.category}
    trail.record(action="free_sms.send", by=by, at=at, subject=request, detail=detail)
    return request
