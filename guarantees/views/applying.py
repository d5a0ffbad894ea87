"""보증신청: choosing a product, then the steps of the draft. Every step is kept before the next one opens."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from guarantees.actions import drafts, submission
from guarantees.differences import since_supplement
from guarantees.forms.documents import Slot, receive, slots_of
from guarantees.forms.drafts import STEP_FORMS, ContactForm, ContractForm, StepForm, TermsForm
from guarantees.limits import effect_on
from guarantees.models import Application
from guarantees.outlook import outlook_of
from guarantees.queries import (
    alike,
    applications_of,
    asked_of,
    documents_of,
    earlier_beneficiaries,
    findings_of,
    offered_products,
)
from guarantees.quotes import quote
from guarantees.rules.completeness import Finding
from guarantees.rules.states import ApplicationState
from guarantees.views.fetching import my_application, my_editable
from guarantees.views.refusing import refusals_shown
from guarantees.views.typing import seen_by, version_of
from portal import clock
from portal.access import Actor
from portal.members.gate import form_page, member_page
from portal.refusals import Refusal

STEPS = ("보증 종류", "계약 정보", "보증 내용", "담당자·서류", "확인·제출")
MOST_ALIKE = 3
ELSEWHERE = "elsewhere"  # of the error that another window has changed the step
CRUMBS = [("사이버영업창구", None), ("보증신청", None)]
# On which step a finding is corrected.
STEP_OF = dict.fromkeys(ContractForm.base_fields, "guarantees:edit_contract")
STEP_OF |= dict.fromkeys(TermsForm.base_fields, "guarantees:edit_terms")
STEP_OF |= dict.fromkeys([*ContactForm.base_fields, "documents"], "guarantees:edit_contact")
# Where on the last page it is put right that it was not handed in.
REMEDIES: dict[type[Refusal], str] = {
    submission.AlikeUnconfirmed: "#is_another",
    submission.ChangedMeanwhile: "#contents",
}


# What the summary of errors leads to, and the sentence.
Linked = list[tuple[str, str]]


@member_page
@form_page
def apply(request: HttpRequest) -> HttpResponse:
    """Step 1: which guarantee. The form's key makes a second press the same draft."""
    errors: Linked = []
    if request.method == "POST":
        try:
            draft = _started(request)
            return redirect("guarantees:edit_contract", draft.public_id)
        except Refusal as refusal:
            errors.append(("#products", refusal.message))
    context = {
        "products": offered_products(),
        "chosen": request.POST.get("product"),
        "linked_errors": errors,
        "drafts": applications_of(request.user, "draft")[:5],
        "form_key": _form_key(request),
        "steps": STEPS,
        "breadcrumbs": CRUMBS,
    }
    return render(request, "guarantees/apply.html", context)


def _started(request: HttpRequest) -> Application:
    """Raises NothingChosen and as `drafts.start`."""
    if not request.POST.get("product"):
        raise NothingChosen
    return drafts.start(
        product_code=_product_code(request), form_key=_form_key(request), by=Actor.of(request), at=clock.now()
    )


class NothingChosen(Refusal):
    """The first step was sent without a product."""

    message = "보증 종류를 골라 주세요."


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
    form = ContractForm(_sent(request), application=application, today=clock.today())
    if request.method == "POST" and _kept(request, application, form):
        return _onward(request, application, "guarantees:edit_terms")
    context = _step_context(application, form, "contract") | {
        "beneficiaries": earlier_beneficiaries(application.member_id)
    }
    return render(request, "guarantees/edit_contract.html", context)


