"""The cheapest page Django can answer: no middleware, no session, no template. URLs and view of the web floor."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def constant(request: HttpRequest) -> HttpResponse:
    """The same word, whoever asks."""
    return HttpResponse("ok")


urlpatterns = [path("", constant)]
