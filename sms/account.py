"""Reading the mileage account: what is left, what lapses next, and the statement (DOMAIN §6.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet, Sum

from portal.clock import SEOUL, seoul_day
from sms.models import Entry, EntryKind, Lot, Suspension

LAPSED = "유효기간이 지난 콜"
# Why a call came back.
REASONS = {
    "refused": "중계사가 받지 않음",
    "skipped": "보내지 않음",
    "expired": "시간이 지나 보내지 않음",
    "undelivered": "도착하지 않음",
    "report_timeout": "도착 확인이 오지 않음",
}


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
    reason: str
    lot: str
    usable_until: date
    balance: int

    @property
    def words(self) -> str:
        """What moved them."""
        return self.label or self.kind.label

    @property
    def why(self) -> str:
        """Why they came back, or empty."""
        return REASONS.get(self.reason, "")


@dataclass(frozen=True)
class Statement:
    """The movements of a period; `opening` plus their sum is `closing`."""

    first_day: date
    last_day: date
    opening: int
    lines: tuple[Line, ...]
    closing: int


def usable(at: datetime) -> QuerySet[Lot]:
    """Every member's calls that can be spent at `at`. Time alone decides, booked lapses or not."""
    return Lot.everything.filter(remaining__gt=0, expires_at__gt=at)


def balance(member_id: int, at: datetime) -> int:
    """Calls that can be spent at `at`."""
    return usable(at).filter(member_id=member_id).aggregate(calls=Sum("remaining", default=0))["calls"]


def next_lapse(member_id: int, at: datetime) -> NextLapse | None:
    """The calls that lapse first, None when there are none left."""
    first = usable(at).filter(member_id=member_id).values("expires_at").annotate(calls=Sum("remaining"))
    lapse = first.order_by("expires_at").first()
    return NextLapse(last_day_before(lapse["expires_at"]), lapse["calls"]) if lapse else None


def suspension_at(at: datetime) -> Suspension | None:
    """The approved suspension that keeps calls from being spent at `at`, if any."""
    day = seoul_day(at)
    return Suspension.objects.approved().filter(starts_on__lte=day, ends_on__gte=day).first()


def coming_suspension(at: datetime) -> Suspension | None:
    """The approved suspension that lasts now or comes next."""
    return Suspension.objects.approved().filter(ends_on__gte=seoul_day(at)).order_by("starts_on").first()


def statement(*, member_id: int, first_day: date, last_day: date, at: datetime) -> Statement:
    """The account from `first_day` to `last_day`, both included (Seoul), as it is known at `at`.

    A lot lapses in the statement at its own instant, booked already or not. That a message was handed over moves
    no calls and is left out.
    """
    start, end = _midnight(first_day), _midnight(last_day + timedelta(days=1))
    unbooked = Lot.everything.filter(member_id=member_id, remaining__gt=0, expires_at__lte=at)
    entries = Entry.everything.filter(member_id=member_id).exclude(kind=EntryKind.COMMIT)
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
            reason=entry.reason,
            lot=f"{entry.lot.earned_on:%y%m%d}-{entry.lot_id}",
            usable_until=last_day_before(entry.lot.expires_at),
            balance=left,
        )