@member_page
@form_page
@refusals_shown
def edit_terms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 3: 보증 내용."""
    application = my_editable(request, public_id)
    form = TermsForm(_with_offer(request), application=application, today=clock.today())
    if request.method == "POST" and _kept(request, application, form):
        return _onward(request, application, "guarantees:edit_contact")
    return render(request, "guarantees/edit_terms.html", _step_context(application, form, "terms"))


def _with_offer(request: HttpRequest) -> QueryDict | None:
    """What was sent, with the proposed amount in its field where that button was pressed."""
    sent = _sent(request)
    if sent is None or "offered" not in sent:
        return sent
    changed = sent.copy()
    changed["amount"] = str(sent["offered"])
    return changed


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it was nothing; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


def _kept(request: HttpRequest, application: Application, form: StepForm) -> bool:
    """Store what may be stored. True when the step may be left.

    Of a draft every valid field is kept, and it may be put aside half filled. What a branch is already
    working on changes only as a whole and complete step. What another window stored meanwhile stands until
    the person, who is told of it, sends this one again.
    """
    complete = form.is_valid()
    is_draft = application.state == ApplicationState.DRAFT
    try:
        if complete or is_draft:
            drafts.save(
                application_id=application.pk, by=Actor.of(request), at=clock.now(), values=form.kept_values(),
                seen=seen_by(request, form),
            )  # fmt: skip
    except drafts.ChangedElsewhere as refusal:
        complete = is_draft = False
        form.add_error(None, ValidationError(refusal.message, code=ELSEWHERE))
    finally:
        application.refresh_from_db(fields=drafts.FIELDS)
    return complete or (is_draft and "later" in request.POST and form.only_lacks)


def _onward(request: HttpRequest, application: Application, following: str) -> HttpResponse:
    if "later" in request.POST:
        messages.success(request, "임시저장했습니다. 신청현황에서 이어서 작성하실 수 있습니다.")
        return redirect("guarantees:application", application.public_id)
    if "stay" in request.POST or "offered" in request.POST:
        return redirect(request.path)
    return redirect(following, application.public_id)


def _step_context(application: Application, form: StepForm, step: str) -> dict[str, Any]:
    """What the pages of the three forms share; `version` says which stored values they were made from."""
    return {
        **_context(application, 2 + list(STEP_FORMS).index(step)),
        "form": form,
        "kind": step,
        "is_draft": application.state == ApplicationState.DRAFT,
        "is_changed_elsewhere": form.has_error(NON_FIELD_ERRORS, ELSEWHERE),
        "version": version_of(application, form),
        "outlook": outlook_of(form.as_typed(), day=clock.today()),
    }


def _context(application: Application, number: int) -> dict[str, Any]:
    return {
        "application": application,
        "steps": STEPS,
        "step": number,
        "items": asked_of(application),
        "breadcrumbs": CRUMBS,
    }


@member_page
@form_page
@refusals_shown
def edit_contact(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Step 4: 담당자·서류. Files that pass are kept whatever else is wrong on the page."""
    application = my_editable(request, public_id)
    form = ContactForm(_sent(request), application=application, today=clock.today())
    slots = slots_of(application, list(documents_of(application)))
    refused: Linked = []
    if request.method == "POST":
        kept = _kept(request, application, form)
        refused = _attach(request, application, slots)
        if kept and not refused:
            return _onward(request, application, "guarantees:edit_confirm")
        slots = slots_of(application, list(documents_of(application)))
    context = _step_context(application, form, "contact") | {"slots": slots, "linked_errors": refused}
    return render(request, "guarantees/edit_contact.html", context)


def _attach(request: HttpRequest, application: Application, slots: list[Slot]) -> Linked:
    """Keep the files that pass; why the others did not, each with its place on the page."""
    received = receive(slots, request.FILES)
    refused = [(f"#{slot.input_name}", refusal.message) for slot, refusal in received.refused]
    for slot, upload in received.accepted:
        try:
            drafts.attach(
                application_id=application.pk, by=Actor.of(request), at=clock.now(), name=slot.name, upload=upload
            )
        except drafts.TooManyFiles as refusal:
            refused.append((f"#{slot.input_name}", refusal.message))
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
    errors: Linked = []
    if request.method == "POST":
        try:
            return _handed_in(request, application)
        except (submission.Incomplete, submission.ChangedMeanwhile, submission.AlikeUnconfirmed) as refusal:
            errors.append((REMEDIES.get(type(refusal), "#findings"), refusal.message))
    application = my_editable(request, public_id)
    context = _context(application, 5) | {
        "linked_errors": errors,
        "documents": documents_of(application),
        "findings": [(found, STEP_OF[found.field], _anchor(found)) for found in _findings(application)],
        "alike": alike(application)[:MOST_ALIKE],
        "difference": since_supplement(application) if application.state == ApplicationState.SUPPLEMENT else None,
        "quote": quote(application, day=clock.today()),
        "limit_effect": effect_on(application, day=clock.today()),
        "version": submission.version_of(application),
    }
    return render(request, "guarantees/edit_confirm.html", context)


def _findings(application: Application) -> list[Finding]:
    return findings_of(application, today=clock.today())


def _anchor(found: Finding) -> str:
    """Where on its step a finding is corrected."""
    return "documents" if found.field == "documents" else f"id_{found.field}"


def _handed_in(request: HttpRequest, application: Application) -> HttpResponse:
    """Submit, or answer the supplement. Raises Incomplete, ChangedMeanwhile, AlikeUnconfirmed."""
    answering = application.state == ApplicationState.SUPPLEMENT
    which: dict[str, Any] = {"application_id": application.pk, "by": Actor.of(request), "at": clock.now()}
    version = request.POST.get("version", "")
    if answering:
        submission.resubmit(**which, version=version)
    else:
        submission.submit(**which, version=version, is_another="is_another" in request.POST)
    messages.success(request, "보완한 내용을 제출했습니다." if answering else "신청을 접수했습니다.")
    return redirect("guarantees:application", application.public_id)
