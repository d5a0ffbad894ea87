"""보증현황: the list of guarantees, and one guarantee with its notice of expiry."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guarantees.models import ExpiryNotice, Guarantee
from guarantees.queries import GUARANTEE_FILTERS, GUARANTEE_ORDERS, guarantees_of
from guarantees.rules.expiry import qualifies, send_date
from guarantees.rules.states import GuaranteeState
from guarantees.views.fetching import my_guarantee
from guarantees.views.story import story_of
from portal import clock
from portal.businessdays.models import business_calendar
from portal.members.gate import member_page

PAGE_SIZE = 20


@dataclass(frozen=True)
class ExpiryText:
    """What the page says of the notice: dealt with, expected on a day, or why there is none."""

    notice: ExpiryNotice | None = None
    expected_on: date | None = None
    why_none: str = ""


@member_page
@require_safe
def guarantees(request: HttpRequest) -> HttpResponse:
    """The company's guarantees by state, in the order asked for."""
    wanted, order = request.GET.get("state", ""), request.GET.get("order", "")
    rows = guarantees_of(request.user, wanted, order)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "order": order,
        "filters": [(key, label) for key, (label, _states) in GUARANTEE_FILTERS.items()],
        "orders": [(key, label) for key, (label, _columns) in GUARANTEE_ORDERS.items()],
        "breadcrumbs": [("사이버영업창구", None), ("보증현황", None)],
    }
    return render(request, "guarantees/guarantees.html", context)


@member_page
@require_safe
def guarantee(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One guarantee: contents, notice of expiry, story, next step."""
    found = my_guarantee(request, public_id)
    context = {
        "guarantee": found,
        "branch": found.member.branch,
        "expiry": expiry_text(found, today=clock.today()),
        "events": story_of(found, found.member.branch),
        "breadcrumbs": [("보증현황", "/guarantees/"), (found.number, None)],
    }
    return render(request, "guarantees/guarantee.html", context)


def expiry_text(guarantee: Guarantee, *, today: date) -> ExpiryText:
    """The day is expected, never promised: a holiday may still be declared before it (S28)."""
    notice = guarantee.notices.filter(ends_on=guarantee.ends_on).first()
    if notice is not None:
        return ExpiryText(notice=notice)
    if guarantee.state != GuaranteeState.ACTIVE:
        return ExpiryText(why_none="유효한 보증에만 종료 안내 문자를 보냅니다.")
    product = guarantee.product
    if not product.expiry_sms:
        return ExpiryText(why_none=f"{product.name}은 종료 안내 문자를 보내지 않는 보증입니다.")
    if not qualifies(expiry_sms=product.expiry_sms, outstanding=guarantee.outstanding):
        return ExpiryText(why_none="보증금액이 1천만 원 미만이면 종료 안내 문자를 보내지 않습니다.")
    calendar = business_calendar()
    day = send_date(guarantee.ends_on, calendar)
    if day < today:
        day = today if calendar.is_business_day(today) else calendar.next_after(today)
    return ExpiryText(expected_on=day) if day < guarantee.ends_on else ExpiryText(why_none="곧 종료됩니다.")
