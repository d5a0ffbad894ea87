"""What Celery may ring for. A task lost or doubled changes nothing but the time of the next look."""

import logging

from celery import shared_task

from portal import clock
from sms.actions import mileage
from sms.delivery import reports
from sms.delivery.drain import drain
from sms.gateways.protocol import LookUpFailed
from sms.gateways.registry import gateway

log = logging.getLogger(__name__)


@shared_task
def deliver() -> None:
    """Hand over every message that is due."""
    drain(now=clock.now, gateway=gateway())


@shared_task
def collect_reports() -> None:
    """Ask what became of the texts of the last hour."""
    try:
        reports.collect(gateway(), at=clock.now())
    except LookUpFailed as error:
        log.warning("no delivery reports: %s", error)


@shared_task
def collect_late_reports() -> None:
    """Ask what became of older texts that nobody has told us about."""
    try:
        reports.collect_late(gateway(), at=clock.now())
    except LookUpFailed as error:
        log.warning("no late delivery reports: %s", error)


@shared_task
def book_lapsed_mileage() -> None:
    """Book the calls that lapsed at midnight. The balance does not wait for it."""
    mileage.book_lapsed(clock.now())
