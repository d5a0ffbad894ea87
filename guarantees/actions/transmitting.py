"""The steps of a delivery that leaves the house: the e-mail queued, the transmission begun and its outcome kept.

The network is called between `begin` and `keep_outcome`, by `guarantees.procurement.drain`, outside any
transaction. An attempt that dies in between is found again when its lease ends and asked after by its key.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guarantees import delivery_notices
from guarantees.actions.deliveries import close, forget_links, locked_delivery, note
from guarantees.deliveries import LIVE, SURELY_REFUSED
from guarantees.delivery_links import new_link
from guarantees.models import Delivery, DeliveryState, Guarantee
from guarantees.procurement.protocol import NotThere, Received, Refused, Standing, Unclear
from guarantees.rules.delivery import (
    ASK_EVERY,
    EMAIL,
    LEASE,
    PROCUREMENT,
    Event,
    accepted_by_sending,
    may_return,
    next_attempt,
    next_state,
)
from portal.access import Actor
from portal.audit.trail import record
from sms.outbox import queue

NOT_NEEDED = "보증이 해제·취소되었거나 새 보증서로 대체되어 보내지 않았습니다."
NO_ANSWER = (
    "여러 번 시도했지만 전자조달시스템의 응답을 받지 못했습니다. 도착했을 수도 있으니 발주자에게 확인해 주세요."
)
SYSTEM_SAYS = "전자조달시스템"


@dataclass(frozen=True)
class Attempt:
    """A transmission that may begin. `was_tried` asks for the key to be looked up first."""

    delivery: Delivery
    was_tried: bool


@transaction.atomic
def send_by_email(*, delivery_id: int, by: Actor, at: datetime) -> bool:
    """QUEUED to SENT: the letter with the link lies in the outbox. False where there was nothing to send."""
    delivery = _due(delivery_id, EMAIL, by, at)
    if delivery is None:
        return False
    delivery.state, delivery.sent_at = next_state(delivery.state, Event.SEND), at
    delivery.attempts, delivery.next_at = delivery.attempts + 1, at + ASK_EVERY
    delivery.save(update_fields=["state", "sent_at", "attempts", "next_at"])
    new_link(delivery, at=at)
    note(delivery, "sent", at=at)
    _record("send", delivery, by, at)
    return True


@transaction.atomic
def begin(*, delivery_id: int, by: Actor, at: datetime) -> Attempt | None:
    """Claim one attempt for LEASE; None where another has it or it is not to be sent any more.

    From here on a bid guarantee cannot be cancelled: the row of the guarantee is locked while this is written.
    """
    delivery = _due(delivery_id, PROCUREMENT, by, at)
    if delivery is None:
        return None
    was_tried = delivery.attempts > 0
    delivery.attempts, delivery.next_at = delivery.attempts + 1, at + LEASE
    delivery.save(update_fields=["attempts", "next_at"])
    return Attempt(delivery, was_tried)


@transaction.atomic
def keep_outcome(*, delivery_id: int, outcome: Received | Refused | Unclear, by: Actor, at: datetime) -> Delivery:
    """What the system said to an attempt: SENT, FAILED for good, or once more later."""
    delivery = locked_delivery(delivery_id, by)
    if delivery.state != DeliveryState.QUEUED:
        return delivery
    if isinstance(outcome, Received):
        _keep_receipt(delivery, outcome.reference, by, at)
    elif isinstance(outcome, Refused):
        note(delivery, SURELY_REFUSED, at=at, text=outcome.message)
        _fail(delivery, outcome.message, by, at)
    elif (again := next_attempt(delivery.attempts, at)) is not None:
        delivery.next_at = again
        delivery.save(update_fields=["next_at"])
        note(delivery, "unclear", at=at, text=outcome.reason)
    else:
        note(delivery, "unclear", at=at, text=outcome.reason)
        _fail(delivery, NO_ANSWER, by, at)
    return delivery


@transaction.atomic
def keep_standing(
    *, delivery_id: int, standing: Standing | NotThere | Unclear, by: Actor, at: datetime
) -> Delivery:
    """What the buyer's officer did, as the system tells it. Told twice, or too late, it changes nothing."""
    delivery = locked_delivery(delivery_id, by)
    if delivery.state == DeliveryState.QUEUED and isinstance(standing, Standing):
        _keep_receipt(delivery, standing.reference, by, at)  # the answer to the sending was lost
    if delivery.state != DeliveryState.SENT:
        return delivery
    if not isinstance(standing, Standing) or standing.state == "waiting":
        delivery.next_at = at + ASK_EVERY
        delivery.save(update_fields=["next_at"])
    elif standing.state == "accepted":
        answer(delivery, Event.ACCEPT, who=standing.by or SYSTEM_SAYS, reason="", by=by, at=at)
    elif may_return(delivery.guarantee.product.family):
        answer(delivery, Event.RETURN, who=standing.by or SYSTEM_SAYS, reason=standing.reason, by=by, at=at)
    return delivery


