"""What the search finds at the helpdesk."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from portal.helpdesk.queries import downloads, faq_entries, matching, notices
from portal.search import A_KIND, Found, Hit, search_source


@search_source(20)
def helpdesk(request: HttpRequest, words: str, at: datetime) -> Iterator[Found]:
    """Questions, notices, files."""
    entries = matching(faq_entries(), words, "question", "answer")[:A_KIND]
    faq, query = reverse("helpdesk:faq"), urlencode({"q": words})
    hits = tuple(Hit(entry.question, f"{faq}#{entry.anchor}", entry.category.name) for entry in entries)
    yield Found("조합업무 Q & A", hits, f"{faq}?{query}")
    news = matching(notices(at), words, "title", "body")[:A_KIND]
    hits = tuple(Hit(one.title, reverse("helpdesk:notice", args=[one.pk])) for one in news)
    yield Found("공지", hits, reverse("helpdesk:notices"))
    posts = matching(downloads(), words, "title", "body")[:A_KIND]
    hits = tuple(
        Hit(post.title, reverse("helpdesk:download", args=[post.pk]), post.get_section_display()) for post in posts
    )
    yield Found("자료실", hits, f"{reverse('helpdesk:downloads')}?{query}")
