"""Pages that belong to no app."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token has gone stale: what happened and how to go on."""
    return render(request, "403_csrf.html", status=403)


def not_here(request: HttpRequest, key: str = "") -> HttpResponse:
    """A page of the login package that this portal does not offer. Always raises Http404."""
    raise Http404
