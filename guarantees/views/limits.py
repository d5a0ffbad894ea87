"""한도현황: what a member may still have guaranteed, when more comes free, and what one more would take."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from guarantees.forms.limits import TrialForm
from guarantees.limits import Effect, LimitPosition, effect_of, forecast, position_of
from guarantees.views.limit_chart import chart_of
from portal import clock
from portal.members.gate import member_page
from portal.members.models import Member


@member_page
@require_safe
def limit(request: HttpRequest) -> HttpResponse:
    """The gauge, the months ahead, and a trial by product and amount."""
    member, today = get_object_or_404(Member.objects.for_user(request.user)), clock.today()
    position, ahead = position_of(member.pk, day=today), forecast(member.pk, day=today)
    form = TrialForm(request.GET if "amount" in request.GET or "product" in request.GET else None)
    context = {
        "position": position,
        "forecast": ahead,
        "chart": chart_of(ahead),
        "form": form,
        "effect": tried(form, position),
        "breadcrumbs": [("보증현황", "/guarantees/"), ("한도현황", None)],
    }
    return render(request, "guarantees/limit.html", context)


def tried(form: TrialForm, position: LimitPosition | None) -> Effect | None:
    """What the guarantee typed would do; None while nothing valid is typed."""
    if position is None or not form.is_valid():
        return None
    return effect_of(position, product=form.cleaned_data["product"], amount=form.cleaned_data["amount"])
