"""What staff and readers do with the files of the library (S45)."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from portal.access import Actor
from portal.audit import trail
from portal.helpdesk.models import Download, DownloadFile, ScanState
from portal.uploads.checking import Upload


@transaction.atomic
def add_file(
    *, download_id: int, upload: Upload, note: str, will_be_scanned: bool, by: Actor, at: datetime
) -> DownloadFile:
    """The next version of the post's file. Raises Download.DoesNotExist."""
    download = Download.objects.select_for_update().get(pk=download_id)
    latest = download.files.first()
    kept = DownloadFile(
        download=download,
        number=latest.number + 1 if latest else 1,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        note=note,
        scan=ScanState.WAITING if will_be_scanned else ScanState.NOT_SCANNED,
        made_at=at,
        made_by_id=by.user_id,
    )
    kept.file.save(upload.filename, ContentFile(upload.content), save=False)
    kept.save(force_insert=True)
    detail = {"filename": upload.filename, "version": kept.number, "sha256": upload.sha256}
    trail.record(action="download.file", by=by, at=at, subject=download, detail=detail)
    return kept


def count_fetch(*, download_id: int) -> None:
    """One more copy went out; a figure for staff, nothing rests on it."""
    Download.objects.filter(pk=download_id).update(fetched=F("fetched") + 1)


@transaction.atomic
def note_scan(*, file_id: int, state: ScanState, by: Actor, at: datetime) -> bool:
    """What the scanner said of a waiting file. False where somebody noted it before."""
    file = DownloadFile.objects.select_for_update().filter(pk=file_id, scan=ScanState.WAITING).first()
    if file is None:
        return False
    file.scan = state
    file.save(update_fields=["scan"])
    trail.record(action="download.scan", by=by, at=at, subject=file.download, detail={"scan": str(state)})
    return True
