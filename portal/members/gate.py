"""The door to member pages: whoever serves no member company finds nothing behind it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.members import unsent
from portal.members.models import User

View = Callable[..., HttpResponse]

# A page with a form: shown by GET, sent by POST, nothing else.
form_page = require_http_methods(["GET", "HEAD", "POST"])


def signed_in(request: HttpRequest) -> User:
    """The person behind the door of a `member_page`."""
    return cast("User", request.user)


def member_page(view: View) -> View:
    """Anonymous people are led to the login and back; staff and people without a company get 404.

    What somebody sends whose session has ended is kept until he is back (`unsent`).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_anonymous:
            is_form = request.method == "POST"
            back = unsent.keep(request, clock.now()) if is_form else request.get_full_path()
            return redirect_to_login(back)
        if request.user.member_id is None:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
