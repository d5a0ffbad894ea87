"""달력: the address a person's own calendar reads, and the page where he makes, renews and revokes it."""

from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from guarantees.actions.calendar_feeds import renew_calendar, revoke_calendar
from guarantees.calendar_feed import calendar_of, reader_of
from guarantees.deliveries import hash_of
from guarantees.models import CalendarFeed
from guarantees.views.waiting import wait
from portal import clock
from portal.access import Actor, client_address
from portal.businessdays.models import business_calendar
from portal.members.gate import form_page, member_page
from portal.side_menu import MY_MENU, side_menu, trail_to
from portal.throttle import Allowance, network_of, seconds_to_wait

# Calendar services read for many people from few addresses: a known secret is counted by itself.
PER_SECRET = Allowance("calendar-secret", most=60, seconds=3600)
PER_ADDRESS = Allowance("calendar-address", most=30, seconds=600)
READ_AGAIN = 3600  # seconds a programme may keep what it read


@member_page
@form_page
def calendar(request: HttpRequest) -> HttpResponse:
    """POST do=renew shows the new address, this once; do=revoke ends it."""
    secret, user_id = "", _person(request)
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            revoke_calendar(user_id=user_id, by=Actor.of(request), at=clock.now())
            messages.success(request, "달력 주소를 없앴습니다. 등록해 둔 달력은 더 이상 새 일정을 받지 못합니다.")
            return redirect("calendar")
        secret = renew_calendar(user_id=user_id, by=Actor.of(request), at=clock.now())
    address = f"{settings.PUBLIC_URL}{reverse('calendar_feed', args=[secret])}" if secret else ""
    context = {
        "address": address,
        "phone_address": f"webcal:{address.partition(':')[2]}" if address else "",
        "feed": CalendarFeed.objects.for_user(request.user)
        .filter(user_id=user_id)
        .exclude(secret_hash="")
        .first(),
        "menu_items": side_menu(request, MY_MENU),
        "breadcrumbs": trail_to(("마이페이지", "sms:my_page"), ("달력에 넣기", "calendar")),
    }
    return render(request, "guarantees/calendar.html", context)


def _person(request: HttpRequest) -> int:
    person: int = request.user.pk  # type: ignore[assignment] # behind member_page
    return person


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The calendar itself, for programmes. An unknown secret is counted by the address it comes from."""
    at, reader = clock.now(), reader_of(secret)
    if reader is None:
        seconds = seconds_to_wait(PER_ADDRESS, network_of(client_address(request)), at)
    else:
        seconds = seconds_to_wait(PER_SECRET, hash_of(secret), at)
    if seconds:
        return wait(request, seconds)
    if reader is None:
        raise Http404
    content = calendar_of(reader, calendar=business_calendar())
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "Content-Disposition": 'inline; filename="calendar.ics"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": f"private, max-age={READ_AGAIN}",
        "ETag": etag,
        "X-Robots-Tag": "noindex",
    }
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response
