"""Pages that belong to no app."""

import sys

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe
from django.views.defaults import server_error

from portal import clock
from portal.context import SITEMAP
from portal.languages import KOREAN, language_of, switch_of
from portal.search import LONGEST, SHORTEST, find

RETRY_SECONDS = 60
# No connection to be had or kept, a lock not given, a deadlock: what of it was not committed is undone. A
# connection broken off in the middle of an answer is the bare DatabaseError, and none of its subclasses.
DATABASE_AWAY = (OperationalError, InterfaceError)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token has gone stale: what happened and how to go on, in the language of the form."""
    with translation.override(language_of(request) if switch_of(request) else KOREAN):
        return render(request, "403_csrf.html", status=403)


def not_here(request: HttpRequest, key: str = "") -> HttpResponse:
    """A page of the login package that this portal does not offer. Always raises Http404."""
    raise Http404


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """?q= over the helpdesk and, for a member, his own guarantees and applications."""
    words = request.GET.get("q", "")[:LONGEST].strip()
    is_asked = len(words) >= SHORTEST
    groups = find(request, words, clock.now()) if is_asked else []
    return render(request, "portal/search.html", {"words": words, "is_asked": is_asked, "groups": groups})


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page a reader can go to by himself, under the names of the menu (S52)."""
    sections = [(name, [(page, reverse(view)) for page, view in pages]) for name, pages in SITEMAP]
    return render(request, "portal/sitemap.html", {"sections": sections, "breadcrumbs": [("사이트맵", "")]})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """개인정보처리방침: what is kept, why, how long, and who processes it for us (개인정보 보호법 §30)."""
    context = {"processors": settings.PRIVACY_PROCESSORS, "breadcrumbs": [("개인정보처리방침", "")]}
    return render(request, "portal/privacy.html", context)


def broken(request: HttpRequest) -> HttpResponse:
    """A request that failed. 503 where only the database was away, full or in a deadlock: another try may succeed.

    Asks nothing of the database, so it renders without the request.
    """
    error = sys.exception()
    if isinstance(error, DATABASE_AWAY) or type(error) is DatabaseError:
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return server_error(request)
