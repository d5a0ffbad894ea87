"""Korean, and English where a foreigner meets us: which of the two a page speaks.

Only a view marked `in_two_languages` asks the visitor; every other page is Korean whatever his browser wants.
"""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localtime
from django.utils.translation.trans_real import parse_accept_lang_header

from portal.templatetags.portal_ui import korean_date
from portal.won import format_won

KOREAN, ENGLISH = "ko", "en"
COOKIE, KEPT = "lang", 365 * 24 * 3600  # seconds
View = Callable[..., HttpResponse]


class Choice(TypedDict):
    """One side of the switch. `url` shows the same page in that language."""

    code: str
    name: str
    url: str
    current: bool


def in_two_languages(page: str) -> Callable[[View], View]:
    """The view answers in the visitor's language; `page` names the address, of the same arguments, to show again
    in the other one (an answer to a POST has none itself)."""

    def mark(view: View) -> View:
        @wraps(view)
        def spoken(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            language = language_of(request)
            with translation.override(language):
                response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
            if request.GET.get(COOKIE) == language:
                response.set_cookie(
                    COOKIE, language, max_age=KEPT, secure=request.is_secure(), httponly=True, samesite="Lax"
                )
            return response

        spoken.spoken_at = page  # type: ignore[attr-defined]
        return spoken

    return mark


def language_of(request: HttpRequest) -> str:
    """What the visitor chose now, chose before, or has his browser ask for. Who does not read Korean is spoken to
    in English; who asks for nothing, in Korean."""
    for chosen in (request.GET.get(COOKIE), request.COOKIES.get(COOKIE)):
        if chosen in (KOREAN, ENGLISH):
            return chosen
    header = request.headers.get("Accept-Language", "")
    asked = [tag.partition("-")[0] for tag, _weight in parse_accept_lang_header(header)]
    other = ENGLISH if set(asked) - {"*"} else KOREAN
    return next((tag for tag in asked if tag in (KOREAN, ENGLISH)), other)


def switch_of(request: HttpRequest) -> list[Choice]:
    """Both languages of this page; none on a page that is Korean only."""
    match = request.resolver_match
    page = getattr(match.func, "spoken_at", "") if match else ""
    if not match or not page:
        return []
    # An answer to a POST is no page of its own, so the switch leads to the page that was posted from.
    url = "" if request.method == "GET" else reverse(page, kwargs=match.kwargs)
    now = translation.get_language()
    return [
        Choice(code=code, name=name, url=f"{url}?{COOKIE}={code}", current=code == now)
        for code, name in settings.LANGUAGES
    ]


def is_english() -> bool:
    """Whether the page being made speaks English."""
    return translation.get_language() == ENGLISH


def spoken_day(day: date) -> str:
    """2027. 11. 21.(일), in English 21 November 2027 (Sun). An instant is read as its day in Seoul."""
    if not is_english():
        return korean_date(day)
    return dateformat.format(localtime(day) if isinstance(day, datetime) else day, "j F Y (D)")


def spoken_won(amount: int) -> str:
    """1,234원, in English KRW 1,234."""
    return f"KRW {amount:,}" if is_english() else format_won(amount)
