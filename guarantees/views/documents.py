"""Files from members, handed out as downloads and nothing else."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from guarantees.models import ApplicationDocument, ReleasePaper
from portal import clock
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import User
from portal.members.roles import BUSINESS_ROLES


@login_required
@require_safe
def document(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The member's own file, or for branch and head office one of their members'; staff reading is recorded.

    Never shown in the browser: attachment, the type found at upload, sandboxed.
    """
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    rows = ApplicationDocument.objects.for_user(user).filter(is_withdrawn=False).select_related("application")
    found = get_object_or_404(rows, public_id=public_id)
    if user.is_staff:
        if not user.has_role(*BUSINESS_ROLES):
            raise Http404
        detail = {"document": found.name, "filename": found.filename}
        record(
            action="document.read", by=Actor.of(request), at=clock.now(), subject=found.application, detail=detail
        )
    return handed_out(found)


def handed_out(found: ApplicationDocument | ReleasePaper) -> HttpResponse:
    """The stored bytes as a download and nothing else. The caller has shown that the reader may have them."""
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
