"""인증서갱신: number, signature, receipt. Reachable without signing in and without a working old certificate."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates import outcomes
from certificates.actions import challenges, replacing
from certificates.challenge import Purpose
from certificates.forms import ReplaceForm
from certificates.queries import live_ticket, member_numbered, receipt_of
from certificates.refusals import Code, Refused
from certificates.views.answers import challenge_json, json_endpoint, read_answer
from certificates.views.asking import Wanted, remember, wanted_by
from certificates.views.frames import visit_of, with_signer
from portal import clock
from portal.access import Actor
from portal.identifiers import format_business_number
from portal.members.gate import form_page

STEPS = ["사업자등록번호", "서명", "결과"]
CYBER = ("사이버영업창구", "/cyber/")


@form_page
@never_cache
def replace(request: HttpRequest) -> HttpResponse:
    """Page 1: whose certificate. Says the same of every well-formed number."""
    basis = settings.CERTIFICATE_RESIDENT_NUMBER_BASIS
    member = request.user.member if request.user.is_authenticated else None
    initial = {"business_number": format_business_number(member.business_number)} if member else {}
    form = ReplaceForm(request.POST or None, initial=initial, basis=basis)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        remember(
            request, Wanted("REPLACE", given["business_number"], given.get("by_resident_number", False), None)
        )
        return redirect("certificates:sign")
    context = {
        "form": form,
        "basis": basis,
        "steps": STEPS,
        "breadcrumbs": [CYBER, ("인증서갱신", None)],
    }
    return render(request, "certificates/replace.html", context)


@require_safe
@never_cache
@with_signer
def sign(request: HttpRequest) -> HttpResponse:
    """Page 2: what will happen, the exact text, and the signer."""
    wanted = wanted_by(request, Purpose.REPLACE)
    if wanted is None:
        return redirect("certificates:replace")
    context = {
        "business_number": format_business_number(wanted.business_number),
        "by_resident_number": wanted.by_resident_number,
        "basis": settings.CERTIFICATE_RESIDENT_NUMBER_BASIS,
        "has_ticket": wanted.ticket_id is not None,
        "is_strict": settings.CERTIFICATE_REPLACE_MODE == "strict",
        "steps": STEPS,
        "challenge_url": reverse("certificates:challenge"),
        "answer_url": reverse("certificates:answer"),
        "breadcrumbs": [CYBER, ("인증서갱신", reverse("certificates:replace")), ("서명", None)],
    }
    return render(request, "certificates/sign.html", context)


@json_endpoint
def challenge(request: HttpRequest) -> HttpResponse:
    """A text to sign, whoever the number belongs to."""
    wanted = wanted_by(request, Purpose.REPLACE)
    if wanted is None:
        raise Refused(Code.CHALLENGE_UNKNOWN, "no number in the session")
    ticket = live_ticket(wanted.ticket_id, clock.now()) if wanted.ticket_id else None
    if wanted.ticket_id and ticket is None:
        raise Refused(Code.TICKET_EXPIRED, "used or ended")
    if wanted.by_resident_number and not settings.CERTIFICATE_RESIDENT_NUMBER_BASIS:
        raise Refused(Code.CHALLENGE_UNKNOWN, "resident numbers are off")
    made = challenges.issue(
        asked=wanted.asked(ticket),
        member=member_numbered(wanted.business_number),
        visit=visit_of(request),
        at=clock.now(),
    )
    return challenge_json(made)


@json_endpoint
def answer(request: HttpRequest) -> HttpResponse:
    """The signed answer. However it ends, the receipt says which checks were made."""
    sent = read_answer(request)
    at = clock.now()
    receipt = reverse("certificates:receipt", args=[sent.challenge_id])
    try:
        replacing.replace(answer=sent, by=Actor.of(request), at=at)
    except Refused as refused:
        kept = receipt_of(sent.challenge_id, session_hash=sent.visit.session_hash, user=None)
        next_page = receipt if kept is not None and refused.code is not Code.CHALLENGE_REPLAYED else ""
        told = {"code": outcomes.public_code(refused), "message": refused.message, "next": next_page}
        return JsonResponse(told, status=refused.status)
    return JsonResponse({"next": receipt})


@require_safe
@never_cache
def receipt(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    """Each check with its evidence, for who answered the challenge or the member it was about."""
    user = request.user if request.user.is_authenticated else None
    visit = visit_of(request)
    session_hash = visit.session_hash if visit.session_key else ""
    found = receipt_of(challenge_id, session_hash=session_hash, user=user)
    if found is None:
        raise Http404
    outcome = found.outcome or {}
    context = {
        "outcome": outcome,
        "number": replacing.receipt_number(found),
        "replacement": getattr(found, "replacement", None),
        "is_login": found.purpose == Purpose.LOGIN.name.lower(),
        "steps": STEPS,
        "may_sign_old_too": outcome.get("code") == Code.OLD_CERT_STILL_VALID,
        "breadcrumbs": [CYBER, ("인증서갱신", reverse("certificates:replace")), ("결과", None)],
    }
    return render(request, "certificates/receipt.html", context)
