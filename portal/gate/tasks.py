"""What beat asks of the gate."""

import logging

from celery import shared_task

from portal import clock
from portal.access import Actor
from portal.gate import recovery
from portal.gate.actions.verifying import verify as look_at_everything
from portal.gate.actions.watching import watch

log = logging.getLogger(__name__)


@shared_task
def look() -> None:
    """Compares the database with the one the gate was opened for, and does what two people have agreed on."""
    watch(by=Actor.system("gate"), at=clock.now())
    agreed = recovery.waiting()
    if agreed is not None:
        recovery.carry_out(recovery_id=agreed.pk, by=Actor.system("recover"), at=clock.now())


@shared_task(soft_time_limit=3000, time_limit=3300)
def verify() -> None:
    """Looks every night for what must never be wrong."""
    found = look_at_everything(at=clock.now())
    if found.violations:
        log.critical("invariants violated: %s", ", ".join(each["code"] for each in found.violations))
