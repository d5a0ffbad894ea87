"""What the helpdesk does by itself. Each task may be lost or doubled without harm."""

import logging

from celery import shared_task
from django.conf import settings

from portal import clock
from portal.access import Actor
from portal.helpdesk.actions.downloads import note_scan
from portal.helpdesk.mailing import tell_askers
from portal.helpdesk.models import DownloadFile, ScanState
from portal.helpdesk.scanning import ScannerSilent, scan

log = logging.getLogger(__name__)


@shared_task
def mail_answers() -> int:
    """Tell askers of their answers. Returns how many e-mails left."""
    return tell_askers(clock.now)


@shared_task
def scan_downloads() -> int:
    """Ask the scanner about waiting files. Returns how many got a verdict."""
    if not settings.UPLOAD_SCANNER:
        return 0
    noted = 0
    for file in DownloadFile.objects.filter(scan=ScanState.WAITING)[:20]:
        try:
            with file.file.open("rb") as stored:
                state = scan(stored.read(), address=settings.UPLOAD_SCANNER)
        except (ScannerSilent, FileNotFoundError) as error:
            log.error("file %s was not scanned: %s", file.pk, error)
            break
        noted += note_scan(file_id=file.pk, state=state, by=Actor.system("scan_downloads"), at=clock.now())
    return noted
