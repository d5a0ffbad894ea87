"""What beat does for bank certificates. Each task may run twice, late or not at all without harm."""

from celery import shared_task

from certificates.actions import purging, rechecking, refreshing, watching
from certificates.models import Replacement, ReplacementState
from portal import clock
from portal.access import Actor


@shared_task
def refresh_revocation() -> None:
    """New lists, then every registered certificate against them, then the requests that waited for them."""
    by = Actor.system("refresh_revocation")
    refreshing.refresh_partitions(by=by, at=clock.now())
    rechecking.recheck_certificates(by=by, at=clock.now())
    refreshing.finish_parked(by=by, at=clock.now())
    watching.sound_alarms(at=clock.now())


@shared_task
def finish_parked() -> None:
    """Members who wait are not kept waiting for the two-hourly round."""
    if not Replacement.everything.filter(state=ReplacementState.PARKED).exists():
        return
    by = Actor.system("finish_parked")
    refreshing.refresh_partitions(by=by, at=clock.now(), parked_only=True)
    refreshing.finish_parked(by=by, at=clock.now())


@shared_task
def warn_ending_certificates() -> None:
    """Warnings 30, 15, 7 and 1 days before the end."""
    watching.warn_ending(at=clock.now())


@shared_task
def expire_certificates() -> None:
    """Certificates whose last day was yesterday."""
    watching.expire_ended(by=Actor.system("expire_certificates"), at=clock.now())


@shared_task
def purge_certificates() -> None:
    """Spent challenges, old requests, calls and attempts. Evidence stays."""
    purging.purge(by=Actor.system("purge_certificates"), at=clock.now())
