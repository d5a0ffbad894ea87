"""조합업무 Q & A: everything members ask, with the answer of today (S01, S06, S07)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.access import client_address
from portal.helpdesk.actions.faq import say_helpful
from portal.helpdesk.links import reader_of
from portal.helpdesk.models import FaqVersion
from portal.helpdesk.queries import faq_by_category
from portal.helpdesk.views.section import section
from portal.helpdesk.views.waiting import too_many
from portal.throttle import Allowance, network_of, seconds_to_wait

LONGEST_SEARCH = 60
OPINIONS = Allowance("faq-opinion", most=60, seconds=3600)


@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """All entries below their headings; ?q= narrows them."""
    words = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    context = {"groups": faq_by_category(words), "words": words, **section(request, ("Q & A", ""))}
    return render(request, "helpdesk/faq.html", context)


@require_POST
def helpful(request: HttpRequest, version: int) -> HttpResponse:
    """Whether the answer helped. Answered by the page itself, at the entry the reader came from."""
    found = get_object_or_404(FaqVersion.objects.select_related("entry"), pk=version, entry__is_shown=True)
    at, address = clock.now(), client_address(request)
    if seconds := seconds_to_wait(OPINIONS, network_of(address), at):
        return too_many(request, seconds)
    is_helpful = request.POST.get("helpful") == "yes"
    reader = reader_of(address, request.headers.get("User-Agent", ""))
    say_helpful(version_id=found.pk, reader=reader, is_helpful=is_helpful, at=at)
    thanks = "의견 고맙습니다." if is_helpful else "의견 고맙습니다. 더 궁금한 점은 Q & A 게시판에 남겨 주세요."
    messages.success(request, thanks)
    return redirect(f"{reverse('helpdesk:faq')}#{found.entry.anchor}")
