"""Pages that belong to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def home(request: HttpRequest) -> HttpResponse:
    """The public front page; staff go on to their desk."""
    if request.user.is_authenticated and request.user.is_staff:
        return redirect("admin:index")
    return render(request, "portal/home.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token has gone stale: what happened and how to go on."""
    return render(request, "403_csrf.html", status=403)
