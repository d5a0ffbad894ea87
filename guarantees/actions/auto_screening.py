"""SUBMITTED to IN_REVIEW by the rules alone, up to the amount of the policy (자동 심사, DOMAIN §2.5).

No network is asked, nothing is decided: the officer finds the points written down and decides as ever.
"""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from guarantees.actions.rows import application_step, locked_application
from guarantees.limits import effect_on
from guarantees.models import OPEN_CLAIM, Application, AutoScreening, Claim, Guarantee
from guarantees.policies import screening_policy_on
from guarantees.queries import alike, findings_of
from guarantees.rules.auto_screening import Seen, all_passed, points
from guarantees.rules.states import ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day

MOST_TWINS_NAMED = 5


@transaction.atomic
def screen(*, application_id: int, by: Actor, at: datetime) -> AutoScreening | None:
    """Judge one submitted application by the rules, once. None where it is not one for them.

    Passed, it is in review with no reviewer yet; not passed, it waits for an officer with the points beside.
    Raises NotFound, NotAllowed.
    """
    application = locked_application(application_id, by)
    most = screening_policy_on(seoul_day(at)).auto_screening_up_to
    if application.state != ApplicationState.SUBMITTED or not 0 < (application.amount or 0) <= most:
        return None
    if AutoScreening.everything.filter(application=application).exists():
        return None
    state = application_step(application, ApplicationEvent.TAKE, by)
    found = points(_seen(application, at))
    kept = AutoScreening.everything.create(
        application=application,
        at=at,
        passed=all_passed(found),
        findings=[asdict(point) for point in found],
    )
    if kept.passed:
        application.state = state
        application.taken_at = application.auto_screened_at = application.changed_at = at
        application.save(update_fields=["state", "taken_at", "auto_screened_at", "changed_at"])
    detail = {"passed": kept.passed, "open": [point.code for point in found if not point.passed]}
    record(action="application.auto_screen", by=by, at=at, subject=application, detail=detail)
    return kept


def screen_waiting(*, by: Actor, at: datetime) -> int:
    """Judge what was handed in and not judged right after. Each in its own transaction. Returns how many."""
    most = screening_policy_on(seoul_day(at)).auto_screening_up_to
    waiting = Application.everything.filter(
        state=ApplicationState.SUBMITTED, amount__gt=0, amount__lte=most, auto_screenings__isnull=True
    )
    ids = list(waiting.order_by("submitted_at", "id").values_list("id", flat=True))
    return sum(screen(application_id=pk, by=by, at=at) is not None for pk in ids)


def _seen(application: Application, at: datetime) -> Seen:
    today = seoul_day(at)
    effect = effect_on(application, day=today)
    member_id = application.member_id
    claims = Claim.everything.filter(guarantee__member_id=member_id, state__in=OPEN_CLAIM)
    before = Guarantee.everything.filter(
        member_id=member_id, beneficiary_name=application.beneficiary_name
    ).exclude(state="cancelled")
    return Seen(
        is_trading=application.member.is_trading,
        findings=tuple(found.message for found in findings_of(application, today=today)),
        left=None if effect is None else _left(effect.after, effect.sub_after),
        open_claims=claims.count(),
        twins=tuple(str(other) for other in alike(application)[:MOST_TWINS_NAMED]),
        guaranteed_before=before.count(),
    )


def _left(after: int, sub_after: int | None) -> int:
    """The scarcer of the limit and the product's own share of it."""
    return after if sub_after is None else min(after, sub_after)
