"""취소: a guarantee never needed is undone: fee back, limit free, earned call taken back (DOMAIN §2.5, §6.1)."""

from datetime import datetime

from django.db import transaction

from guarantees import endorsement_notices
from guarantees.actions.deliveries import stop_deliveries
from guarantees.actions.ended_changes import end_open_changes
from guarantees.actions.limits import lock_limit
from guarantees.actions.refunds import left_of, queue_refund
from guarantees.actions.rows import guarantee_step, locked_guarantee, refuse_open_claim
from guarantees.actions.screening import require_authority
from guarantees.deliveries import is_irrevocable
from guarantees.models import Guarantee, Payment, PaymentMethod, RefundGround
from guarantees.rules.delivery import PROCUREMENT
from guarantees.rules.states import GuaranteeEvent
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.refusals import Refusal
from sms.actions.mileage import claw_back
from sms.outbox import queue

LONGEST_REASON = 200
NOT_YET_COLLECTED = "후납입니다. 아직 걷지 않았으면 청구에서 빼 주세요."


class Accepted(Refusal):
    """The beneficiary holds the document."""

    message = "보증채권자가 이미 접수한 보증이라 취소할 수 없습니다. 보증서를 돌려받았다면 해제로 처리해 주세요."


class BidTransmitted(Refusal):
    """A bid guarantee that reached the procurement system stands."""

    message = "전자조달시스템에 전송한 입찰보증은 취소할 수 없습니다. 보증기간이 끝나면 자동으로 해제됩니다."


class NoReason(Refusal):
    """A cancellation without a reason."""

    message = "취소 사유가 비어 있습니다. 왜 취소하는지 적어 주세요."


@transaction.atomic
def cancel(*, guarantee_id: int, reason: str, by: Actor, at: datetime) -> Guarantee:
    """ACTIVE to CANCELLED, the end. What was paid goes back whole.

    Raises NotFound, NotNow, NotAllowed, BeyondAuthority, OpenClaim, Accepted, BidTransmitted, NoReason.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    state = guarantee_step(guarantee, GuaranteeEvent.CANCEL, by)
    refuse_open_claim(guarantee)
    require_authority(amount=guarantee.amount, reviewer_id=None, by=by, day=seoul_day(at))
    _refuse_handed_over(guarantee)
    given = reason.strip()[:LONGEST_REASON]
    if not given:
        raise NoReason
    lock_limit(guarantee.member_id)
    outstanding = guarantee.outstanding
    guarantee.state, guarantee.outstanding = state, 0
    guarantee.cancelled_at, guarantee.cancel_reason = at, given
    guarantee.save(update_fields=["state", "outstanding", "cancelled_at", "cancel_reason"])
    refunded = _give_back(guarantee, by, at)
    _close_what_is_open(guarantee, by, at)
    calls = claw_back(source=f"guarantee:{guarantee.public_id}", at=at)
    drafts = endorsement_notices.cancelled(guarantee, refunded=refunded)
    queue(drafts, at=at)
    detail = {
        "outstanding": outstanding, "reason": given, "refund": refunded, "calls": -calls,
        "told": [draft.channel for draft in drafts],
    }  # fmt: skip
    record(action="guarantee.cancel", by=by, at=at, subject=guarantee, detail=detail)
    return guarantee


def _refuse_handed_over(guarantee: Guarantee) -> None:
    if not is_irrevocable(guarantee):
        return
    if guarantee.product.family == "bid" and guarantee.deliveries.filter(channel=PROCUREMENT).exists():
        raise BidTransmitted
    raise Accepted


def _close_what_is_open(guarantee: Guarantee, by: Actor, at: datetime) -> None:
    """Nothing may go on with a guarantee that is no more: changes, release requests, deliveries."""
    end_open_changes(guarantee, why="보증 취소", by=by, at=at)
    guarantee.release_requests.filter(state="open").update(
        state="withdrawn", closed_at=at, closed_by_id=by.user_id
    )
    stop_deliveries(guarantee=guarantee, why="보증 취소", by=by, at=at)


def _give_back(guarantee: Guarantee, by: Actor, at: datetime) -> int:
    """Queue a refund of every won still held for the guarantee and its changes; the sum in won."""
    paid = Payment.everything.filter(state="paid")
    payments = paid.filter(application_id=guarantee.application_id) if guarantee.application_id else paid.none()
    total = 0
    for payment in [*payments, *paid.filter(endorsement__guarantee=guarantee)]:
        back = left_of(payment)
        if back <= 0:
            continue
        queue_refund(
            payment=payment, ground=RefundGround.CANCELLED, amount=back, key=f"cancel:{payment.public_id}",
            by=by, at=at, note=NOT_YET_COLLECTED if payment.method == PaymentMethod.POST_PAY else "",
        )  # fmt: skip
        total += back
    return total
