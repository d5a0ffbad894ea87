from celery import shared_task

from portal import clock
from portal.health.models import Heartbeat


@shared_task
def beat() -> None:
    """Proves once a minute that beat, queue, worker and database work together."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.now()})
