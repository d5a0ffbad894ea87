"""How a visitor wants the pages shown, kept in his browser: more contrast, whatever his system says."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

COOKIE, MORE, LESS, KEPT = "contrast", "more", "less", 365 * 24 * 3600  # seconds


def has_more_contrast(request: HttpRequest) -> bool:
    """Whether the visitor asks for it now or did before; what his system asks for, the style sheet sees."""
    return (request.GET.get(COOKIE) or request.COOKIES.get(COOKIE)) == MORE


def keep_contrast(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Remembers `?contrast=more` or `less`, a link on every page that works without scripts."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        chosen = request.GET.get(COOKIE)
        if chosen in (MORE, LESS):
            response.set_cookie(
                COOKIE, chosen, max_age=KEPT, secure=request.is_secure(), httponly=True, samesite="Lax"
            )
        return response

    return middleware
