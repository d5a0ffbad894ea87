"""보증료 계산: what a guarantee would cost and take from the limit, before anything is applied for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guarantees.forms.fees import FeeForm
from guarantees.limits import effect_of, position_of
from guarantees.quotes import what_if
from portal import clock
from portal.members.gate import member_page


@member_page
@require_safe
def fee(request: HttpRequest) -> HttpResponse:
    """A plain form by GET, so that a calculation can be kept as a link and printed."""
    form = FeeForm(request.GET or None)
    member_id: int = request.user.member_id  # type: ignore[union-attr,assignment] # behind member_page
    today = clock.today()
    quoted = effect = None
    if form.is_valid():
        asked = form.cleaned_data
        quoted = what_if(member_id=member_id, day=today, **asked)
        position = position_of(member_id, day=today)
        if position is not None:
            effect = effect_of(position, product=asked["product"], amount=asked["amount"])
    context = {
        "form": form,
        "quote": quoted,
        "limit_effect": effect,
        "has_no_rate": form.is_bound and form.is_valid() and quoted is None,
        "breadcrumbs": [("사이버영업창구", None), ("보증료 계산", None)],
    }
    return render(request, "guarantees/fee.html", context)
