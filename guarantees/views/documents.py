"""Files from members, handed out as downloads and nothing else."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from guarantees.models import ApplicationDocument
from portal import clock
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import User
from portal.members.roles import BUSINESS_ROLES
from portal.uploads.handing import handed_out


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
