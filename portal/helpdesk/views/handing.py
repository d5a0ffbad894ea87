"""A stored file as a download and nothing else."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from portal.helpdesk.models import Attachment, DownloadFile


def handed_out(found: Attachment | DownloadFile) -> HttpResponse:
    """The bytes, never shown in the browser: attachment, the type found at upload, sandboxed. Raises Http404."""
    try:
        with found.file.open("rb") as stored:
            response = HttpResponse(stored.read(), content_type=found.media_type)
    except FileNotFoundError:
        raise Http404 from None
    response["Content-Disposition"] = content_disposition_header(True, found.filename) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
