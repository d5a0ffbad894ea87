"""A refusal on a member page: the sentence is shown on the page of the object it is about."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.refusals import Refusal

View = Callable[..., HttpResponse]


def refusals_shown(view: View) -> View:
    """Wraps a view of one application: what the actions refuse leads back to the application's page."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, public_id, **kwargs)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("guarantees:application", public_id)

    return guarded
