"""보증현황: the list of guarantees, and one guarantee with its notice of expiry."""

from datetime import date
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guarantees.documents import versions_of
from guarantees.expiry_reasons import reasons_of
from guarantees.queries import GUARANTEE_FILTERS, GUARANTEE_ORDERS, guarantees_of
from guarantees.releases import releasable
from guarantees.views.deliveries import delivery_of_page
from guarantees.views.endorsements import changes_of
from guarantees.views.fetching import my_guarantee
from guarantees.views.releases import contract_of, releases_of
from guarantees.views.story import story_of
from portal import clock
from portal.businessdays.models import business_calendar
from portal.members.gate import member_page

PAGE_SIZE = 20
RELEASABLE = "releasable"  # beside the states: those something speaks for releasing


@member_page
@require_safe
def guarantees(request: HttpRequest) -> HttpResponse:
    """The company's guarantees by state, or those that end on the day ?ends=, in the order asked for."""
    wanted, order, ends_on = request.GET.get("state", ""), request.GET.get("order", ""), _day(request)
    rows = guarantees_of(request.user, wanted, order)
    if wanted == RELEASABLE:
        rows = rows.filter(releasable(clock.today()))
    if ends_on is not None:
        rows = rows.filter(ends_on=ends_on)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "ends_on": ends_on,
        "order": order,
        "filters": [*((key, label) for key, (label, _s) in GUARANTEE_FILTERS.items()), (RELEASABLE, "풀 수 있음")],
        "orders": [(key, label) for key, (label, _columns) in GUARANTEE_ORDERS.items()],
        "breadcrumbs": [("사이버영업창구", None), ("보증현황", None)],
    }
    return render(request, "guarantees/guarantees.html", context)


def _day(request: HttpRequest) -> date | None:
    """The day of ?ends=2026-12-31; None without one and for what is no day."""
    try:
        return date.fromisoformat(request.GET.get("ends", ""))
    except ValueError:
        return None


@member_page
@require_safe
def guarantee(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One guarantee: contents, notice of expiry, story, next step."""
    found = my_guarantee(request, public_id)
    context = {
        "guarantee": found,
        "branch": found.member.branch,
        "expiry": reasons_of(found, today=clock.today(), calendar=business_calendar()),
        "events": story_of(found, found.member.branch),
        "breadcrumbs": [("보증현황", "/guarantees/"), (found.number, None)],
        "versions": versions_of(found),
        **releases_of(found),
        **contract_of(found),
        **delivery_of_page(found),
        **changes_of(found),
    }
    return render(request, "guarantees/guarantee.html", context)
