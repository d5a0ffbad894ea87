"""The door to member pages: whoever serves no member company finds nothing behind it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponse]

# A page with a form: shown by GET, sent by POST, nothing else.
form_page = require_http_methods(["GET", "HEAD", "POST"])


def member_page(view: View) -> View:
    """Anonymous people are led to the login and back; staff and people without a company get 404."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_anonymous or request.user.member_id is None:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
