"""One pass over the deliveries that are due: claim, commit, call, keep. Twice at once does no harm."""

import logging
from collections.abc import Callable
from datetime import datetime

from guarantees.actions import transmitting
from guarantees.documents import content_of
from guarantees.models import Delivery, DeliveryState, Guarantee
from guarantees.procurement.protocol import ProcurementSystem, Received, Refused, Standing, Transmission, Unclear
from guarantees.rules.delivery import EMAIL, PROCUREMENT
from portal.access import Actor
from portal.refusals import Refusal
from sms.models import Message
from sms.queries import state_of

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50  # the next pass is seconds away, and one pass must end within its task's time
LETTER_OUT = frozenset({"accepted", "delivered"})
LETTER_LOST = frozenset({"refused", "expired", "skipped", "undelivered"})


Step = Callable[..., None]


def deliver_due(*, now: Callable[[], datetime], system: ProcurementSystem, by: Actor) -> int:
    """Send what waits, ask after what was sent. Returns how many were looked at."""
    rows = Delivery.everything.filter(state__in=[DeliveryState.QUEUED, DeliveryState.SENT], next_at__lte=now())
    due = list(rows.order_by("next_at").values_list("pk", "state", "channel")[:MOST_AT_ONCE])
    for delivery_id, state, channel in due:
        step = STEPS[state, channel]
        try:
            step(delivery_id, now=now, system=system, by=by)
        except Refusal as refusal:  # a file that is damaged, a row that is gone: the others go on
            log.error("a delivery was not made: %s", type(refusal).__name__)
    return len(due)


def _send_letter(delivery_id: int, *, now: Callable[[], datetime], system: ProcurementSystem, by: Actor) -> None:
    transmitting.send_by_email(delivery_id=delivery_id, by=by, at=now())


def _transmit(delivery_id: int, *, now: Callable[[], datetime], system: ProcurementSystem, by: Actor) -> None:
    attempt = transmitting.begin(delivery_id=delivery_id, by=by, at=now())
    if attempt is None:
        return
    if attempt.was_tried:
        found = system.look_up(str(attempt.delivery.public_id))
        if isinstance(found, Standing):
            transmitting.keep_standing(delivery_id=delivery_id, standing=found, by=by, at=now())
            return
    outcome = _submit(attempt.delivery, system)
    transmitting.keep_outcome(delivery_id=delivery_id, outcome=outcome, by=by, at=now())


def _submit(delivery: Delivery, system: ProcurementSystem) -> Received | Refused | Unclear:
    try:
        return system.submit(_transmission(delivery, delivery.guarantee))
    except Refusal as refusal:  # the kept file is missing or damaged
        return Refused(refusal.message)


def _ask(delivery_id: int, *, now: Callable[[], datetime], system: ProcurementSystem, by: Actor) -> None:
    public_id = Delivery.everything.values_list("public_id", flat=True).get(pk=delivery_id)
    standing = system.look_up(str(public_id))
    transmitting.keep_standing(delivery_id=delivery_id, standing=standing, by=by, at=now())


def _look_at_letter(
    delivery_id: int, *, now: Callable[[], datetime], system: ProcurementSystem, by: Actor
) -> None:
    delivery = Delivery.everything.select_related("guarantee").get(pk=delivery_id)
    key = f"delivery_link:{delivery.guarantee.public_id}:{delivery.token_hash[:16]}:email"
    letter = Message.everything.filter(key=key).first()
    state = state_of([letter])[letter.pk] if letter else None
    trouble = (state.detail or state.label) if state and state.code in LETTER_LOST else ""
    is_out = state is None or state.code in LETTER_OUT
    transmitting.keep_letter(delivery_id=delivery_id, trouble=trouble, is_out=is_out, by=by, at=now())


STEPS: dict[tuple[str, str], Step] = {
    (DeliveryState.QUEUED, EMAIL): _send_letter,
    (DeliveryState.QUEUED, PROCUREMENT): _transmit,
    (DeliveryState.SENT, EMAIL): _look_at_letter,
    (DeliveryState.SENT, PROCUREMENT): _ask,
}


def _transmission(delivery: Delivery, guarantee: Guarantee) -> Transmission:
    """Raises NotKept or Damaged for a file that is not what was sealed."""
    return Transmission(
        key=str(delivery.public_id),
        is_bid=guarantee.product.family == "bid",
        guarantee_number=guarantee.number,
        reference_number=guarantee.contract_number,
        beneficiary_name=guarantee.beneficiary_name,
        beneficiary_number=guarantee.beneficiary_business_number,
        applicant_number=guarantee.member.business_number,
        amount=guarantee.amount,
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
        sha256=delivery.document.sha256,
        content=content_of(delivery.document),
    )
