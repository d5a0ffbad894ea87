"""What pages and actions ask the database about releasing: what can be released, and what was asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from guarantees.chains import followed
from guarantees.limits import consumption_of
from guarantees.models import (
    OPEN_CLAIM,
    BulkRelease,
    BulkRowState,
    Claim,
    Guarantee,
    ReleaseRequest,
    RequestParty,
    RequestState,
)
from guarantees.rules.releasing import LIVE_STATES, WHY_LABELS, whys
from guarantees.rules.states import GuaranteeState
from portal.access import ScopedQuerySet
from portal.members.models import User

RELEASABLE_ORDERS = {
    "": ("종료일 빠른 순", ("ends_on", "id")),
    "-frees": ("풀리는 한도 큰 순", ("-frees", "id")),
    "-ends": ("종료일 늦은 순", ("-ends_on", "-id")),
    "product": ("보증 종류순", ("product__position", "ends_on", "id")),
}


PROPOSED_AT_ONCE = 500


@dataclass(frozen=True)
class Releasable:
    """One line of the list: the guarantee, what its release gives back of the limit (won), and why."""

    guarantee: Guarantee
    frees: int
    reasons: tuple[str, ...]
    is_asked: bool


def asked() -> Exists:
    """Whether somebody has asked for the release of a row and nobody has answered yet."""
    return Exists(ReleaseRequest.everything.filter(guarantee=OuterRef("pk"), state=RequestState.OPEN))


def confirmed() -> Exists:
    """Whether the beneficiary has said that all is done, and nobody has answered yet."""
    open_requests = ReleaseRequest.everything.filter(guarantee=OuterRef("pk"), state=RequestState.OPEN)
    return Exists(open_requests.filter(party=RequestParty.BENEFICIARY))


def claimed() -> Exists:
    """Whether a claim stands against a row."""
    return Exists(Claim.everything.filter(guarantee=OuterRef("pk"), state__in=OPEN_CLAIM))


def releasable(today: date) -> Q:
    """The condition for guarantees something speaks for releasing, as `rules.releasing.whys` has it."""
    completed = Q(completes_on__lt=today, product__auto_release=False)
    speaks = Q(state=GuaranteeState.EXPIRED) | completed | followed() | Q(confirmed())
    return Q(state__in=LIVE_STATES) & speaks


def releasable_of(user: User | AnonymousUser, order: str, *, today: date) -> ScopedQuerySet[Any]:
    """A person's guarantees that can be released and are not being paid out of, each with what it frees."""
    rows = Guarantee.objects.for_user(user).filter(releasable(today)).exclude(claimed())
    rows = rows.select_related("product").annotate(
        frees=consumption_of("outstanding"),
        is_followed=_flag(followed()),
        is_confirmed=confirmed(),
        is_asked=asked(),
    )
    return rows.order_by(*RELEASABLE_ORDERS.get(order, RELEASABLE_ORDERS[""])[1])


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def lines_of(rows: Iterable[Any], *, today: date) -> list[Releasable]:
    """Rows of `releasable_of` with their reasons in words."""
    return [
        Releasable(
            guarantee=row,
            frees=row.frees,
            reasons=tuple(
                WHY_LABELS[why]
                for why in whys(
                    state=row.state,
                    completes_on=row.completes_on,
                    releases_itself=row.product.auto_release,
                    followed=row.is_followed,
                    confirmed=row.is_confirmed,
                    today=today,
                )
            ),
            is_asked=row.is_asked,
        )
        for row in rows
    ]


def total_freed(rows: QuerySet[Guarantee]) -> int:
    """What releasing all of `rows` gives back of the limit, in won."""
    return int(rows.order_by().aggregate(total=Sum(consumption_of("outstanding")))["total"] or 0)


def open_request(guarantee: Guarantee) -> ReleaseRequest | None:
    """The request for this guarantee that waits for an answer."""
    return guarantee.release_requests.filter(state=RequestState.OPEN).select_related("follow_up").first()


def to_propose() -> list[Guarantee]:
    """Live guarantees a defect guarantee of the same contract followed on, for which nobody has asked yet."""
    tried = ReleaseRequest.everything.filter(guarantee=OuterRef("pk"), follow_up__isnull=False)
    rows = Guarantee.everything.filter(
        followed(), ~Q(asked()), ~Q(claimed()), ~Q(Exists(tried)), state__in=LIVE_STATES
    )
    return list(rows.select_related("product").order_by("pk")[:PROPOSED_AT_ONCE])


def due_automatically(today: date) -> ScopedQuerySet[Guarantee]:
    """Guarantees that release themselves and whose last day is over, without an open claim (S24)."""
    ended = Guarantee.everything.filter(state__in=LIVE_STATES, product__auto_release=True, ends_on__lt=today)
    return ended.exclude(claimed())


@dataclass(frozen=True)
class Progress:
    """How far a bulk release has come, in rows."""

    total: int
    waiting: int
    done: int
    refused: int

    @property
    def answered(self) -> int:
        """Rows with a result."""
        return self.done + self.refused


def progress_of(bulk: BulkRelease) -> Progress:
    """Counted anew from its rows."""
    states = list(bulk.rows.values_list("state", flat=True))
    return Progress(
        total=len(states),
        waiting=states.count(BulkRowState.WAITING),
        done=states.count(BulkRowState.DONE),
        refused=states.count(BulkRowState.REFUSED),
    )
