from celery import shared_task

from portal import clock
from portal.audit import sealing


@shared_task
def seal() -> None:
    """Seals the events of the last minutes."""
    sealing.seal(at=clock.now())
