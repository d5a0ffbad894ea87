"""What an early release gives back of the fee, where the cooperative's terms say so (DOMAIN §2.4)."""

from datetime import datetime

from django.db.models import Q

from guarantees.actions.refunds import left_of, queue_refund
from guarantees.models import Guarantee, GuaranteeRelease, Payment, PaymentMethod, PaymentState, RefundGround
from guarantees.policies import screening_policy_on
from guarantees.rules.fee import RefundPolicy, release_refund
from portal.access import Actor
from portal.clock import seoul_day


def refund_early(guarantee: Guarantee, release: GuaranteeRelease, *, by: Actor, at: datetime) -> int:
    """Queue the refund for the days not used and return its won; 0 when the terms give nothing back.

    Taken from the latest payment first, none of which gives back more than is left of it. Post-pay was not
    paid here.
    """
    day = seoul_day(at)
    if not screening_policy_on(day).refunds_pro_rata:
        return 0
    left = {payment: left_of(payment) for payment in _payments(guarantee)}
    due = refund = release_refund(
        sum(left.values()),
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
        released_on=day,
        policy=RefundPolicy.PRO_RATA,
    )
    for payment, most in left.items():
        part = min(due, most)
        if part:
            key = f"release:{release.pk}:{payment.pk}"
            queue_refund(payment=payment, ground=RefundGround.RELEASED, amount=part, key=key, by=by, at=at)
        due -= part
    return refund


def _payments(guarantee: Guarantee) -> list[Payment]:
    own = Q(endorsement__guarantee=guarantee)
    if guarantee.application_id is not None:
        own |= Q(application_id=guarantee.application_id)
    paid = Payment.everything.filter(own, state=PaymentState.PAID).exclude(method=PaymentMethod.POST_PAY)
    return list(paid.order_by("-id"))
