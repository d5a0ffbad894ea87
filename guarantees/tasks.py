"""What beat does for guarantees. Each task may run twice, late or not at all without harm."""

from celery import shared_task

from guarantees.actions import (
    auto_screening,
    bulk_releasing,
    chain,
    deadlines,
    document_checks,
    endorsing,
    expiring,
    issuing,
    orders,
    refunds,
    releasing,
    settling,
    stamping,
)
from guarantees.actions.expiry import plan_expiry_notices
from guarantees.actions.expiry_watch import raise_alarm, run_if_due
from guarantees.payments.registry import provider
from guarantees.procurement.client import procurement_system
from guarantees.procurement.drain import deliver_due
from guarantees.time_stamps import time_stamp_authority
from portal import clock
from portal.access import Actor
from portal.gate.door import is_open

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
    """Heals a morning on which beat, queue or worker were down, and retells what a stopped digest left.

    Also rung by every worker that starts. Where even that does not help, operators hear of it.
    """
    now = clock.now()
    try:
        run_if_due(by=Actor.system("catch_up_expiry"), at=now)
    finally:
        raise_alarm(at=now)


@shared_task
def mark_expired() -> None:
    """Guarantees past their end become EXPIRED; they still use the limit (S23)."""
    now = clock.now()
    expiring.mark_expired(today=clock.seoul_day(now), by=Actor.system("mark_expired"), at=now)


@shared_task
def lapse_applications() -> None:
    """Ends applications and changes whose supplement, agreement or fee did not come in time."""
    now, by = clock.now(), Actor.system("lapse_applications")
    deadlines.lapse_due(by=by, at=now)
    endorsing.lapse_unpaid(by=by, at=now)


@shared_task
def look_at_payments() -> None:
    """Finds deposits whose callback was lost, finishes unclear orders, and ends those whose time is over."""
    now, by = clock.now(), Actor.system("look_at_payments")
    orders.look_at_open(provider=provider(), by=by, at=now)
    settling.finish_left_behind(by=by, at=now)


@shared_task
def send_refunds() -> None:
    """Sends what was decided to go back, and asks about what is unclear; not while the gate is closed."""
    if not is_open():
        return
    refunds.send_due(provider=provider(), by=Actor.system("send_refunds"), at=clock.now())


@shared_task
def release_ended() -> None:
    """Bid and defect guarantees past their end release themselves; a missed night is made up for (S24)."""
    now = clock.now()
    releasing.release_ended(today=clock.seoul_day(now), by=Actor.system("release_ended"), at=now)


@shared_task
def propose_releases() -> None:
    """Contract guarantees whose defect guarantee was issued are proposed for release."""
    chain.propose_releases(by=Actor.system("propose_releases"), at=clock.now())


@shared_task
def release_in_bulk() -> None:
    """Works off what officers chose for release, one guarantee a transaction."""
    while bulk_releasing.release_next(at=clock.now()):
        pass
    bulk_releasing.finish_bulks(at=clock.now())


@shared_task
def screen_applications() -> None:
    """Judges by the rules what was handed in, where the policy has automatic screening."""
    auto_screening.screen_waiting(by=Actor.system("screen_applications"), at=clock.now())


@shared_task
def deliver_documents() -> None:
    """Hands documents to their beneficiaries, and asks after those that were sent; not behind a closed gate."""
    if not is_open():
        return
    deliver_due(now=clock.now, system=procurement_system(), by=Actor.system("deliver_documents"))


@shared_task
def issue_paid_applications() -> None:
    """Issues what was paid and, because something failed in between, not issued right after."""
    issuing.issue_waiting(by=Actor.system("issue_paid_applications"), at=clock.now())


@shared_task
def stamp_documents() -> None:
    """Adds archive time stamps to issued documents, where an authority is named."""
    authority = time_stamp_authority()
    if authority is not None:
        stamping.stamp_documents(authority=authority, by=Actor.system("stamp_documents"), at=clock.now())


@shared_task(soft_time_limit=3000, time_limit=3300)
def check_documents() -> None:
    """Hashes every kept document again; a large archive takes long."""
    document_checks.check_documents(at=clock.now())
