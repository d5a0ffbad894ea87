"""Releasing a guarantee, in part or in whole: so much less is owed under it, and the limit is free again (S23)."""

from datetime import date, datetime

from django.db import transaction

from guarantees import release_notices
from guarantees.actions.early_refunds import refund_early
from guarantees.actions.ended_changes import end_open_changes
from guarantees.actions.limits import NoLimit, lock_limit
from guarantees.actions.rows import (
    NotAllowed,
    NotFound,
    guarantee_step,
    locked_guarantee,
    refuse_open_claim,
)
from guarantees.models import Guarantee, GuaranteeRelease, ReleaseRequest, RequestState
from guarantees.releases import due_automatically
from guarantees.rules.releasing import GROUND_LABELS, PERIOD_ENDED, grounds_for, part_lacks
from guarantees.rules.states import GuaranteeEvent, GuaranteeState
from portal.access import Actor
from portal.audit.trail import history, record
from portal.refusals import Refusal
from sms.outbox import queue

LONGEST_REASON = 200
LONGEST_NOTE = 300
CHUNK = 500


class AlreadyReleased(Refusal):
    """Someone released it meanwhile."""

    def __init__(self, name: str) -> None:
        super().__init__(f"이미 {name}님이 해제했습니다. 화면을 새로 고쳐 확인해 주세요.")


class NoReleaseReason(Refusal):
    """A release without evidence."""

    message = "해제 사유가 비어 있습니다. 무엇으로 이행 완료를 확인했는지 적어 주세요."


class WrongGround(Refusal):
    """The ground does not belong to this kind of guarantee."""

    message = "이 보증 종류에는 쓸 수 없는 해제 사유입니다. 다른 사유를 골라 주세요."


class NoPart(Refusal):
    """The amount is not a part of what is outstanding, or the ground allows no part."""


class RequestAnswered(Refusal):
    """The request was answered or withdrawn meanwhile."""

    def __init__(self, request: ReleaseRequest) -> None:
        super().__init__(
            f"이 해제 요청은 이미 ‘{request.get_state_display()}’ 상태입니다. 화면을 새로 고쳐 확인해 주세요."
        )


@transaction.atomic
def release(
    *, guarantee_id: int, ground: str, note: str, by: Actor, at: datetime, request_id: int | None = None
) -> Guarantee:
    """ACTIVE or EXPIRED to RELEASED, the end; whoever applied for it is told, and what is open is answered.

    The portal itself may release only products that release themselves. `ground` is a key of GROUND_LABELS.
    Raises NotFound, AlreadyReleased, NotNow, NotAllowed, OpenClaim, WrongGround, NoReleaseReason, RequestAnswered.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    refuse_released(guarantee)
    state = guarantee_step(guarantee, GuaranteeEvent.RELEASE, by)
    if by.user_id is None and not guarantee.product.auto_release:
        raise NotAllowed
    refuse_open_claim(guarantee)
    reason = _reason(guarantee, ground, note)
    answered = _open_request(guarantee, request_id)
    _lock_limit(guarantee.member_id)
    end_open_changes(guarantee, why="보증 해제", by=by, at=at)
    before, was_active = guarantee.outstanding, guarantee.state == GuaranteeState.ACTIVE
    guarantee.state = state
    guarantee.outstanding = 0
    guarantee.released_at = at
    guarantee.release_reason = reason[:LONGEST_REASON]
    guarantee.save(update_fields=["state", "outstanding", "released_at", "release_reason"])
    done = _write_down(guarantee, ground, note, before, answered, by, at)
    refunded = refund_early(guarantee, done, by=by, at=at) if was_active else 0
    drafts = release_notices.released(guarantee, by_itself=ground == PERIOD_ENDED)
    queue(drafts, at=at)
    detail = {
        "outstanding": before,
        "reason": reason,
        "refund": refunded,
        "told": [draft.channel for draft in drafts],
    }
    record(action="guarantee.release", by=by, at=at, subject=guarantee, detail=detail)
    return guarantee


@transaction.atomic
def release_partly(
    *,
    guarantee_id: int,
    ground: str,
    amount: int,
    note: str,
    by: Actor,
    at: datetime,
    request_id: int | None = None,
) -> Guarantee:
    """So many won less outstanding, the state as it was; 0 < amount < outstanding.

    The settlement of an advance (선급금 정산) is one. A request for all of it stays open, for the rest.
    Raises NotFound, AlreadyReleased, NotNow, NotAllowed, OpenClaim, WrongGround, NoPart, NoReleaseReason,
    RequestAnswered.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    refuse_released(guarantee)
    guarantee_step(guarantee, GuaranteeEvent.RELEASE_PARTLY, by)
    refuse_open_claim(guarantee)
    reason = _reason(guarantee, ground, note)
    for lack in part_lacks(ground, amount, guarantee.outstanding):
        raise NoPart(lack.message)
    answered = _open_request(guarantee, request_id)
    if answered is not None and (answered.amount is None or (request_id is None and answered.amount != amount)):
        answered = None  # it asked for more, or for something else, and still waits
    _lock_limit(guarantee.member_id)
    guarantee.outstanding -= amount
    guarantee.save(update_fields=["outstanding"])
    done = _write_down(guarantee, ground, note, amount, answered, by, at)
    drafts = release_notices.released_partly(guarantee, done)
    queue(drafts, at=at)
    detail = {
        "amount": amount,
        "outstanding": guarantee.outstanding,
        "reason": reason,
        "told": [draft.channel for draft in drafts],
    }
    record(action="guarantee.release_partly", by=by, at=at, subject=guarantee, detail=detail)
    return guarantee


