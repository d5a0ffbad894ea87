"""Pages behind a link that was sent: stopping a replacement, and beginning one asked for by telephone.

Opening a link changes nothing, since mail programs open links by themselves; a button does. The page of a
ticket does not even look the code up, so that only the counted way tells a right code from a wrong one.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from certificates.actions import freezing, knocking
from certificates.refusals import Refused
from certificates.views.asking import Wanted, remember
from portal import clock
from portal.access import Actor
from portal.members.gate import form_page
from portal.refusals import Refusal

_GONE = 410


@form_page
@never_cache
def freeze(request: HttpRequest, token: str) -> HttpResponse:
    """One button: this was not I."""
    at = clock.now()
    try:
        if request.method == "POST":
            done = freezing.freeze(token=token, by=Actor.of(request), at=at)
            return render(request, "certificates/frozen.html", {"replacement": done})
        found = freezing.find(token=token, at=at)
    except Refusal as refusal:
        return render(request, "certificates/refused.html", {"message": refusal.message}, status=_GONE)
    return render(request, "certificates/freeze.html", {"replacement": found})


@form_page
@never_cache
def ticket(request: HttpRequest, token: str) -> HttpResponse:
    """The representative begins the replacement that two clerks approved. The code is spent when it is done."""
    if request.method == "POST":
        return enter(request, token)
    return render(request, "certificates/ticket.html")


def enter(request: HttpRequest, token: str) -> HttpResponse:
    """On to the signature, or the one page that says the code is no good."""
    try:
        found = knocking.knock(token=token, by=Actor.of(request), at=clock.now())
    except Refused as refused:
        context = {"message": refused.message}
        return render(request, "certificates/refused.html", context, status=refused.status)
    remember(request, Wanted("REPLACE", found.member.business_number, False, found.pk))
    return redirect("certificates:sign")
