"""보증 변경(배서): the member works out what a change costs, asks for it, and takes it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from guarantees.actions import endorsing
from guarantees.forms.endorsements import EndorsementForm
from guarantees.models import Endorsement, EndorsementState, Guarantee
from guarantees.rules.states import GuaranteeState
from guarantees.views.fetching import my_guarantee
from portal import clock
from portal.access import Actor
from portal.members.gate import form_page, member_page
from portal.refusals import Refusal

OPEN = (EndorsementState.REQUESTED, EndorsementState.APPROVED)


@member_page
@form_page
def endorse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form; ‘계산하기’ shows what the change costs, ‘변경 신청’ asks for it."""
    found = my_guarantee(request, public_id)
    form = EndorsementForm(_posted(request), guarantee=found, today=clock.today())
    context: dict[str, Any] = {"guarantee": found, "form": form, "breadcrumbs": _crumbs(found)}
    try:
        if request.method == "POST" and form.is_valid():
            if "work_out" not in request.POST:
                endorsing.ask(
                    guarantee_id=found.pk,
                    new=form.terms,
                    reason=form.reason,
                    by=Actor.of(request),
                    at=clock.now(),
                )
                messages.success(request, "변경을 신청했습니다. 관할 지점이 확인한 뒤 결과를 알려 드립니다.")
                return redirect("guarantees:guarantee", public_id)
            context["delta"] = endorsing.delta_of(found, form.terms, at=clock.now())
            context["cost"] = abs(context["delta"])
    except Refusal as refusal:
        form.add_error(None, refusal.message)
    return render(request, "guarantees/endorse.html", context)


@member_page
@form_page
def withdraw_endorsement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks once, then takes the request for a change back."""
    rows = Endorsement.objects.for_user(request.user).select_related("guarantee__product")
    found = get_object_or_404(rows, public_id=public_id)
    home = redirect("guarantees:guarantee", found.guarantee.public_id)
    if request.method == "POST":
        try:
            endorsing.withdraw(endorsement_id=found.pk, by=Actor.of(request), at=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "변경 신청을 취하했습니다. 보증은 그대로 유효합니다.")
        return home
    if found.state not in OPEN:
        messages.error(request, endorsing.AlreadyAnswered(found).message)
        return home
    return render(request, "guarantees/endorse_withdraw.html", {"endorsement": found})


def changes_of(guarantee: Guarantee) -> dict[str, Any]:
    """What the page of a guarantee shows of its changes and claims."""
    rows = list(guarantee.endorsements.order_by("id"))
    return {
        "endorsements": [row for row in rows if row.state == EndorsementState.DONE],
        "open_endorsement": next((row for row in rows if row.state in OPEN), None),
        "claims": list(guarantee.claims.order_by("id")),
        "can_endorse": guarantee.state == GuaranteeState.ACTIVE and all(row.state not in OPEN for row in rows),
    }


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _crumbs(guarantee: Guarantee) -> list[tuple[str, str | None]]:
    return [
        ("보증현황", "/guarantees/"),
        (guarantee.number, f"/guarantees/{guarantee.public_id}/"),
        ("보증 변경", None),
    ]
