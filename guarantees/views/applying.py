"""보증신청: choosing a product, then the steps of the draft. Every step is kept before the next one opens."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guarantees.actions import drafts, submission
from guarantees.forms.documents import receive, slots_of
from guarantees.forms.drafts import ContactForm, ContractForm, StepForm, TermsForm
from guarantees.models import Application
from guarantees.queries import alike, applications_of, documents_of, findings_of, offered_products, open_items
from guarantees.quotes import quote
from guarantees.rules.completeness import Finding
from guarantees.rules.states import ApplicationState
from guarantees.views.fetching import my_application, my_editable
from guarantees.views.refusing import refusals_shown
from portal import clock
from portal.access import Actor
from portal.members.gate import form_page, member_page
from portal.refusals import Refusal

STEPS = ("보증 종류", "계약 정보", "보증 내용", "담당자·서류", "확인·제출")
CRUMBS = [("사이버영업창구", None), ("보증신청", None)]
# On which step a finding is corrected.
STEP_OF = dict.fromkeys(ContractForm.base_fields, "guarantees:edit_contract")
STEP_OF |= dict.fromkeys(TermsForm.base_fields, "guarantees:edit_terms")
STEP_OF |= dict.fromkeys([*ContactForm.base_fields, "documents"], "guarantees:edit_contact")


@member_page
@form_page
def apply(request: HttpRequest) -> HttpResponse:
    """Step 1: which guarantee. The form's key makes a second press the same draft."""
    if request.method == "POST":
        try:
            draft = drafts.start(
                product_code=_product_code(request),
                form_key=_form_key(request),
                by=Actor.of(request),
                at=clock.now(),
            )
            return redirect("guarantees:edit_contract", draft.public_id)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("guarantees:apply")
    context = {
        "products": offered_products(),
        "drafts": applications_of(request.user, "draft")[:5],
        "form_key": uuid4(),
        "steps": STEPS,
        "breadcrumbs": CRUMBS,
    }
    return render(request, "guarantees/apply.html", context)


def _product_code(request: HttpRequest) -> str:
    """The code chosen, or none: what is no code at all, the database would not even compare."""
    code = request.POST.get("product", "")
    return code if code.isalnum() else ""


def _form_key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return uuid4()


@member_page
@form_page
@refusals_shown
def edit_contract(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 2: 계약 정보."""
    application = my_editable(request, public_id)
    form = ContractForm(_posted(request), application=application, today=clock.today())
    if request.method == "POST" and _kept(request, application, form):
        return _onward(request, application, "guarantees:edit_terms")
    return render(request, "guarantees/edit_contract.html", _context(application, form, 2))


@member_page
@form_page
@refusals_shown
def edit_terms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 3: 보증 내용, with the fee of what is stored so far."""
    application = my_editable(request, public_id)
    form = TermsForm(_posted(request), application=application, today=clock.today())
    if request.method == "POST" and _kept(request, application, form):
        return _onward(request, application, "guarantees:edit_contact")
    return render(request, "guarantees/edit_terms.html", _context(application, form, 3))


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it was nothing; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


def _kept(request: HttpRequest, application: Application, form: StepForm) -> bool:
    """Store what may be stored. True when the step may be left.

    Of a draft every valid field is kept, and it may be put aside half filled. What a branch is already
    working on changes only as a whole and complete step.
    """
    complete = form.is_valid()
    is_draft = application.state == ApplicationState.DRAFT
    if complete or is_draft:
        drafts.save(application_id=application.pk, by=Actor.of(request), at=clock.now(), values=form.kept_values())
    return complete or (is_draft and "later" in request.POST and form.only_lacks)


def _onward(request: HttpRequest, application: Application, following: str) -> HttpResponse:
    if "later" in request.POST:
        messages.success(request, "임시저장했습니다. 신청현황에서 이어서 작성하실 수 있습니다.")
        return redirect("guarantees:application", application.public_id)
    if "stay" in request.POST:
        return redirect(request.path)
    return redirect(following, application.public_id)


def _context(application: Application, form: StepForm | None, number: int) -> dict[str, Any]:
    return {
        "application": application,
        "form": form,
        "steps": STEPS,
        "step": number,
        "items": open_items(application) if application.state == ApplicationState.SUPPLEMENT else (),
        "quote": quote(application, day=clock.today()),
        "breadcrumbs": CRUMBS,
    }


@member_page
@form_page
@refusals_shown
def edit_contact(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 4: 담당자·서류. Files that pass are kept whatever else is wrong on the page."""
    application = my_editable(request, public_id)
    form = ContactForm(_posted(request), application=application, today=clock.today())
    slots = slots_of(application, list(documents_of(application)))
    if request.method == "POST":
        kept = _kept(request, application, form)
        refused = _attach(request, application, slots)
        for refusal in refused:
            form.add_error(None, refusal.message)
        if kept and not refused:
            return _onward(request, application, "guarantees:edit_confirm")
        slots = slots_of(application, list(documents_of(application)))
    context = _context(application, form, 4) | {"slots": slots}
    return render(request, "guarantees/edit_contact.html", context)


def _attach(request: HttpRequest, application: Application, slots: list[Any]) -> list[Refusal]:
    """Keep the files that pass; the refusals of the others."""
    received = receive(slots, request.FILES)
    refused: list[Refusal] = list(received.refused)
    for name, upload in received.accepted:
        try:
            drafts.attach(
                application_id=application.pk, by=Actor.of(request), at=clock.now(), name=name, upload=upload
            )
        except drafts.TooManyFiles as refusal:
            refused.append(refusal)
            break
    return refused


@member_page
@require_POST
@refusals_shown
def remove_document(request: HttpRequest, public_id: UUID, document_id: UUID) -> HttpResponse:
    """Take a file back."""
    application = my_editable(request, public_id)
    document = application.documents.filter(public_id=document_id).first()
    drafts.remove_document(
        application_id=application.pk,
        by=Actor.of(request),
        at=clock.now(),
        document_id=document.pk if document else 0,
    )
    messages.success(request, "파일을 삭제했습니다.")
    return redirect("guarantees:edit_contact", public_id)


@member_page
@form_page
@refusals_shown
def edit_confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 5: everything once more, the fee line by line, then the one button that hands it in."""
    application = my_application(request, public_id)
    if request.method == "POST":
        return _handed_in(request, application)
    my_editable(request, public_id)
    context = _context(application, None, 5) | {
        "documents": documents_of(application),
        "findings": [(found, STEP_OF[found.field]) for found in _findings(application)],
        "alike": alike(application)[:1],
        "version": submission.version_of(application),
    }
    return render(request, "guarantees/edit_confirm.html", context)


def _findings(application: Application) -> list[Finding]:
    return findings_of(application, today=clock.today())


def _handed_in(request: HttpRequest, application: Application) -> HttpResponse:
    """Submit, or answer the supplement; incomplete or changed meanwhile, the page is shown again."""
    answering = application.state == ApplicationState.SUPPLEMENT
    action = submission.resubmit if answering else submission.submit
    try:
        action(
            application_id=application.pk,
            by=Actor.of(request),
            at=clock.now(),
            version=request.POST.get("version", ""),
        )
    except (submission.Incomplete, submission.ChangedMeanwhile) as refusal:
        messages.error(request, refusal.message)
        return redirect("guarantees:edit_confirm", application.public_id)
    messages.success(request, "보완한 내용을 제출했습니다." if answering else "신청을 접수했습니다.")
    return redirect("guarantees:application", application.public_id)
