"""풀 수 있는 보증: what can be released, asking for it one by one or many at once, and taking that back (S23)."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from guarantees.actions import chain, release_requests
from guarantees.actions.releasing import RequestAnswered
from guarantees.chains import chain_of, next_products
from guarantees.forms.releases import PAPERS, OneReleaseForm, ReleaseForm
from guarantees.models import Guarantee, ReleasePaper, ReleaseRequest, RequestParty, RequestState
from guarantees.releases import (
    RELEASABLE_ORDERS,
    lines_of,
    open_request,
    releasable_of,
    total_freed,
)
from guarantees.rules.limit import consumption
from guarantees.rules.releasing import LIVE_STATES
from guarantees.views.fetching import my_guarantee
from portal import clock
from portal.access import Actor
from portal.audit.trail import record
from portal.members.gate import form_page, member_page
from portal.members.models import User
from portal.members.roles import BUSINESS_ROLES
from portal.refusals import Refusal
from portal.uploads.handing import handed_out

PAGE_SIZE = 50
LIST_CRUMBS = [("보증현황", "/guarantees/"), ("풀 수 있는 보증", None)]


@member_page
@form_page
def releasable(request: HttpRequest) -> HttpResponse:
    """The list with what each release frees; many ticked and asked for at once, the outcome row by row."""
    order, today = request.GET.get("order", ""), clock.today()
    rows = releasable_of(request.user, order, today=today)
    form = ReleaseForm(*_posted(request))
    ticked = frozenset(request.POST.getlist("guarantee"))
    if request.method == "POST" and form.is_valid() and ticked:
        return _asked(request, ticked, form)
    if request.method == "POST" and not ticked:
        form.add_error(None, "요청할 보증을 하나 이상 골라 주세요.")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": lines_of(page.object_list, today=today),
        "total": total_freed(rows),
        "form": form,
        "slot": PAPERS,
        "ticked": ticked,
        "order": order,
        "orders": [(key, label) for key, (label, _columns) in RELEASABLE_ORDERS.items()],
        "breadcrumbs": LIST_CRUMBS,
    }
    return render(request, "guarantees/releasable.html", context)


def _asked(request: HttpRequest, ticked: frozenset[str], form: ReleaseForm) -> HttpResponse:
    """Ask for each ticked guarantee of the company. Sent again, it finds its own requests."""
    chosen = Guarantee.objects.for_user(request.user).filter(public_id__in=_uuids(ticked))
    outcome = release_requests.ask_each(
        guarantees=list(chosen.select_related("product").order_by("ends_on", "id")[:PAGE_SIZE]),
        ground=form.cleaned_data["ground"],
        note=form.cleaned_data["note"],
        papers=form.uploads,
        by=Actor.of(request),
        at=clock.now(),
    )
    accepted = [asked for asked in outcome if asked.request is not None]
    context = {
        "outcome": outcome,
        "accepted": len(accepted),
        "frees": sum(_frees(asked.guarantee) for asked in accepted),
        "breadcrumbs": [*LIST_CRUMBS[:1], ("풀 수 있는 보증", "/guarantees/releasable/"), ("요청 결과", None)],
    }
    return render(request, "guarantees/releasable_asked.html", context)


@member_page
@form_page
def ask_release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form for one guarantee; what stands in its way is told on the guarantee's page."""
    found = my_guarantee(request, public_id)
    form = OneReleaseForm(*_posted(request), guarantee=found)
    if request.method == "POST" and form.is_valid():
        try:
            release_requests.ask_release(
                guarantee_id=found.pk,
                party=RequestParty.MEMBER,
                ground=form.cleaned_data["ground"],
                amount=form.cleaned_data["amount"],
                note=form.cleaned_data["note"],
                papers=form.uploads,
                by=Actor.of(request),
                at=clock.now(),
            )
        except release_requests.NotProven as refusal:
            form.tell(refusal)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("guarantees:guarantee", public_id)
        else:
            messages.success(request, "해제를 요청했습니다. 관할 지점이 확인한 뒤 결과를 알려 드립니다.")
            return redirect("guarantees:guarantee", public_id)
    context = {
        "guarantee": found,
        "frees": _frees(found),
        "form": form,
        "slot": PAPERS,
        "breadcrumbs": [
            ("보증현황", "/guarantees/"),
            (found.number, f"/guarantees/{public_id}/"),
            ("해제 요청", None),
        ],
    }
    return render(request, "guarantees/release.html", context)


@member_page
@form_page
def withdraw_release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks once, then takes the request back."""
    rows = ReleaseRequest.objects.for_user(request.user).select_related("guarantee__product")
    found = get_object_or_404(rows, public_id=public_id)
    home = redirect("guarantees:guarantee", found.guarantee.public_id)
    if request.method == "POST":
        try:
            release_requests.withdraw_release(request_id=found.pk, by=Actor.of(request), at=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "해제 요청을 취하했습니다. 보증은 그대로 있습니다.")
        return home
    if found.state != RequestState.OPEN:
        messages.error(request, RequestAnswered(found).message)
        return home
    return render(request, "guarantees/release_withdraw.html", {"request_row": found})


@login_required
@require_safe
def release_paper(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A file of evidence, for its member and for the business staff of its branch; staff reading is recorded."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    rows = ReleasePaper.objects.for_user(user).select_related("request__guarantee")
    found = get_object_or_404(rows, public_id=public_id)
    if user.is_staff:
        if not user.has_role(*BUSINESS_ROLES):
            raise Http404
        detail = {"filename": found.filename}
        subject = found.request.guarantee
        record(action="release_paper.read", by=Actor.of(request), at=clock.now(), subject=subject, detail=detail)
    return handed_out(found)


@member_page
@require_POST
def apply_next(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A draft of another product for the same contract, filled in as far as the contract is known."""
    found = my_guarantee(request, public_id)
    code = request.POST.get("product", "")
    try:
        draft = chain.start_next(
            guarantee_id=found.pk,
            product_code=code if code.isalnum() else "",
            form_key=_form_key(request),
            by=Actor.of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("guarantees:guarantee", public_id)
    messages.success(request, "계약 정보를 채워 두었습니다. 확인하고 이어서 작성해 주세요.")
    return redirect("guarantees:edit_contract", draft.public_id)


def releases_of(guarantee: Guarantee) -> dict[str, Any]:
    """What the page of a guarantee shows of its releases and requests."""
    waiting = open_request(guarantee)
    live = guarantee.state in LIVE_STATES
    answered = guarantee.release_requests.filter(state=RequestState.REFUSED).order_by("-id").first()
    return {
        "release_request": waiting,
        "release_papers": list(waiting.papers.all()) if waiting else [],
        "refused_request": answered if live and waiting is None else None,
        "releases": list(guarantee.releases.order_by("id")),
        "can_ask_release": live and (waiting is None or waiting.party == RequestParty.SYSTEM),
        "can_withdraw_release": waiting is not None and waiting.party != RequestParty.BENEFICIARY,
    }


def contract_of(guarantee: Guarantee) -> dict[str, Any]:
    """What the page of a guarantee shows of its contract."""
    return {"chain": chain_of(guarantee), "next_products": next_products(), "form_key": uuid4()}


def _frees(guarantee: Guarantee) -> int:
    return consumption(guarantee.outstanding, guarantee.product.limit_weight_bp, collateral=guarantee.collateral)


def _posted(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _form_key(request: HttpRequest) -> UUID:
    return next(iter(_uuids([request.POST.get("form_key", "")])), uuid4())


def _uuids(texts: Any) -> list[UUID]:
    """Those that are ids at all: what is none, the database would not even compare."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
