"""What happens because a day has passed and nobody acted (DOMAIN §2.5)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from guarantees import notices
from guarantees.actions.rows import application_step, locked_application
from guarantees.models import Application, Guarantee
from guarantees.rules.deadlines import APPROVAL_BUSINESS_DAYS, approval_due, is_past
from guarantees.rules.states import ApplicationEvent, ApplicationState, GuaranteeEvent, next_state
from portal.access import Actor
from portal.audit.trail import record, record_all
from portal.businessdays.models import business_calendar
from portal.businessdays.rules import BusinessCalendar
from portal.clock import seoul_day
from sms.outbox import queue

WAITING = (ApplicationState.APPROVED, ApplicationState.SIGNED)
CHUNK = 2_000


def lapse_due(*, by: Actor, at: datetime) -> int:
    """Close what a member left unanswered: supplements past their due day, approvals idle for 7 business days.

    Each in its own transaction, so that one failure leaves the others done. Returns how many lapsed.
    """
    calendar = business_calendar()
    return sum(_lapse(application_id, calendar, by, at) for application_id in _candidates(seoul_day(at)))


def _candidates(today: date) -> Iterator[int]:
    # Seven business days are at least seven calendar days: nothing younger can be due.
    idle_before = today - timedelta(days=APPROVAL_BUSINESS_DAYS)
    due = Application.everything.filter(
        Q(state=ApplicationState.SUPPLEMENT, supplement_due_on__lt=today)
        | Q(state__in=WAITING, decided_at__date__lt=idle_before)
    )
    return iter(list(due.order_by("id").values_list("id", flat=True)))


@transaction.atomic
def _lapse(application_id: int, calendar: BusinessCalendar, by: Actor, at: datetime) -> bool:
    """Looks again under the lock: the member may have answered a moment ago."""
    application = locked_application(application_id, by)
    due_on = last_day_of(application, calendar)
    if due_on is None or not is_past(due_on, seoul_day(at)):
        return False
    before = application.state
    application.state = application_step(application, ApplicationEvent.LAPSE, by)
    application.closed_at = application.changed_at = at
    application.save(update_fields=["state", "closed_at", "changed_at"])
    drafts = notices.lapsed(application, due_on=due_on, was_supplement=before == ApplicationState.SUPPLEMENT)
    queue(drafts, at=at)
    detail = {"from": before, "due_on": due_on.isoformat(), "told": [draft.channel for draft in drafts]}
    record(action="application.lapse", by=by, at=at, subject=application, detail=detail)
    return True


def last_day_of(application: Application, calendar: BusinessCalendar) -> date | None:
    """The last day the member can act on an application that waits for him, else None."""
    if application.state == ApplicationState.SUPPLEMENT:
        return application.supplement_due_on
    since = application.signed_at or application.decided_at
    if application.state in WAITING and since is not None:
        return approval_due(seoul_day(since), calendar)
    return None


def mark_expired(*, today: date, by: Actor, at: datetime) -> int:
    """ACTIVE to EXPIRED for every guarantee whose last day is over, with one audit row each.

    In chunks, each a transaction; a second run finds nothing left. Returns how many expired.
    """
    total = 0
    while expired := _expire_chunk(today, by, at):
        total += expired
    return total


@transaction.atomic
def _expire_chunk(today: date, by: Actor, at: datetime) -> int:
    over = Guarantee.everything.filter(state="active", ends_on__lt=today).order_by("ends_on", "id")
    rows = list(over.select_for_update(skip_locked=True)[:CHUNK])
    state = next_state("active", GuaranteeEvent.EXPIRE)
    Guarantee.everything.filter(pk__in=[row.pk for row in rows]).update(state=state)
    record_all(action="guarantee.expire", by=by, at=at, subjects=rows)
    return len(rows)
