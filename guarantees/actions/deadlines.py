"""What happens because a day has passed and nobody acted (DOMAIN §2.5)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from guarantees import notices
from guarantees.actions.rows import application_step, locked_application
from guarantees.models import Application, PaymentState, ScreeningPolicy
from guarantees.policies import screening_policy_on
from guarantees.rules.deadlines import approval_due, is_past
from guarantees.rules.states import ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.businessdays.models import business_calendar
from portal.businessdays.rules import BusinessCalendar
from portal.clock import seoul_day
from sms.outbox import queue

WAITING = (ApplicationState.APPROVED, ApplicationState.SIGNED)
BANK_PATIENCE = timedelta(days=1)


def lapse_due(*, by: Actor, at: datetime) -> int:
    """Close what a member left unanswered: supplements past their due day, approvals idle for too long.

    Each in its own transaction, so that one failure leaves the others done. Returns how many lapsed.
    """
    calendar = business_calendar()
    return sum(_lapse(application_id, calendar, by, at) for application_id in _candidates(seoul_day(at)))


def _candidates(today: date) -> Iterator[int]:
    # Business days are at least as many calendar days: nothing younger can be due under any policy.
    least = ScreeningPolicy.objects.aggregate(days=Min("approval_business_days"))["days"]
    idle_before = today - timedelta(days=least)
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
    if due_on is None or not is_past(due_on, seoul_day(at)) or _awaits_the_bank(application, at):
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


def _awaits_the_bank(application: Application, at: datetime) -> bool:
    """Whether an order just over has not been looked at: money that came in time is not refunded as late.

    A bank that cannot be asked for a day is not waited for any longer.
    """
    waiting = application.payments.filter(state=PaymentState.OPEN, payable_until__gt=at - BANK_PATIENCE)
    return waiting.exists()


def last_day_of(application: Application, calendar: BusinessCalendar) -> date | None:
    """The last day the member can act on an application that waits for him, else None.

    What counts is the policy of the day of the approval or the signature: the member was told that day.
    """
    if application.state == ApplicationState.SUPPLEMENT:
        return application.supplement_due_on
    since = application.signed_at or application.decided_at
    if application.state in WAITING and since is not None:
        day = seoul_day(since)
        return approval_due(day, calendar, business_days=screening_policy_on(day).approval_business_days)
    return None
