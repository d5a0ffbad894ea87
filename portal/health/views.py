"""`/healthz`: the process answers. `/readyz`: it can do its work; what fails is named."""

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from portal import clock
from portal.businessdays.models import covered_until
from portal.gate.door import is_open
from portal.gate.models import InvariantRun
from portal.health.clocks import ClocksDiffer, check
from portal.health.models import Heartbeat

CALENDAR_DAYS_AHEAD = 400
HEARTBEAT_AGE = timedelta(minutes=3)
REVOCATION_AGE = timedelta(hours=5)  # looked after every two hours
DOCUMENTS_AGE = timedelta(hours=36)  # looked at every night


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, whatever the state of database and queue."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations, calendar and clock are in order, else 503.

    A quiet worker, revocation data in trouble, damaged documents, a closed gate, an invariant that does not hold
    and a day without its expiry run only degrade: reading goes on.
    """
    try:
        needed = {
            "migrations": migrations_are_applied(),
            "calendar": calendar_reaches_far_enough(),
            "clock": clock_is_the_databases(),
        }
        wanted = {
            "worker": worker_is_alive(),
            "revocation": revocation_is_watched(),
            "documents": documents_are_whole(),
            "gate": is_open(),
            "invariants": invariants_hold(),
            "expiry_run": expiry_has_run(),
        }
    except DatabaseError:
        needed, wanted = {"database": False}, {}
    ready = all(needed.values())
    state = "ready" if ready and all(wanted.values()) else "degraded" if ready else "not ready"
    return JsonResponse({"state": state, **needed, **wanted}, status=200 if ready else 503)


def migrations_are_applied() -> bool:
    """Whether the schema is the one this code was written for."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def calendar_reaches_far_enough() -> bool:
    """Whether holidays are known for 400 days ahead (S28)."""
    last = covered_until()
    return last is not None and last >= clock.today() + timedelta(days=CALENDAR_DAYS_AHEAD)


def clock_is_the_databases() -> bool:
    """Whether this machine's time is the database's; a page on another day would say wrong things of terms."""
    try:
        check()
    except ClocksDiffer:
        return False
    return True


def worker_is_alive() -> bool:
    """Whether a task lately went through beat, queue, worker and database."""
    last = Heartbeat.objects.filter(name="worker").first()
    return last is not None and last.at >= clock.now() - HEARTBEAT_AGE


def revocation_is_watched() -> bool:
    """Whether the last rounds found all revocation data in order; before the first one nothing is late."""
    last = Heartbeat.objects.filter(name="revocation").first()
    return last is None or last.at >= clock.now() - REVOCATION_AGE


def documents_are_whole() -> bool:
    """Whether the last look at the kept documents found nothing wrong; before the first one nothing is late."""
    last = Heartbeat.objects.filter(name="documents").first()
    return last is None or last.at >= clock.now() - DOCUMENTS_AGE


def invariants_hold() -> bool:
    """Whether the last look at everything found nothing wrong; before the first one nothing is."""
    last = InvariantRun.objects.first()
    return last is None or not last.violations


def expiry_has_run() -> bool:
    """Whether the day has had its expiry run by the hour of the alarm; before the first run nothing is late."""
    last = Heartbeat.objects.filter(name="expiry").first()
    now = clock.now().astimezone(clock.SEOUL)
    is_late = now.hour >= settings.EXPIRY_ALARM_HOUR
    owed = now.date() if is_late else now.date() - timedelta(days=1)
    return last is None or clock.seoul_day(last.at) >= owed
