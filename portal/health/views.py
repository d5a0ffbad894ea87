"""`/healthz`: the process answers. `/readyz`: it can do its work; what fails is named."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from portal import clock
from portal.businessdays.models import covered_until
from portal.health.models import Heartbeat

CALENDAR_DAYS_AHEAD = 400
HEARTBEAT_AGE = timedelta(minutes=3)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, whatever the state of database and queue."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and calendar are in order, else 503. A quiet worker only degrades."""
    try:
        needed = {"migrations": migrations_are_applied(), "calendar": calendar_reaches_far_enough()}
        wanted = {"worker": worker_is_alive()}
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


def worker_is_alive() -> bool:
    """Whether a task lately went through beat, queue, worker and database."""
    last = Heartbeat.objects.filter(name="worker").first()
    return last is not None and last.at >= clock.now() - HEARTBEAT_AGE
