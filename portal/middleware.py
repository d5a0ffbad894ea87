"""Two small rules for every answer: private pages are not stored, and staff carry a second factor."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

Answer = Callable[[HttpRequest], HttpResponse]
# Where a second factor is set up, and what tells nothing of a member.
OPEN_WITHOUT = ("/accounts/", "/healthz", "/readyz", "/static/")


def private_pages(get_response: Answer) -> Answer:
    """Pages of a signed-in person carry `no-store`, so that the next one at the desk cannot go back to them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def staff_second_factor(get_response: Answer) -> Answer:
    """Staff without a second factor are led to set one up before any other page, where the setting demands it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            settings.STAFF_SECOND_FACTOR
            and request.user.is_authenticated
            and request.user.is_staff
            and not request.path.startswith(OPEN_WITHOUT)
            and not is_mfa_enabled(request.user)
        ):
            return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware
