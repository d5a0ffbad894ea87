"""A company's messages and mileage as rows of a table to take away."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from django.db.models import Min

from portal.clock import seoul_day
from portal.identifiers import mask_mobile
from portal.members.models import User
from sms.account import statement
from sms.models import Channel, Lot, Message, Purpose
from sms.queries import state_of

A_LOOK = 1_000  # messages whose states are read by one statement

MessageRow = tuple[datetime, str, str, str, str, str, str, str]
MileageRow = tuple[datetime, str, str, str, int, str, date, int]


def message_rows(user: User, *, most: int) -> Iterator[MessageRow]:
    """Newest first: written at, purpose, channel, recipient, number or address, text, state, detail.

    One-time codes are nobody's business but the reader's; numbers of phones are masked as on the pages.
    """
    rows = Message.objects.for_user(user).exclude(purpose=Purpose.ONE_TIME_CODE).order_by("-id").defer("html")
    for chunk in _chunks(rows[:most].iterator(chunk_size=A_LOOK)):
        states = state_of(chunk)
        for row in chunk:
            state = states[row.pk]
            to = row.to if row.channel == Channel.EMAIL else mask_mobile(row.to)
            purpose, channel = row.get_purpose_display(), row.get_channel_display()
            yield row.created_at, purpose, channel, row.recipient_name, to, _text(row), state.label, state.detail


def mileage_rows(user: User, at: datetime) -> Iterator[MileageRow]:
    """Oldest first: at, kind, words, why it came back, calls, lot, last usable day, balance after it."""
    first = Lot.objects.for_user(user).aggregate(day=Min("earned_on"))["day"]
    if first is None or user.member_id is None:
        return
    account = statement(member_id=user.member_id, first_day=first, last_day=seoul_day(at), at=at)
    for line in account.lines:
        yield line.at, line.kind.label, line.words, line.why, line.calls, line.lot, line.usable_until, line.balance


def _chunks(rows: Iterable[Message]) -> Iterator[list[Message]]:
    walk = iter(rows)
    while chunk := list(islice(walk, A_LOOK)):
        yield chunk


def _text(row: Message) -> str:
    """The company's own words; of a letter its subject, for in it may stand a link meant for one person."""
    if row.purpose == Purpose.FREE_SMS:
        return row.body
    return row.subject or ("" if row.purpose == Purpose.BANK_CERTIFICATE else row.body)
