"""The fetch is the authorisation: what a person may not see does not exist for him."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from guarantees.actions.drafts import EDITABLE, NotEditable
from guarantees.models import Application, Guarantee


def my_application(request: HttpRequest, public_id: UUID) -> Application:
    """The member's application or 404."""
    rows = Application.objects.for_user(request.user)
    rows = rows.select_related("product", "terms", "member__branch", "reviewer", "guarantee")
    return get_object_or_404(rows, public_id=public_id)


def my_editable(request: HttpRequest, public_id: UUID) -> Application:
    """The same, while its contents may be changed. Raises NotEditable."""
    application = my_application(request, public_id)
    if application.state not in EDITABLE:
        raise NotEditable(application)
    return application


def my_guarantee(request: HttpRequest, public_id: UUID) -> Guarantee:
    """The member's guarantee or 404."""
    rows = Guarantee.objects.for_user(request.user)
    rows = rows.select_related("product", "application", "member__branch")
    return get_object_or_404(rows, public_id=public_id)
