"""What was typed into a form whose sender's session had ended: kept until the same person has signed in again.

It waits in the visitor's new session, for as long as that lasts, under the number of the person whose session it
was; the ended session's row says who that is. Anybody else who signs in there instead makes it vanish. Passwords,
account and identity numbers are not kept, nor are files.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from portal.members.models import LoginSession

_KEY = "unsent"
MOST_CHARACTERS = 60_000
NOT_KEPT = re.compile(r"csrf|password|account|resident|credential|^code$", re.IGNORECASE)


@dataclass(frozen=True)
class Unsent:
    """The fields of a form that was not sent, for the page `page` it stood on. `action` takes the form."""

    page: str
    action: str
    fields: list[list[str]]
    had_files: bool


def keep(request: HttpRequest, at: datetime) -> str:
    """Keep what an anonymous POST brought, if its session had been somebody's. Returns the page to go back to."""
    page = _page_of(request)
    owner = _owner_of_ended(request, at)
    fields = [
        [name, str(value)]
        for name, values in request.POST.lists()
        for value in values
        if not NOT_KEPT.search(name)
    ]
    if owner is not None and fields and sum(len(name) + len(value) for name, value in fields) <= MOST_CHARACTERS:
        request.session[_KEY] = {
            "user": owner, "page": page, "action": request.get_full_path(), "fields": fields,
            "had_files": bool(request.FILES),
        }  # fmt: skip
    return page


def take(request: HttpRequest) -> Unsent | None:
    """What waits for this person on this page, once; what waits for another person is thrown away."""
    kept = request.session.get(_KEY)
    if kept is None:
        return None
    is_owner = kept["user"] == request.user.pk
    if is_owner and (request.method != "GET" or request.get_full_path() != kept["page"]):
        return None
    del request.session[_KEY]
    return Unsent(kept["page"], kept["action"], kept["fields"], kept["had_files"]) if is_owner else None


def lift(request: HttpRequest) -> dict[str, Any] | None:
    """What waits, for a login that empties the visitor's session; `put_back` after it."""
    return request.session.get(_KEY)


def put_back(request: HttpRequest, kept: dict[str, Any] | None) -> str:
    """Let it wait on in the new session if it is this person's. Returns the page it waits on, or nothing."""
    if kept is None or kept["user"] != request.user.pk:
        return ""
    request.session[_KEY] = kept
    return str(kept["page"])


def _page_of(request: HttpRequest) -> str:
    """The page the form stood on: not every address that takes a form can also be opened."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host() or not referer.path.startswith("/"):
        return request.get_full_path()
    return f"{referer.path}?{referer.query}" if referer.query else referer.path


def _owner_of_ended(request: HttpRequest, at: datetime) -> int | None:
    """Whose session the cookie was, when it has run out; one that was ended on purpose has no row any more."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    ended = LoginSession.objects.filter(session_key=key, expire_date__lte=at, user__isnull=False)
    return ended.values_list("user_id", flat=True).first()