def release_ended(*, today: date, by: Actor, at: datetime) -> int:
    """Release what releases itself (bid, defect) and ended before `today`. Returns how many were released.

    Each in its own transaction, so that a stop in between leaves the others done; missed nights are made up
    for. What a claim came upon in the last moment is left.
    """
    last, released = 0, 0
    while ids := list(
        due_automatically(today).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        last = ids[-1]
        released += sum(_release_ended(guarantee_id, by, at) for guarantee_id in ids)
    return released


def _release_ended(guarantee_id: int, by: Actor, at: datetime) -> bool:
    try:
        release(guarantee_id=guarantee_id, ground=PERIOD_ENDED, note="", by=by, at=at)
    except Refusal:
        return False
    return True


def refuse_released(guarantee: Guarantee) -> None:
    """Raises AlreadyReleased with the name of who did it. The caller holds the guarantee's row."""
    if guarantee.state == GuaranteeState.RELEASED:
        event = history(guarantee).filter(action="guarantee.release").last()
        raise AlreadyReleased(event.actor_name if event else "다른 담당자")


def _reason(guarantee: Guarantee, ground: str, note: str) -> str:
    """Ground and note in one sentence. A person always says how he made sure."""
    if ground == PERIOD_ENDED:
        return GROUND_LABELS[ground]
    grounds, given = grounds_for(guarantee.product.family), note.strip()
    if ground not in grounds:
        raise WrongGround
    if not given:
        raise NoReleaseReason
    return f"{grounds[ground]}: {given}"


def _open_request(guarantee: Guarantee, request_id: int | None) -> ReleaseRequest | None:
    """The request that is answered: the one named, else whichever is open. The guarantee's row is held."""
    requests = guarantee.release_requests.select_for_update(of=("self",))
    if request_id is None:
        return requests.filter(state=RequestState.OPEN).first()
    found = requests.filter(pk=request_id).first()
    if found is None:
        raise NotFound
    if found.state != RequestState.OPEN:
        raise RequestAnswered(found)
    return found


def _lock_limit(member_id: int) -> None:
    """Nobody reads the member's position while it changes. Of a member without a limit nobody does."""
    try:
        lock_limit(member_id)
    except NoLimit:
        return


def _write_down(
    guarantee: Guarantee,
    ground: str,
    note: str,
    amount: int,
    answered: ReleaseRequest | None,
    by: Actor,
    at: datetime,
) -> GuaranteeRelease:
    if answered is not None:
        answered.state = RequestState.DONE
        answered.closed_at = at
        answered.closed_by_id = by.user_id
        answered.save(update_fields=["state", "closed_at", "closed_by"])
    return GuaranteeRelease.everything.create(
        guarantee=guarantee,
        request=answered,
        ground=ground,
        note=note.strip()[:LONGEST_NOTE],
        amount=amount,
        outstanding_after=guarantee.outstanding,
        at=at,
        by_id=by.user_id,
    )
