"""자료실: 업무서식 and 일반자료 (S45)."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.helpdesk.actions.downloads import count_fetch
from portal.helpdesk.models import DownloadFile, Section
from portal.helpdesk.queries import READY, matching
from portal.helpdesk.queries import downloads as posts
from portal.helpdesk.views.section import section
from portal.prose import prose
from portal.uploads.handing import handed_out

A_PAGE = 20


@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """The posts, of one section where ?section= says so; ?q= narrows them."""
    wanted = request.GET.get("section", "")
    wanted = wanted if wanted in Section.values else ""
    words = request.GET.get("q", "")[:60].strip()
    rows = matching(posts(wanted), words, "title", "body")
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "sections": [("", "전체"), *Section.choices],
        "wanted": wanted,
        "words": words,
        **section(request, ("자료실", "")),
    }
    return render(request, "helpdesk/downloads.html", context)


@require_safe
def download(request: HttpRequest, number: int) -> HttpResponse:
    """One post with its present file and the earlier ones."""
    found = get_object_or_404(posts(), pk=number)
    context = {
        "post": found,
        "body": prose(found.body),
        "files": found.files.filter(scan__in=READY),
        **section(request, ("자료실", reverse("helpdesk:downloads")), (found.title, "")),
    }
    return render(request, "helpdesk/download.html", context)


@require_safe
def download_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The file itself. One that waits for the scanner, or that it found fault with, is not there."""
    rows = DownloadFile.objects.filter(scan__in=READY, download__is_retired=False).select_related("download")
    found = get_object_or_404(rows, public_id=public_id)
    response = handed_out(found)
    if request.method == "GET":
        count_fetch(download_id=found.download_id)
    return response
