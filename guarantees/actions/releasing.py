"""Releasing a guarantee: nothing is owed under it any more, and the limit is free again (S23)."""

from datetime import datetime

from django.db import transaction

from guarantees import notices
from guarantees.actions.rows import NotAllowed, guarantee_step, locked_guarantee
from guarantees.models import Guarantee
from guarantees.rules.states import GuaranteeEvent, GuaranteeState
from portal.access import Actor
from portal.audit.trail import history, record
from portal.refusals import Refusal
from sms.outbox import queue

LONGEST_REASON = 200


class AlreadyReleased(Refusal):
    """Someone released it meanwhile."""

    def __init__(self, name: str) -> None:
        super().__init__(f"이미 {name}님이 해제했습니다. 화면을 새로 고쳐 확인해 주세요.")


class NoReleaseReason(Refusal):
    """A release without evidence."""

    message = "해제 사유가 비어 있습니다. 무엇으로 이행 완료를 확인했는지 적어 주세요."


@transaction.atomic
def release(*, guarantee_id: int, by: Actor, at: datetime, reason: str) -> Guarantee:
    """ACTIVE or EXPIRED to RELEASED, the end; whoever applied for it is told.

    The portal itself may release only products that release themselves.
    Raises NotFound, AlreadyReleased, NotNow, NotAllowed, NoReleaseReason.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    if guarantee.state == GuaranteeState.RELEASED:
        raise AlreadyReleased(_who_released(guarantee))
    state = guarantee_step(guarantee, GuaranteeEvent.RELEASE, by)
    if by.user_id is None and not guarantee.product.auto_release:
        raise NotAllowed
    given = reason.strip()[:LONGEST_REASON]
    if not given:
        raise NoReleaseReason
    outstanding = guarantee.outstanding
    guarantee.state = state
    guarantee.outstanding = 0
    guarantee.released_at = at
    guarantee.release_reason = given
    guarantee.save(update_fields=["state", "outstanding", "released_at", "release_reason"])
    drafts = notices.released(guarantee)
    queue(drafts, at=at)
    detail = {"outstanding": outstanding, "reason": given, "told": [draft.channel for draft in drafts]}
    record(action="guarantee.release", by=by, at=at, subject=guarantee, detail=detail)
    return guarantee


def _who_released(guarantee: Guarantee) -> str:
    event = history(guarantee).filter(action="guarantee.release").last()
    return event.actor_name if event else "다른 담당자"