@transaction.atomic
def keep_letter(*, delivery_id: int, trouble: str, is_out: bool, by: Actor, at: datetime) -> Delivery:
    """What became of the letter with the link: refused (`trouble` says why), out, or not known yet."""
    delivery = locked_delivery(delivery_id, by)
    if delivery.state != DeliveryState.SENT or delivery.channel != EMAIL:
        return delivery
    if trouble:
        _fail(delivery, f"이메일이 도착하지 않았습니다: {trouble}", by, at)
        forget_links([delivery])
    else:
        delivery.next_at = None if is_out else at + ASK_EVERY
        delivery.save(update_fields=["next_at"])
    return delivery


def answer(delivery: Delivery, event: Event, *, who: str, reason: str, by: Actor, at: datetime) -> None:
    """ACCEPTED or RETURNED with its evidence, in the caller's transaction; member and officer are told."""
    delivery.state = next_state(delivery.state, event)
    delivery.answered_at, delivery.answered_by = at, who[:60]
    delivery.return_reason, delivery.next_at = reason[:300], None
    delivery.save(update_fields=["state", "answered_at", "answered_by", "return_reason", "next_at"])
    is_accepted = event is Event.ACCEPT
    note(
        delivery,
        "accepted" if is_accepted else "returned",
        at=at,
        text=f"{who} {reason}".strip(),
        address=by.address,
    )
    queue((delivery_notices.accepted if is_accepted else delivery_notices.returned)(delivery), at=at)
    detail = {"delivery": str(delivery.public_id), "who": who, "reason": reason}
    record(action=f"delivery.{event.value}", by=by, at=at, subject=delivery.guarantee, detail=detail)


def _due(delivery_id: int, channel: str, by: Actor, at: datetime) -> Delivery | None:
    """The delivery, locked, if it is still to be sent this way now; one that is not needed any more ends."""
    delivery = locked_delivery(delivery_id, by)
    is_due = delivery.next_at is not None and delivery.next_at <= at
    if delivery.state != DeliveryState.QUEUED or delivery.channel != channel or not is_due:
        return None
    if delivery.document.superseded_at is not None or not _lives(delivery.guarantee):
        close(delivery, event=Event.REPLACE, why=NOT_NEEDED, at=at)
        return None
    return delivery


def _lives(guarantee: Guarantee) -> bool:
    return guarantee.state in LIVE


def _keep_receipt(delivery: Delivery, reference: str, by: Actor, at: datetime) -> None:
    delivery.state, delivery.sent_at = next_state(delivery.state, Event.SEND), at
    delivery.provider_reference, delivery.next_at = reference, at + ASK_EVERY
    delivery.save(update_fields=["state", "sent_at", "provider_reference", "next_at"])
    note(delivery, "sent", at=at, text=reference)
    _record("send", delivery, by, at)
    if accepted_by_sending(delivery.guarantee.product.family, delivery.channel):
        answer(delivery, Event.ACCEPT, who=SYSTEM_SAYS, reason="", by=by, at=at)


def _fail(delivery: Delivery, why: str, by: Actor, at: datetime) -> None:
    close(delivery, event=Event.FAIL, why=why, at=at)
    queue(delivery_notices.failed(delivery), at=at)
    _record("fail", delivery, by, at)


def _record(verb: str, delivery: Delivery, by: Actor, at: datetime) -> None:
    detail = {"delivery": str(delivery.public_id), "channel": delivery.channel, "attempt": delivery.attempts}
    record(action=f"delivery.{verb}", by=by, at=at, subject=delivery.guarantee, detail=detail)
