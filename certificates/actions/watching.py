"""What time alone does to a registered certificate, and the alarms about lists and authorities."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from certificates import watch_notices
from certificates.actions.rechecking import locked_in_use, tell_once
from certificates.alarms import list_alarms
from certificates.models import Authority, BankCertificate, Status
from certificates.rules.ending import WARNING_DAYS, due_warning, is_authority_ending
from portal.access import Actor
from portal.audit import trail
from portal.clock import seoul_day
from portal.health.models import Heartbeat

log = logging.getLogger(__name__)

SIGN_OF_LIFE = "revocation"


def warn_ending(*, at: datetime) -> int:
    """Warn members 30, 15, 7 and 1 days before the last day, once each. Returns how many were warned."""
    horizon = at + timedelta(days=max(WARNING_DAYS) + 1)
    rows = BankCertificate.everything.filter(status=Status.ACTIVE, valid_until_at__lte=horizon)
    return sum(_warn(certificate_id=pk, at=at) for pk in list(rows.values_list("pk", flat=True)))


@transaction.atomic
def _warn(*, certificate_id: int, at: datetime) -> bool:
    certificate = locked_in_use(certificate_id)
    if certificate is None:
        return False
    last_day = seoul_day(certificate.valid_until_at)
    days = due_warning(last_day, seoul_day(at))
    if days is None:
        return False
    left = (last_day - seoul_day(at)).days
    return tell_once(certificate, f"ends_in_{days}", watch_notices.ending(certificate, days, left), at=at)


def expire_ended(*, by: Actor, at: datetime) -> int:
    """Certificates past their last second are in use no more. Returns how many."""
    rows = BankCertificate.everything.filter(status=Status.ACTIVE, valid_until_at__lt=at)
    return sum(_expire(certificate_id=pk, by=by, at=at) for pk in list(rows.values_list("pk", flat=True)))


@transaction.atomic
def _expire(*, certificate_id: int, by: Actor, at: datetime) -> bool:
    certificate = locked_in_use(certificate_id)
    if certificate is None:
        return False
    certificate.status, certificate.ended_at = Status.EXPIRED, certificate.valid_until_at
    certificate.ended_because = "유효기간 끝남"
    certificate.save(update_fields=["status", "ended_at", "ended_because"])
    trail.record(action="bank_certificate.expired", by=by, at=at, subject=certificate)
    return True


def ending_authorities(at: datetime) -> list[Authority]:
    """Trusted authorities that end within 180 days: the next generation must be pinned by then."""
    rows = Authority.objects.filter(approved_at__isnull=False, retired_at__isnull=True).order_by("valid_until_at")
    return [row for row in rows if is_authority_ending(row.valid_until_at, at)]


def sound_alarms(*, at: datetime) -> int:
    """Write what needs a person into the log, which operations watch; without revocation trouble leave the sign
    of life that /readyz looks for. Returns how many alarms."""
    alarms, authorities = list_alarms(at), ending_authorities(at)
    for alarm in alarms:
        log.error("revocation list %s: %s, next due %s", alarm.point, alarm.trouble, alarm.due_at)
    for authority in authorities:
        log.error("authority %s ends %s", authority.name, authority.valid_until_at.isoformat())
    if not alarms:
        Heartbeat.objects.update_or_create(name=SIGN_OF_LIFE, defaults={"at": at})
    return len(alarms) + len(authorities)
