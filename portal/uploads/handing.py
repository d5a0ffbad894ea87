"""A stored file as a download and nothing else."""

from typing import Protocol

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header


class Stored(Protocol):
    """A row with a file; `media_type` was found at upload."""

    file: FieldFile
    filename: str
    media_type: str


def handed_out(found: Stored) -> HttpResponse:
    """The bytes, never shown in the browser: attachment, the type found at upload, sandboxed. Raises Http404.

    The caller has shown that the reader may have them.
    """
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
