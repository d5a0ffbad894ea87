"""What a member's front page knows, in three statements: figures, applications, and what ends when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from certificates.models import BankCertificate, Status
from guarantees.limits import limit_policy_on, limit_under, reserved_by, used_by
from guarantees.models import Application, Endorsement, EndorsementState, Guarantee
from guarantees.queries import OPEN_STATES
from guarantees.releases import claimed, releasable
from guarantees.rules import ending_weeks
from guarantees.rules.ending_weeks import BEYOND, Day, Ends
from guarantees.rules.expiry import MINIMUM_AMOUNT
from guarantees.rules.limit import available
from guarantees.rules.states import ApplicationState, GuaranteeState
from portal.access import Scope, ScopedQuerySet, scope_of
from portal.businessdays.models import closed_days, covered_until
from portal.businessdays.rules import DAY, BusinessCalendar
from portal.clock import SEOUL, seoul_day
from portal.compiled import Compiled
from portal.glance import Glance
from portal.members.models import Member, User
from sms.account import last_day_before, usable

SOON = timedelta(days=30)
MOST_APPLICATIONS = 20
# Those that wait for the member come first, so that none of them is cut off.
_WAITING = (ApplicationState.SUPPLEMENT, ApplicationState.APPROVED, ApplicationState.SIGNED)
# What of an application the page shows; the rest of its fifty columns stays where it is.
_SHOWN = ("public_id", "number", "state", "supplement_due_on", "amount", "product__name")

_limit_policy = Glance(limit_policy_on)
_closed_days = Glance(lambda: (closed_days(), covered_until()))


@dataclass(frozen=True)
class Gauge:
    """The limit and what stands against it, in won."""

    limit: int
    taken: int

    @property
    def available(self) -> int:
        """What is left; negative after a cut."""
        return available(self.limit, self.taken, 0)


@dataclass(frozen=True)
class Overview:
    """The figures of one company at one instant.

    `lapsing` calls are lost within thirty days, the first of them after `lapses_on`. `certificate_until` is the
    last day of the registered bank certificate, `change_to_pay` an approved change that waits for its fee.
    """

    active: int
    releasable: int
    calls: int
    lapsing: int
    lapses_on: date | None
    certificate_until: date | None
    change_to_pay: UUID | None
    gauge: Gauge | None


def overview_of(user: User, at: datetime) -> Overview:
    """The figures of the company `user` works for. Raises Member.DoesNotExist where he sees none."""
    today = seoul_day(at)
    soon = datetime.combine(today + SOON + DAY, time(), SEOUL)
    rows = _figures_written.rows(scope_of(user), at=at, today=today, soon=soon)
    if not rows:
        raise Member.DoesNotExist
    return _read(rows[0], today)


def _figures(scope: Scope, *, at: datetime, today: date, soon: datetime) -> QuerySet[Any, Any]:
    """Of each member within `scope`; calls that lapse before `soon`."""
    lapsing = usable(at).filter(expires_at__lte=soon)
    certificates = BankCertificate.everything.filter(member_id=OuterRef("pk"), status=Status.ACTIVE)
    changes = Endorsement.everything.filter(
        guarantee__member_id=OuterRef("pk"), state=EndorsementState.APPROVED, fee_delta__gt=0
    )
    return Member.everything.within(scope).values(
        "limit__shares",
        "limit__grade",
        "limit__special_limit",
        taken=used_by("pk") + reserved_by("pk"),
        active=_of_member(Guarantee.everything.filter(state=GuaranteeState.ACTIVE), Count("pk")),
        releasable=_of_member(Guarantee.everything.filter(releasable(today)).exclude(claimed()), Count("pk")),
        calls=_of_member(usable(at), Sum("remaining")),
        lapsing=_of_member(lapsing, Sum("remaining")),
        lapses_at=Subquery(_each(lapsing, Min("expires_at"))),
        certificate_until=Subquery(certificates.values("valid_until_at")[:1]),
        change_to_pay=Subquery(changes.order_by("pk").values("public_id")[:1]),
    )


_figures_written = Compiled(_figures)


def _read(row: dict[str, Any], today: date) -> Overview:
    return Overview(
        active=row["active"],
        releasable=row["releasable"],
        calls=row["calls"],
        lapsing=row["lapsing"],
        lapses_on=last_day_before(row["lapses_at"]) if row["lapses_at"] else None,
        certificate_until=seoul_day(row["certificate_until"]) if row["certificate_until"] else None,
        change_to_pay=row["change_to_pay"],
        gauge=_gauge(row, today),
    )


def _gauge(row: dict[str, Any], today: date) -> Gauge | None:
    """None while nobody has set a limit."""
    if row["limit__shares"] is None:
        return None
    policy = _limit_policy.look(today)
    whole = limit_under(
        policy, shares=row["limit__shares"], grade=row["limit__grade"], special_limit=row["limit__special_limit"]
    )
    return Gauge(whole, row["taken"])


def _of_member(rows: QuerySet[Any], figure: Count | Sum) -> Coalesce:
    """A figure of the rows of the member in hand, 0 without any."""
    return Coalesce(Subquery(_each(rows, figure)), 0, output_field=IntegerField())


def _each(rows: QuerySet[Any], figure: Count | Sum | Min) -> QuerySet[Any]:
    mine = rows.order_by().filter(member_id=OuterRef("pk")).values("member_id")
    return mine.annotate(figure=figure).values("figure")


def open_applications(user: User) -> list[Application]:
    """What is under way, drafts too: what waits for the member first, by its due day, then the newest."""
    return _open_written.rows(scope_of(user))


def _open(scope: Scope) -> ScopedQuerySet[Application]:
    rows = Application.everything.within(scope).filter(state__in=[*OPEN_STATES, ApplicationState.DRAFT])
    turn = Case(When(state__in=_WAITING, then=0), When(state=ApplicationState.DRAFT, then=2), default=1)
    due = Case(When(state=ApplicationState.SUPPLEMENT, then=F("supplement_due_on"))).asc(nulls_last=True)
    return rows.select_related("product").only(*_SHOWN).order_by(turn, due, "-id")[:MOST_APPLICATIONS]


_open_written = Compiled(_open)


def weeks_ahead(user: User, today: date) -> tuple[tuple[Day, ...], ...]:
    """Eight weeks of the company's ending guarantees and notices, with the cooperative's holidays."""
    _first, last = ending_weeks.span(today)
    ends = _ends_written.rows(scope_of(user), first=today, last=last + BEYOND)
    holidays, until = _closed_days.look()
    calendar = BusinessCalendar(closures=frozenset(holidays), covered_until=until)
    return ending_weeks.weeks((Ends(*row) for row in ends), today=today, calendar=calendar, holidays=holidays)


def _ends(scope: Scope, *, first: date, last: date) -> QuerySet[Any, tuple[date, int, int]]:
    """Days on which guarantees end, how many, and how many of them are told before."""
    told = Q(product__expiry_sms=True, outstanding__gte=MINIMUM_AMOUNT)
    rows = Guarantee.everything.within(scope).filter(
        state=GuaranteeState.ACTIVE, ends_on__gte=first, ends_on__lte=last
    )
    days = rows.order_by("ends_on").values_list("ends_on")
    return days.annotate(Count("pk"), told=Count("pk", filter=told))


_ends_written = Compiled(_ends)
