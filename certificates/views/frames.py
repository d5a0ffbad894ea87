"""The signer in its frame: its own page with its own policy, and what a page around it must allow."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_exempt
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from certificates.actions.challenges import Visit
from certificates.keys import newest_spki, sealing_keys
from certificates.signer_page import build
from portal.access import client_address

View = Callable[..., HttpResponse]


@require_safe
@never_cache
@csp_exempt()
@xframe_options_sameorigin
def signer(request: HttpRequest) -> HttpResponse:
    """The signer's page. Its policy is its own and stricter than the portal's."""
    page = build(newest_spki(sealing_keys()))
    return HttpResponse(page.html, headers=page.headers)


def with_signer(view: View) -> View:
    """The page may hold the signer's frame and no other, so that the frame cannot leave by navigating itself."""

    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        # csp_update() takes a fixed address; ours holds the host the page was asked at
        allowed = [f"{origin_of(request)}{reverse('certificates:signer')}"]
        response._csp_update = {"frame-src": allowed}  # type: ignore[attr-defined]
        return response

    return framed


def origin_of(request: HttpRequest) -> str:
    """Scheme and host, as the browser's `location.origin` has them."""
    return f"{request.scheme}://{request.get_host()}"


def visit_of(request: HttpRequest) -> Visit:
    """Session, address and site of a request."""
    return Visit(request.session.session_key or "", client_address(request), origin_of(request))
