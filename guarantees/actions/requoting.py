"""Quoting the fee anew when the rate, or the member's surcharge or discount, changed after the submission.

At the approval it happens by itself. After it the member sees old and new fee and goes on with the new one;
once he has signed, the fee stays what he signed.
"""

from datetime import datetime

from django.db import transaction

from guarantees.actions.rows import NotAllowed, locked_application, not_now
from guarantees.models import Application
from guarantees.quotes import FeeChange, pin, requote
from guarantees.rules.states import MEMBER, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.refusals import Refusal


class FeeChanged(Refusal):
    """The fee the page shows rests on a rate that is no longer in force."""

    message = "그사이 요율이 바뀌어 보증료가 달라졌습니다. 서명 화면을 다시 열어 새 보증료를 확인해 주세요."


def requote_now(application: Application, *, by: Actor, at: datetime) -> FeeChange | None:
    """Pin the rate and adjustment of the day, if they are not those pinned. The caller holds the row."""
    fresh = requote(application, day=seoul_day(at))
    if fresh is None:
        return None
    change = FeeChange(application.quoted_fee or 0, fresh.fee)
    application.save(update_fields=pin(application, fresh))
    detail = {
        "fee": [change.before, change.after],
        "terms": fresh.terms.effective_from.isoformat(),
        "add_ppm": fresh.add_ppm,
        "disc_bp": fresh.disc_bp,
    }
    record(action="application.requote", by=by, at=at, subject=application, detail=detail)
    return change


@transaction.atomic
def accept_fee(*, application_id: int, by: Actor, at: datetime) -> FeeChange | None:
    """The member goes on with the fee of today, before he signs. None where nothing changed.

    Raises NotFound, NotAllowed, NotNow.
    """
    application = locked_application(application_id, by)
    if not by.roles & MEMBER:
        raise NotAllowed
    if application.state != ApplicationState.APPROVED:
        raise not_now(application)
    return requote_now(application, by=by, at=at)
