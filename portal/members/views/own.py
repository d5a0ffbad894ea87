"""마이페이지 › 로그인 관리 and 접속 기록, and the button that keeps a login alive."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.words import name_of
from portal.members import door, own_sessions
from portal.members.actions import visits as actions
from portal.members.devices import mask_address
from portal.members.gate import form_page, member_page, signed_in
from portal.side_menu import MY_MENU, side_menu, trail_to

PAGE_SIZE = 20


@member_page
@form_page
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in; a POST ends all of it but the present browser."""
    user, at = signed_in(request), clock.now()
    here = request.session.session_key
    if request.method == "POST":
        by = Actor.of(request)
        ended = actions.end_others(user=user, here=here, device=door.device(request), by=by, at=at)
        done = "다른 기기에서 모두 로그아웃했습니다." if ended else "다른 기기에서 로그인한 곳이 없습니다."
        messages.success(request, done)
        return redirect("people:sessions")
    visits = actions.visits_of(user, at=at)
    logins = list(visits.filter(action=actions.BEGIN)[:2])
    context = {
        "seats": own_sessions.seats_of(user, here=here, at=at),
        "last_login": door.place_and_time(logins[1]) if len(logins) > 1 else "",
        "minutes": settings.SESSION_COOKIE_AGE // 60,
        **_frame(request, ("로그인 관리", "people:sessions")),
    }
    return render(request, "portal/people/sessions.html", context)


@member_page
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """Logins, failed ones, proofs and log-outs of the last twelve months."""
    events = actions.visits_of(signed_in(request), at=clock.now())
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(event) for event in page],
        **_frame(request, ("접속 기록", "people:visits")),
    }
    return render(request, "portal/people/visits.html", context)


@login_required
@require_POST
def extend(request: HttpRequest) -> HttpResponse:
    """The visit itself puts the end of the session off. A script hears by how much, others go back."""
    request.session.modified = True
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"seconds": settings.SESSION_COOKIE_AGE})
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    messages.success(request, f"로그인을 {settings.SESSION_COOKIE_AGE // 60}분 연장했습니다.")
    return redirect(back if is_ours else reverse("home"))


def _row(event: AuditEvent) -> dict[str, object]:
    failed = event.action == actions.FAIL
    return {
        "at": event.at,
        "what": name_of(actions.BEGIN if failed else event.action),
        "how": " + ".join(door.PROOFS.get(proof, proof) for proof in event.detail.get("how", ())),
        "device": event.detail.get("device", ""),
        "address": mask_address(event.address),
        "failed": failed,
    }


def _frame(request: HttpRequest, *steps: tuple[str, str]) -> dict[str, object]:
    crumbs = trail_to(("마이페이지", "sms:my_page"), *steps)
    return {"menu_items": side_menu(request, MY_MENU), "breadcrumbs": crumbs}
