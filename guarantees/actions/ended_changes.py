"""A change (배서) that can no longer take effect: it ends, its order closes, what was paid for it goes back."""

from datetime import datetime

from guarantees.actions.payments import close
from guarantees.actions.refunds import left_of, queue_refund
from guarantees.models import Endorsement, EndorsementState, Guarantee, PaymentState, RefundGround
from guarantees.payables import WAITING
from portal.access import Actor
from portal.audit.trail import record

OPEN_CHANGE = (EndorsementState.REQUESTED, EndorsementState.APPROVED)


def end_open_changes(guarantee: Guarantee, *, why: str, by: Actor, at: datetime) -> int:
    """End the change the guarantee waits for, if any: it is over itself. Returns how many ended.

    The caller holds the guarantee's row.
    """
    rows = list(guarantee.endorsements.select_for_update(of=("self",)).filter(state__in=OPEN_CHANGE))
    for endorsement in rows:
        end_change(endorsement, why=why, by=by, at=at)
    return len(rows)


def end_change(endorsement: Endorsement, *, why: str, by: Actor, at: datetime) -> None:
    """WITHDRAWN with `why`, which the member reads. The caller holds the guarantee's and the change's rows."""
    endorsement.state = EndorsementState.WITHDRAWN
    endorsement.decision_note = why or endorsement.decision_note
    endorsement.save(update_fields=["state", "decision_note"])
    for payment in endorsement.payments.select_for_update(of=("self",)):
        if payment.state in WAITING:
            close(payment, PaymentState.CANCELLED, why, at)
        elif payment.state == PaymentState.PAID and (back := left_of(payment)) > 0:
            key = f"ended:{payment.public_id}"
            queue_refund(payment=payment, ground=RefundGround.ENDORSED, amount=back, key=key, by=by, at=at)
    record(action="endorsement.withdraw", by=by, at=at, subject=endorsement, detail={"note": why})
