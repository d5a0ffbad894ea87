"""공지 (S51)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.helpdesk.queries import notices as published
from portal.helpdesk.resting import resting_on
from portal.helpdesk.views.section import section
from portal.prose import prose

A_PAGE = 20


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The list, pinned ones first."""
    page = Paginator(published(clock.now()), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "helpdesk/notices.html", {"page": page, **section(request, ("공지", ""))})


@require_safe
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice. Not yet published, or hidden, it does not exist."""
    found = get_object_or_404(published(clock.now()), pk=number)
    words = found.versions.all()[0]
    context = {"notice": found, "title": words.title, "body": prose(words.body), "rests": resting_on(found)}
    crumbs = section(request, ("공지", reverse("helpdesk:notices")), (words.title, ""))
    return render(request, "helpdesk/notice.html", {**context, **crumbs})
