"""Signing the agreement of an approved application with the registered certificate."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from certificates.queries import active_of
from certificates.views.answers import challenge_json, json_endpoint, read_answer, read_json
from certificates.views.frames import visit_of, with_signer
from guarantees.actions import requoting, signing
from guarantees.actions.rows import application_step
from guarantees.agreement import document_of, sha256_of, summary_of
from guarantees.quotes import requote
from guarantees.rules.states import ApplicationEvent
from guarantees.views.fetching import my_application
from guarantees.views.refusing import refusals_shown
from portal import clock
from portal.access import Actor
from portal.members.gate import member_page
from portal.won import format_won


@member_page
@require_safe
@never_cache
@refusals_shown
@with_signer
def sign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The whole agreement as it will be signed, its hash, and the signer."""
    application = my_application(request, public_id)
    application_step(application, ApplicationEvent.SIGN, Actor.of(request))
    document = document_of(application)
    context = {
        "application": application,
        "fee_change": requote(application, day=clock.today()),
        "summary": summary_of(application),
        "document": document,
        "document_sha256": sha256_of(document),
        "certificate": active_of(application.member_id),
        "challenge_url": reverse("guarantees:sign_challenge", args=[public_id]),
        "answer_url": reverse("guarantees:sign_answer", args=[public_id]),
        "breadcrumbs": [
            ("신청현황", reverse("guarantees:applications")),
            (str(application), reverse("guarantees:application", args=[public_id])),
            ("약정 서명", None),
        ],
    }
    return render(request, "guarantees/sign.html", context)


@member_page
@require_POST
@refusals_shown
def accept_fee(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go on with the fee of the rate now in force, before signing."""
    application = my_application(request, public_id)
    change = requoting.accept_fee(application_id=application.pk, by=Actor.of(request), at=clock.now())
    if change is not None:
        messages.success(request, f"보증료를 {format_won(change.after)}으로 바꾸었습니다. 확인하고 서명해 주세요.")
    return redirect("guarantees:sign", public_id)


@member_page
@json_endpoint
def sign_challenge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A text to sign, for the document that the page showed."""
    application = my_application(request, public_id)
    made = signing.ask(
        application_id=application.pk,
        shown_sha256=str(read_json(request).get("document", "")),
        visit=visit_of(request),
        by=Actor.of(request),
        at=clock.now(),
    )
    return challenge_json(made)


@member_page
@json_endpoint
def sign_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The signature."""
    application = my_application(request, public_id)
    sent = read_answer(request)
    signing.sign(application_id=application.pk, answer=sent, by=Actor.of(request), at=clock.now())
    return JsonResponse({"next": reverse("guarantees:application", args=[public_id])})
