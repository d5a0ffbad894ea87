"""What the pages of 조합업무 have in common: the menu beside them and the way that leads there (S52)."""

from django.http import HttpRequest
from django.urls import reverse

Crumbs = list[tuple[str, str]]
PAGES = (
    ("조합업무 Q & A", "helpdesk:faq"),
    ("Q & A 게시판", "helpdesk:questions"),
    ("공지", "helpdesk:notices"),
    ("자료실", "helpdesk:downloads"),
)


def section(request: HttpRequest, *crumbs: tuple[str, str]) -> dict[str, object]:
    """Template context: the section's menu with the present page marked, and the crumbs below 조합업무."""
    urls = [(name, reverse(view)) for name, view in PAGES]
    here = max((url for _name, url in urls if request.path.startswith(url)), key=len, default="")
    return {
        "menu_items": [{"name": name, "url": url, "current": url == here} for name, url in urls],
        "breadcrumbs": [("조합업무", reverse("helpdesk:faq")), *crumbs],
    }
