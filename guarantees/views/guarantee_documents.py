"""The sealed document of a guarantee, handed out as a download."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from guarantees.actions.document_checks import note_damage, note_read
from guarantees.document.storage import Damaged, NotKept
from guarantees.documents import content_of, filename_of
from guarantees.models import GuaranteeDocument
from portal import clock
from portal.access import Actor
from portal.members.models import User
from portal.members.roles import BUSINESS_ROLES


@login_required
@require_safe
def guarantee_document(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Any version of the member's own document, or for staff of one of their members'. Each reading is recorded.

    The file is hashed again on the way: a damaged one is handed to nobody.
    """
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    rows = GuaranteeDocument.objects.for_user(user).select_related("guarantee__member__branch")
    found = get_object_or_404(rows, public_id=public_id)
    if user.is_staff and not user.has_role(*BUSINESS_ROLES):
        raise Http404
    by, now = Actor.of(request, "admin" if user.is_staff else "web"), clock.now()
    try:
        content = content_of(found)
    except (NotKept, Damaged) as refused:
        note_damage(document=found, refused=refused, by=by, at=now)
        context = {"document": found, "message": refused.message, "branch": found.guarantee.member.branch}
        return render(request, "guarantees/document_damaged.html", context, status=500)
    note_read(document=found, by=by, at=now)
    return as_download(content, filename_of(found))


def as_download(content: bytes, filename: str) -> HttpResponse:
    """A sealed PDF, never shown inside our pages."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
