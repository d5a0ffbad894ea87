"""진위확인, for whoever holds a guarantee document. No login; every question is counted and recorded."""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from guarantees.document.verification_code import ALPHABET, InvalidCode, parse_code
from guarantees.forms.verification import FileForm, NumberForm, from_paper
from guarantees.models import Guarantee
from guarantees.rules.numbering import InvalidGuaranteeNumber, parse_number
from guarantees.rules.verification import Comparison, Contents, Way
from guarantees.slots import slot
from guarantees.verification import Answer, by_code, by_date, by_file, plain_number
from guarantees.verification_words import STANDINGS, WAYS, band_of, lines_of, printed_facts
from guarantees.views.waiting import wait
from portal import clock
from portal.access import Actor, client_address
from portal.audit.trail import record
from portal.languages import in_two_languages
from portal.throttle import Allowance, network_of, seconds_to_wait

log = logging.getLogger(__name__)

PER_ADDRESS = Allowance("verify-address", most=30, seconds=600)
# A date is one of a few hundred: without this it could be found by trying from many addresses. A code is not.
PER_NUMBER = Allowance("verify-number", most=30, seconds=3600)
FILES_PER_ADDRESS = Allowance("verify-file", most=10, seconds=600)
FILES_AT_ONCE = 2  # each reads a stranger's file in a process of its own for up to fifteen seconds
NO_CODE = "0" * 16  # a code that cannot be read is asked for like a wrong one


class TooMany(Exception):
    """The allowance is used up; `seconds` until there is a new one."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"{seconds} s")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_two_languages("public:verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Both forms; a POST is answered on the spot, for its contents belong into no address."""
    if request.method != "POST":
        return _page(request, NumberForm(), FileForm())
    if request.POST.get("way") == Way.FILE:
        file_form = FileForm(request.POST, request.FILES)
        return _by_file(request, file_form) if file_form.is_valid() else _page(request, NumberForm(), file_form)
    form = NumberForm(request.POST)
    return _by_number(request, form) if form.is_valid() else _page(request, form, FileForm())


@never_cache
@require_safe
@in_two_languages("public:verify_code")
def verify_code(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Where the QR code leads: the answer at once, and the form to compare the rest."""
    at = clock.now()
    try:
        parsed = parse_code(code)
    except InvalidCode:
        parsed = NO_CODE
    try:
        _count(request, PER_ADDRESS, network_of(client_address(request)), at)
    except TooMany as much:
        return wait(request, much.seconds)
    answer = by_code(number=number, code=parsed, typed=Contents(), at=at)
    return _result(request, answer, Contents(), from_paper(number, code), number, at)


def _by_number(request: HttpRequest, form: NumberForm) -> HttpResponse:
    at, given = clock.now(), form.cleaned_data
    number, code = given["number"], given["code"]
    try:
        _count(request, PER_ADDRESS, network_of(client_address(request)), at)
        if not code:
            _count(request, PER_NUMBER, plain_number(number), at)
    except TooMany as much:
        return wait(request, much.seconds)
    if code:
        answer = by_code(number=number, code=code, typed=form.typed, at=at)
    else:
        answer = by_date(number=number, typed=form.typed, at=at)
    return _result(request, answer, form.typed, form, number, at)


def _by_file(request: HttpRequest, form: FileForm) -> HttpResponse:
    at = clock.now()
    try:
        _count(request, FILES_PER_ADDRESS, network_of(client_address(request)), at)
    except TooMany as much:
        return wait(request, much.seconds)
    with slot("verify-file", most=FILES_AT_ONCE) as is_free:
        if not is_free:
            response = render(request, "guarantees/verify_busy.html", status=503)
            response["Retry-After"] = "30"
            return response
        answer = by_file(content=form.cleaned_data["file"].read(), at=at)
    return _result(request, answer, Contents(), NumberForm(), "", at)


def _page(request: HttpRequest, form: NumberForm, file_form: FileForm) -> HttpResponse:
    context = {"form": form, "file_form": file_form, "breadcrumbs": [(_("보증서 진위확인"), None)]}
    return render(request, "guarantees/verify.html", context)


def _result(
    request: HttpRequest, answer: Answer, typed: Contents, form: NumberForm, number: str, at: datetime
) -> HttpResponse:
    """The answer page, and the trace that this was asked: without the date, the code and the typed values."""
    reference = _reference(at)
    _record(request, answer, number, reference, at)
    context: dict[str, Any] = {
        "band": band_of(answer),
        "answer": answer,
        "number": number,
        "way": WAYS[answer.way],
        "standing": STANDINGS[answer.standing] if answer.standing else "",
        "lines": lines_of(answer, typed),
        "findings": answer.file.findings if answer.file else (),
        "printed": printed_facts(answer.printed) if answer.printed else (),
        "at": at,
        "reference": reference,
        "form": form,
        "breadcrumbs": [(_("보증서 진위확인"), "/verify/"), (_("확인 결과"), None)],
    }
    response = render(request, "guarantees/verify_result.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@transaction.atomic
def _record(request: HttpRequest, answer: Answer, number: str, reference: str, at: datetime) -> None:
    compared = {
        name: found.value for name, found in answer.comparisons.items() if found is not Comparison.NOT_ASKED
    }
    detail = {"way": answer.way, "verdict": answer.verdict, "reference": reference, "compared": compared}
    subject = answer.guarantee or Guarantee(number=_safe(number))
    record(action="verification.ask", by=Actor.of(request), at=at, subject=subject, detail=detail)


def _safe(number: str) -> str:
    """A number of ours; what else was typed into the field may be anybody's secret."""
    try:
        parse_number(number)
    except InvalidGuaranteeNumber:
        return "조합 번호가 아님"
    return plain_number(number)


def _reference(at: datetime) -> str:
    """V261122-7K3M9Q: names this answer, on the sheet and in our trail."""
    return f"V{clock.seoul_day(at):%y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(6))}"


def _count(request: HttpRequest, allowance: Allowance, who: str, at: datetime) -> None:
    seconds = seconds_to_wait(allowance, who, at)
    if seconds:
        log.warning("too many questions: %s", allowance.name)
        raise TooMany(seconds)
