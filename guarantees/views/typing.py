"""Beside a step of the application while it is typed: what is kept meanwhile, and what it would come to."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from certificates.views.answers import json_endpoint
from guarantees.actions import drafts
from guarantees.forms.drafts import STEP_FORMS, StepForm
from guarantees.models import Application
from guarantees.outlook import outlook_of
from guarantees.rules.states import ApplicationState
from guarantees.views.fetching import my_editable
from portal import clock
from portal.access import Actor
from portal.clock import SEOUL
from portal.members.gate import member_page
from portal.refusals import Refusal
from portal.throttle import Allowance, seconds_to_wait

# Somebody who types without a pause asks about once a second.
KEEPS = Allowance("keep-step", most=60, seconds=60)
OUTLOOKS = Allowance("outlook", most=120, seconds=60)
View = Callable[..., HttpResponse]


class KeptAsAWhole(Refusal):
    """What a branch is already working on changes only when the member says so."""

    message = "보완 중인 신청서는 저절로 저장하지 않습니다. ‘다음’을 눌러 저장해 주세요."


def at_most(allowance: Allowance) -> Callable[[View], View]:
    """Each person within `allowance`; who asks more often gets 429 and the seconds to wait."""

    def limited(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: UUID | str, **kwargs: UUID | str) -> HttpResponse:
            if wait := seconds_to_wait(allowance, f"user:{request.user.pk}", clock.now()):
                return JsonResponse({}, status=429, headers={"Retry-After": str(wait)})
            return view(request, *args, **kwargs)

        return guarded

    return limited


@member_page
@json_endpoint
@at_most(KEEPS)
def keep_step(request: HttpRequest, public_id: UUID, step: str) -> HttpResponse:
    """Keep the valid fields of a draft's step as its page would, without leaving it.

    `said` tells the person what was kept, `version` stands for what the page has seen from now on.
    """
    application, form = _typed(request, public_id, step)
    if application.state != ApplicationState.DRAFT:
        raise KeptAsAWhole
    form.is_valid()
    now = clock.now()
    kept = drafts.save(
        application_id=application.pk, by=Actor.of(request), at=now, values=form.kept_values(),
        seen=seen_by(request, form),
    )  # fmt: skip
    said = f"임시 저장됨 {now.astimezone(SEOUL):%H:%M}"
    if form.wrong:
        said += f" (고칠 곳 {form.wrong}칸은 빼고)"
    return JsonResponse({"said": said, "whole": not form.wrong, "version": version_of(kept, form)})


@member_page
@json_endpoint
@at_most(OUTLOOKS)
def outlook(request: HttpRequest, public_id: UUID, step: str) -> HttpResponse:
    """The figures of what is typed and not stored, as the page shows them; `right` names the fields in order."""
    _application, form = _typed(request, public_id, step)
    form.is_valid()
    shown = outlook_of(form.as_typed(), day=clock.today())
    return JsonResponse(
        {
            "html": render_to_string("guarantees/parts/outlook.html", {"outlook": shown, "kind": step}),
            "right": [name for name in form.fields if name not in form.errors],
            "line": render_to_string("guarantees/parts/outlook_line.html", {"outlook": shown}).strip(),
        }
    )


def _typed(request: HttpRequest, public_id: UUID, step: str) -> tuple[Application, StepForm]:
    if step not in STEP_FORMS:
        raise Http404
    application = my_editable(request, public_id)
    return application, STEP_FORMS[step](request.POST, application=application, today=clock.today())


def seen_by(request: HttpRequest, form: StepForm) -> drafts.Seen | None:
    """What the page that was sent had been made from; None where it does not say."""
    version = request.POST.get("version", "")
    return drafts.Seen(frozenset(form.fields), version) if version else None


def version_of(application: Application, form: StepForm) -> str:
    """What the page carries along to say so."""
    return drafts.Seen.of(application, form.fields).mark
