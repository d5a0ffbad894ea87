"""What Celery may ring for. A task lost or doubled changes nothing but the time of the next look."""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task

from portal import clock
from portal.access import Actor
from portal.businessdays.models import business_calendar
from portal.gate.actions.watching import watch as watch_the_gate
from sms.actions import mileage
from sms.actions.mileage.reconciling import reconcile
from sms.actions.mileage.reminding import remind_of_lapses
from sms.delivery import reports, watch
from sms.delivery.drain import drain
from sms.delivery.held import end_held
from sms.gateways import registry
from sms.gateways.protocol import Gateway, LookUpFailed

log = logging.getLogger(__name__)


@shared_task
def deliver() -> int:
    """Hand over every message that is due, unless the gate finds itself on another database.

    Returns how many batches were taken.
    """
    watch_the_gate(by=Actor.system("gate"), at=clock.now())
    end_held(at=clock.now())
    return drain(now=clock.now, gateway=registry.gateway(), spares=registry.spares())


@shared_task
def collect_reports() -> None:
    """Ask what became of the texts of the last hour, and give parked reports their messages."""
    reports.find_parked(at=clock.now())
    _ask_each(lambda gateway, at: reports.collect(gateway, at=at), "delivery reports")


@shared_task
def collect_late_reports() -> None:
    """Ask what became of older texts that nobody has told us about."""
    _ask_each(lambda gateway, at: reports.collect_late(gateway, at=at), "late delivery reports")


@shared_task
def watch_gateways() -> None:
    """Ask each gateway for its money, contract, quota and sender numbers."""
    quotas = registry.quotas()
    for gateway in registry.in_use():
        watch.look_at(gateway, quota=quotas.get(gateway.name, 0), at=clock.now())


@shared_task
def take_over_refusals() -> None:
    """Take over who refused at the vendors' 080 lines."""
    _ask_each(lambda gateway, at: watch.take_over_refusals(gateway, at=at), "refusals")


@shared_task
def book_lapsed_mileage() -> None:
    """Give living lots the time that new terms owe them, then book the calls that lapsed."""
    mileage.book_lapsed(clock.now())


@shared_task
def sweep_mileage() -> None:
    """Give back calls of messages that no report came for."""
    mileage.sweep_reservations(clock.now())


@shared_task
def remind_of_lapsing_mileage() -> None:
    """Tell companies of calls about to lapse."""
    remind_of_lapses(calendar=business_calendar(), at=clock.now())


@shared_task
def reconcile_mileage() -> None:
    """Check the whole account."""
    reconcile(at=clock.now())


def _ask_each(question: Callable[[Gateway, datetime], object], what: str) -> None:
    """One silent gateway does not keep the others from being asked."""
    for gateway in registry.in_use():
        try:
            question(gateway, clock.now())
        except LookUpFailed as error:
            log.warning("no %s from %s: %s", what, gateway.name, error)
