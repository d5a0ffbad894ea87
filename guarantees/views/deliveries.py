"""The member sends his document again, elsewhere, or decides to hand it in himself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from guarantees.actions.deliveries import deliver_anew, renew_link
from guarantees.deliveries import LIVE, history_of
from guarantees.delivery_words import EVENTS
from guarantees.documents import document_in_force
from guarantees.forms.deliveries import DeliverForm
from guarantees.models import Delivery, DeliveryEvent, DeliveryState, Guarantee
from guarantees.rules.delivery import EMAIL, PRINT, PROCUREMENT
from guarantees.views.fetching import my_guarantee
from portal import clock
from portal.access import Actor
from portal.members.gate import member_page
from portal.refusals import Refusal

DONE = {
    PRINT: "보증서를 직접 제출하기로 했습니다. 보증서 파일을 내려받아 제출해 주세요.",
    EMAIL: "보증채권자에게 이메일을 보냅니다. 접수하거나 반려하면 이메일로 알려 드립니다.",
    PROCUREMENT: "전자조달시스템으로 보냅니다. 결과는 이 화면과 이메일로 알려 드립니다.",
}


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def deliver(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks how and where to; POST queues it."""
    guarantee = my_guarantee(request, public_id)
    form = DeliverForm(request.POST if request.method == "POST" else None, initial=_as_before(guarantee))
    if form.is_bound and form.is_valid():
        try:
            deliver_anew(guarantee_id=guarantee.pk, by=Actor.of(request), at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, DONE[form.cleaned_data["channel"]])
            return redirect("guarantees:guarantee", public_id)
    context = {
        "guarantee": guarantee,
        "form": form,
        "breadcrumbs": [
            ("보증현황", "/guarantees/"),
            (guarantee.number, reverse("guarantees:guarantee", args=[public_id])),
            ("보증서 보내기", None),
        ],
    }
    return render(request, "guarantees/deliver.html", context)


@member_page
@require_POST
def renew_delivery_link(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new link to the same address; the one before dies."""
    delivery = get_object_or_404(Delivery.objects.for_user(request.user), public_id=public_id)
    try:
        renew_link(delivery_id=delivery.pk, by=Actor.of(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "새 링크를 이메일로 보냅니다. 전에 보낸 링크는 이제 열리지 않습니다.")
    return redirect("guarantees:guarantee", delivery.guarantee.public_id)


def _as_before(guarantee: Guarantee) -> dict[str, Any]:
    """What was chosen last: at the last delivery, else in the application."""
    last = next(iter(history_of(guarantee)), None)
    if last is not None:
        return {"channel": last.channel, "to_email": last.to_email}
    application = guarantee.application
    if application is None:
        return {"channel": PRINT}
    return {"channel": application.delivery_channel, "to_email": application.beneficiary_email}


def delivery_of_page(guarantee: Guarantee) -> dict[str, Any]:
    """What the guarantee's page says of its deliveries."""
    deliveries = history_of(guarantee)
    latest = deliveries[0] if deliveries else None
    document = document_in_force(guarantee)
    is_accepted = latest is not None and latest.state == DeliveryState.ACCEPTED
    return {
        "deliveries": deliveries,
        "delivery": latest,
        "delivery_events": [
            {"title": EVENTS.get(event.kind, event.kind), "at": event.at, "text": _said(event)}
            for event in (latest.events.all() if latest else ())
        ],
        "can_deliver": document is not None and guarantee.state in LIVE and not is_accepted,
        "can_renew_link": latest is not None
        and latest.channel == EMAIL
        and latest.state in (DeliveryState.SENT, DeliveryState.ACCEPTED),
    }


def _said(event: DeliveryEvent) -> str:
    """What is the member's to read: not which error the wire had, nor from where the beneficiary came."""
    return "" if event.kind in ("unclear", "queued", "print") else event.note
