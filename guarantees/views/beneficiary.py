"""The page behind a beneficiary's link: the document, and what he can answer. No account, no menu of ours."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from guarantees.actions import beneficiary as actions
from guarantees.documents import content_of, filename_of
from guarantees.forms.beneficiary import AcceptForm, CompleteForm, ReturnForm
from guarantees.models import Delivery, DeliveryState
from guarantees.rules.delivery import may_return
from guarantees.verification import standing_of
from guarantees.verification_words import STANDINGS, printed_facts
from guarantees.views.waiting import wait
from portal import clock
from portal.access import client_address
from portal.languages import in_two_languages, is_english
from portal.refusals import Refusal
from portal.throttle import Allowance, network_of, seconds_to_wait

PER_ADDRESS = Allowance("beneficiary-address", most=60, seconds=600)
View = Callable[..., HttpResponse]


def by_link(view: View) -> View:
    """Counts the visit, keeps the page out of caches and search, and answers every dead link alike."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        seconds = seconds_to_wait(PER_ADDRESS, network_of(client_address(request)), clock.now())
        if seconds:
            return wait(request, seconds)
        try:
            response = view(request, token)
        except actions.LinkGone:
            # Without switches, whose addresses would tell one dead link from another.
            context = {"languages": (), "can_switch": False}
            response = render(request, "guarantees/beneficiary_gone.html", context, status=410)
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(guarded)


@require_safe
@in_two_languages("public:beneficiary")
@by_link
def beneficiary(request: HttpRequest, token: str) -> HttpResponse:
    """The document and the answers that are open now."""
    return _page(request, token, {})


@require_safe
@in_two_languages("public:beneficiary")
@by_link
def document(request: HttpRequest, token: str) -> HttpResponse:
    """The sealed PDF, never shown inside our own pages."""
    delivery = actions.download(token=token, address=client_address(request), at=clock.now())
    response = HttpResponse(content_of(delivery.document), content_type="application/pdf")
    response["Content-Disposition"] = (
        content_disposition_header(True, filename_of(delivery.document)) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@in_two_languages("public:beneficiary")
@by_link
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """접수 확인."""
    said = _("접수하셨습니다. 조합원과 조합에 알렸습니다.")
    return _answer(
        request, token, "accept_form", AcceptForm(request.POST, auto_id="accept_%s"), actions.accept, said
    )


@require_POST
@in_two_languages("public:beneficiary")
@by_link
def give_back(request: HttpRequest, token: str) -> HttpResponse:
    """반려."""
    said = _("반려하셨습니다. 사유를 조합원과 조합에 알렸습니다.")
    return _answer(
        request, token, "return_form", ReturnForm(request.POST, auto_id="return_%s"), actions.give_back, said
    )


@require_POST
@in_two_languages("public:beneficiary")
@by_link
def complete(request: HttpRequest, token: str) -> HttpResponse:
    """이행 완료 확인: a release request."""
    said = _("이행 완료를 확인하셨습니다. 관할 지점이 확인한 뒤 보증을 해제합니다.")
    return _answer(
        request,
        token,
        "complete_form",
        CompleteForm(request.POST, auto_id="complete_%s"),
        actions.confirm_completion,
        said,
    )


def _answer(
    request: HttpRequest, token: str, name: str, form: Form, action: Callable[..., object], said: str
) -> HttpResponse:
    """Call the action with what was typed; a refusal is told in the form, with the typed text kept."""
    if form.is_valid():
        try:
            action(token=token, address=client_address(request), at=clock.now(), **form.cleaned_data)
        except actions.LinkGone:
            raise
        except Refusal as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            messages.success(request, said)
            return redirect("public:beneficiary", token)
    return _page(request, token, {name: form}, status=200 if not form.non_field_errors() else 409)


def _sentence(refusal: Refusal) -> str:
    """The refusal in the page's language; one that names a person or an amount has no English of its own."""
    translated = _(refusal.message)
    if is_english() and translated == refusal.message:
        return _(
            "지금 상태에서는 처리할 수 없습니다. 보증의 상태와 남은 금액을 확인하시고, 관할 지점에 문의해 주세요."
        )
    return translated


def _page(request: HttpRequest, token: str, bound: dict[str, Form], *, status: int = 200) -> HttpResponse:
    at = clock.now()
    delivery = actions.open_delivery(token=token, address=client_address(request), at=at)
    open_request = delivery.guarantee.release_requests.filter(state="open", party="beneficiary").exists()
    context: dict[str, Any] = {
        "delivery": delivery,
        "guarantee": delivery.guarantee,
        "product": _(delivery.guarantee.product.name),
        "branch": delivery.guarantee.member.branch,
        "token": token,
        "facts": printed_facts(delivery.document.printed),
        "standing": STANDINGS[standing_of(delivery.document, today=clock.seoul_day(at))],
        "form": next(iter(bound.values()), None),
        "has_asked": open_request,
        **_forms(delivery, has_asked=open_request),
        **bound,
    }
    return render(request, "guarantees/beneficiary.html", context, status=status)


def _forms(delivery: Delivery, *, has_asked: bool) -> dict[str, Form | None]:
    """The forms of the answers that are open."""
    waits = delivery.state == DeliveryState.SENT
    returnable = waits and may_return(delivery.guarantee.product.family)
    lives = delivery.guarantee.outstanding > 0
    completable = delivery.state == DeliveryState.ACCEPTED and lives and not has_asked
    return {
        "accept_form": AcceptForm(auto_id="accept_%s") if waits else None,
        "return_form": ReturnForm(auto_id="return_%s") if returnable else None,
        "complete_form": CompleteForm(auto_id="complete_%s") if completable else None,
    }
