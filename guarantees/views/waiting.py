"""What a visitor reads who has asked too often."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wait(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with how long, in whole minutes."""
    response = render(request, "guarantees/verify_wait.html", {"minutes": -(-seconds // 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
