"""신청현황: the list, one application with what happened and what comes next, and the member's two changes."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from guarantees.actions import submission
from guarantees.actions.deadlines import last_day_of
from guarantees.actions.drafts import NotEditable
from guarantees.forms.drafts import ContactForm
from guarantees.payables import part_of
from guarantees.queries import APPLICATION_FILTERS, applications_of, asked_of, documents_of
from guarantees.quotes import quote, requote
from guarantees.rules.screening_reasons import REASONS
from guarantees.rules.states import ApplicationState
from guarantees.views.fetching import my_application
from guarantees.views.refusing import refusals_shown
from guarantees.views.story import story_of
from portal import clock
from portal.access import Actor
from portal.businessdays.models import business_calendar
from portal.members.gate import form_page, member_page

PAGE_SIZE = 20
LIST = "guarantees:applications"
WITHDRAWABLE = frozenset(
    {ApplicationState.DRAFT, ApplicationState.APPROVED, ApplicationState.SIGNED} | submission.UNDECIDED
)


@member_page
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """The company's applications, newest first."""
    wanted = request.GET.get("state", "")
    page = Paginator(applications_of(request.user, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "wanted": wanted,
        "filters": [(key, label) for key, (label, _states) in APPLICATION_FILTERS.items()],
        "breadcrumbs": [("사이버영업창구", None), ("신청현황", None)],
    }
    return render(request, "guarantees/applications.html", context)


@member_page
@require_safe
def application(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One application: state, next step, contents, files, story."""
    found = my_application(request, public_id)
    context = {
        "application": found,
        "branch": found.member.branch,
        "documents": documents_of(found),
        "items": asked_of(found),
        "due_on": last_day_of(found, business_calendar()),
        "payment": part_of(found),
        "quote": quote(found, day=clock.today()),
        "reason": REASONS.get(found.reason_code),
        "fee_change": requote(found, day=clock.today()) if found.state == ApplicationState.APPROVED else None,
        "events": story_of(found, found.member.branch),
        "can_withdraw": found.state in WITHDRAWABLE,
        "can_change_contact": found.state in submission.UNDECIDED,
        "breadcrumbs": [("신청현황", "/guarantees/applications/"), (str(found), None)],
    }
    return render(request, "guarantees/application.html", context)


@member_page
@form_page
@refusals_shown
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks once, then takes the application back."""
    found = my_application(request, public_id)
    if request.method == "POST":
        submission.withdraw(application_id=found.pk, by=Actor.of(request), at=clock.now())
        messages.success(request, "신청을 취하했습니다. 필요하면 언제든 새로 신청하실 수 있습니다.")
        return redirect(LIST)
    if found.state not in WITHDRAWABLE:
        raise NotEditable(found)
    return render(request, "guarantees/withdraw.html", {"application": found})


@member_page
@form_page
@refusals_shown
def change_contact(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who hears of the result, as long as there is none (S12)."""
    found = my_application(request, public_id)
    if found.state not in submission.UNDECIDED:
        raise NotEditable(found)
    form = ContactForm(request.POST or None, application=found, today=clock.today())
    if request.method == "POST" and form.is_valid():
        submission.change_contact(
            application_id=found.pk,
            by=Actor.of(request),
            at=clock.now(),
            name=form.cleaned_data["contact_name"],
            mobile=form.cleaned_data["contact_mobile"],
            email=form.cleaned_data["contact_email"],
        )
        messages.success(request, "담당자를 바꾸었습니다. 심사 결과는 새 담당자에게 갑니다.")
        return redirect("guarantees:application", public_id)
    return render(request, "guarantees/change_contact.html", {"application": found, "form": form})
