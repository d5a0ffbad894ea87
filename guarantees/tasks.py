"""What beat does for guarantees. Each task may run twice, late or not at all without harm."""

from celery import shared_task

from guarantees.actions import deadlines
from guarantees.actions.expiry import plan_expiry_notices
from guarantees.models import ExpiryRun
from portal import clock
from portal.access import Actor

# Bulk texts go out between these Seoul hours only.
OPENS, CLOSES = 8, 20


@shared_task
def run_expiry() -> None:
    """The day's run of 보증해제대상 notices; writes the day's row on holidays too (S27)."""
    now = clock.now()
    if OPENS <= now.astimezone(clock.SEOUL).hour < CLOSES:
        plan_expiry_notices(on=clock.seoul_day(now), by=Actor.system("run_expiry"), at=now)


@shared_task
def catch_up_expiry() -> None:
    """Heals a morning on which beat, queue or worker were down: runs when the day has no row yet."""
    if not ExpiryRun.objects.filter(run_on=clock.today()).exists():
        run_expiry()


@shared_task
def mark_expired() -> None:
    """Guarantees past their end become EXPIRED; they still use the limit (S23)."""
    now = clock.now()
    deadlines.mark_expired(today=clock.seoul_day(now), by=Actor.system("mark_expired"), at=now)


@shared_task
def lapse_applications() -> None:
    """Ends applications whose supplement or agreement did not come in time."""
    now = clock.now()
    deadlines.lapse_due(by=Actor.system("lapse_applications"), at=now)
