"""The page for somebody who asked too much in too short a time."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with the minutes to wait."""
    minutes = -(-seconds // 60)
    response = render(request, "helpdesk/too_many.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(seconds)
    return response
