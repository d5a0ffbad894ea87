"""Reading the mileage account: what is left, what lapses next, and the statement (DOMAIN §6.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet, Sum

from portal.clock import SEOUL, seoul_day
from sms.models import Entry, EntryKind, Lot

LAPSED = "유효기간이 지난 콜"


@dataclass(frozen=True)
class NextLapse:
    """The calls that lapse first, and the last day they can be spent."""

    last_day: date
    calls: int


@dataclass(frozen=True)
class Line:
    """One movement of the account, with the balance after it."""

    at: datetime
    kind: EntryKind
    calls: int
    label: str
    message_key: str
    usable_until: date
    balance: int


@dataclass(frozen=True)
class Statement:
    """The movements of a period; `opening` plus their sum is `closing`."""

    first_day: date
    last_day: date
    opening: int
    lines: tuple[Line, ...]
    closing: int


def balance(member_id: int, at: datetime) -> int:
    """Calls that can be spent at `at`. Time alone decides, booked lapses or not."""
    return _usable(member_id, at).aggregate(calls=Sum("remaining", default=0))["calls"]


def next_lapse(member_id: int, at: datetime) -> NextLapse | None:
    """The calls that lapse first, None when there are none left."""
    first = _usable(member_id, at).values("expires_at").annotate(calls=Sum("remaining"))
    lapse = first.order_by("expires_at").first()
    return NextLapse(last_day_before(lapse["expires_at"]), lapse["calls"]) if lapse else None


def statement(*, member_id: int, first_day: date, last_day: date, at: datetime) -> Statement:
    """The account from `first_day` to `last_day`, both included (Seoul), as it is known at `at`.

    A lot lapses in the statement at its own instant, booked already or not.
    """
    start, end = _midnight(first_day), _midnight(last_day + timedelta(days=1))
    unbooked = Lot.everything.filter(member_id=member_id, remaining__gt=0, expires_at__lte=at)
    entries = Entry.everything.filter(member_id=member_id)
    lost_before = unbooked.filter(expires_at__lt=start).aggregate(calls=Sum("remaining", default=0))["calls"]
    opening = entries.filter(at__lt=start).aggregate(calls=Sum("calls", default=0))["calls"] - lost_before
    booked = entries.filter(at__gte=start, at__lt=end).select_related("lot").order_by("at", "id")
    lapsing = (_lapse_of(lot) for lot in unbooked.filter(expires_at__gte=start, expires_at__lt=end))
    movements = sorted([*booked, *lapsing], key=lambda entry: entry.at)
    lines = tuple(_lines(movements, opening))
    return Statement(first_day, last_day, opening, lines, lines[-1].balance if lines else opening)


def last_day_before(expires_at: datetime) -> date:
    """The last usable day of calls that are gone at `expires_at`."""
    return seoul_day(expires_at - timedelta(microseconds=1))


def _usable(member_id: int, at: datetime) -> QuerySet[Lot]:
    return Lot.everything.filter(member_id=member_id, remaining__gt=0, expires_at__gt=at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SEOUL)


def _lapse_of(lot: Lot) -> Entry:
    """The entry `book_lapsed` will write for this lot; not saved."""
    return Entry(
        member_id=lot.member_id, lot=lot, kind=EntryKind.LAPSE, calls=-lot.remaining, label=LAPSED,
        at=lot.expires_at,
    )  # fmt: skip


def _lines(entries: Iterable[Entry], opening: int) -> Iterator[Line]:
    left = opening
    for entry in entries:
        left += entry.calls
        yield Line(
            at=entry.at,
            kind=EntryKind(entry.kind),
            calls=entry.calls,
            label=entry.label,
            message_key=entry.message_key,
            usable_until=last_day_before(entry.lot.expires_at),
            balance=left,
        )
