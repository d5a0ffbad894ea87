"""예시 서류: a sample of the paper a screening reason asks for, open to everyone who has the link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guarantees.rules.examples import EXAMPLES
from guarantees.rules.screening_reasons import REASONS


@require_safe
def example(request: HttpRequest, code: str) -> HttpResponse:
    """The sample for a reason's code. 404 where the reason asks for no paper."""
    reason = REASONS.get(code)
    if reason is None or not reason.example:
        raise Http404
    context = {"reason": reason, "example": EXAMPLES[reason.example]}
    return render(request, "guarantees/example.html", context)
