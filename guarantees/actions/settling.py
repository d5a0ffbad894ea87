"""What the bank knows of an order becomes rows of ours: once, whoever told us and however often (S07).

Levels are compared, not notifications counted: new money is what the provider received in all, less what we have
booked. A callback twice, a poll beside it, or a callback before our own OPEN was committed end the same.
"""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Sum

from guarantees import payment_notices
from guarantees.actions.endorsing import finish_paid
from guarantees.actions.issuing import issue_paid
from guarantees.actions.payments import (
    TooLateToPay,
    close,
    locked_payment,
    mark_fee_paid,
    owed_for_endorsement,
    received,
)
from guarantees.actions.refunds import MONEY, queue_refund
from guarantees.actions.rows import NotFound, application_step, locked_application, locked_guarantee
from guarantees.models import (
    Application,
    Endorsement,
    EndorsementState,
    EventOutcome,
    Payment,
    PaymentEvent,
    PaymentState,
)
from guarantees.payables import WAITING
from guarantees.payments.provider import Order, OrderStatus
from guarantees.rules.payments import Deposit, Verdict, judge
from guarantees.rules.states import ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal
from portal.won import format_won
from sms.outbox import queue

log = logging.getLogger(__name__)

# What becomes of an order that waited, when its money goes back.
CLOSED_BY: dict[Verdict, PaymentState] = {
    Verdict.WRONG_AMOUNT: PaymentState.FAILED,
    Verdict.LATE: PaymentState.EXPIRED,
    Verdict.SURPLUS: PaymentState.CANCELLED,
}


def take_in(*, payment_id: int, order: Order, by: Actor, at: datetime) -> EventOutcome:
    """Settle, and where that paid the fee go on with what waited for it."""
    outcome = settle(payment_id=payment_id, order=order, by=by, at=at)
    if outcome == EventOutcome.PAID:
        finish(payment_id=payment_id, by=by, at=at)
    return outcome


@transaction.atomic
def settle(*, payment_id: int, order: Order, by: Actor, at: datetime) -> EventOutcome:
    """Book what `order` shows. PAID and the application's step, or the money's way back, in one transaction."""
    payment = locked_payment(payment_id, by)
    booked = payment.events.filter(outcome__in=MONEY).aggregate(total=Sum("amount"))["total"] or 0
    fresh = order.received - booked
    if fresh <= 0:
        return _nothing_new(payment, order, at)
    verdict = judge(
        Deposit(
            amount=fresh,
            due=payment.amount,
            at=order.paid_at or at,
            until=payment.payable_until,
            is_open=payment.state in WAITING,
            is_wanted=_is_wanted(payment),
            is_paid=_is_paid(payment),
        )
    )
    outcome = EventOutcome(verdict.value)
    PaymentEvent.everything.create(
        provider=payment.provider,
        key=_level(order),
        payment=payment,
        order_id=payment.order_id,
        kind="deposit",
        amount=fresh,
        outcome=outcome,
        at=at,
    )
    if verdict is Verdict.PAID:
        _pay(payment, order, by, at)
    else:
        _send_back(payment, order, verdict, fresh, by, at)
    return outcome


def _pay(payment: Payment, order: Order, by: Actor, at: datetime) -> None:
    payment.state, payment.paid_at = PaymentState.PAID, order.paid_at or at
    payment.provider_key, payment.provider_secret = order.key, order.secret
    payment.save(update_fields=["state", "paid_at", "provider_key", "provider_secret"])
    detail = {"order": payment.order_id, "amount": payment.amount, "method": payment.method}
    record(action="payment.paid", by=by, at=at, subject=payment, detail=detail)
    if payment.application_id is not None:
        application = locked_application(payment.application_id, by)
        state = application_step(application, ApplicationEvent.PAY, by)
        mark_fee_paid(application, state, payment, by, at)


def _send_back(payment: Payment, order: Order, verdict: Verdict, amount: int, by: Actor, at: datetime) -> None:
    """The order ends where it waited, and what came goes back."""
    if payment.state in WAITING:
        close(payment, CLOSED_BY[verdict], _why(verdict, amount), at)
    refund = queue_refund(payment=payment, ground=verdict.value, amount=amount, key=_level(order), by=by, at=at)
    drafts = payment_notices.money_returned(refund, verdict.value)
    queue(drafts, at=at)
    detail = {"order": payment.order_id, "amount": amount, "due": payment.amount, "outcome": verdict.value}
    record(action="payment.send_back", by=by, at=at, subject=payment, detail=detail)


def _why(verdict: Verdict, amount: int) -> str:
    return {
        Verdict.WRONG_AMOUNT: f"입금하신 금액({format_won(amount)})이 보증료와 달라 돌려드립니다.",
        Verdict.LATE: "납부 기한이 지난 뒤 입금되어 돌려드립니다.",
        Verdict.SURPLUS: "이미 납부된 보증료가 다시 입금되어 돌려드립니다.",
    }[verdict]


def _nothing_new(payment: Payment, order: Order, at: datetime) -> EventOutcome:
    """No new money: an order that ended at the bank ends here; anything else changes nothing."""
    if order.status is OrderStatus.CLOSED:
        if payment.state in WAITING:
            is_over = payment.payable_until is not None and at > payment.payable_until
            state = PaymentState.EXPIRED if is_over else PaymentState.CANCELLED
            close(payment, state, "" if is_over else "은행에서 납부가 취소되었습니다.", at)
        keep_closed(payment, at)
        return EventOutcome.CANCELLED
    if payment.state != PaymentState.PAID:
        return EventOutcome.NOTED
    _keep_once(payment, f"again:{_level(order)}", "deposit", EventOutcome.REPEATED, at)
    return EventOutcome.REPEATED


def keep_closed(payment: Payment, at: datetime) -> None:
    """That nobody can pay this order at the bank any more."""
    _keep_once(payment, closed_key(payment), "closed", EventOutcome.CANCELLED, at)


def _keep_once(payment: Payment, key: str, kind: str, outcome: EventOutcome, at: datetime) -> None:
    PaymentEvent.everything.get_or_create(
        provider=payment.provider,
        key=key,
        defaults={"payment": payment, "order_id": payment.order_id, "kind": kind, "outcome": outcome, "at": at},
    )


def closed_key(payment: Payment) -> str:
    """The key of the event that says the bank's side of the order is over."""
    return f"closed:{payment.order_id}"


def _level(order: Order) -> str:
    return f"received:{order.order_id}:{order.received}"


def _is_wanted(payment: Payment) -> bool:
    """Whether what is to be paid still waits for it. The caller holds its row."""
    if payment.application_id is not None:
        state = Application.everything.values_list("state", flat=True).get(pk=payment.application_id)
        return bool(state == ApplicationState.SIGNED)
    return payment.endorsement is not None and payment.endorsement.state == EndorsementState.APPROVED


def _is_paid(payment: Payment) -> bool:
    """By this order or by another for the same thing."""
    same = {"application": payment.application_id, "endorsement": payment.endorsement_id}
    return Payment.everything.filter(state=PaymentState.PAID, **same).exists()


def finish(*, payment_id: int, by: Actor, at: datetime) -> bool:
    """Go on with what the fee was paid for: the guarantee, or its changed version. Repeated, it is done once.

    What fails now is logged and tried again by a task; the money is booked either way.
    """
    payment = Payment.everything.get(pk=payment_id)
    try:
        if payment.application_id is not None:
            issue_paid(application_id=payment.application_id, by=by, at=at)
        elif payment.endorsement_id is not None:
            finish_paid(endorsement_id=payment.endorsement_id, by=by, at=at)
    except Refusal as refusal:
        log.warning("payment %s is booked but what it paid for waits: %s", payment.order_id, refusal.message)
        return False
    except (DatabaseError, OSError):
        log.exception("payment %s is booked but what it paid for failed", payment.order_id)
        return False
    return True


def finish_left_behind(*, by: Actor, at: datetime) -> int:
    """Changes that are paid and not in effect yet. Applications have their own sweep in `issuing`."""
    left = Payment.everything.filter(state=PaymentState.PAID, endorsement__state=EndorsementState.APPROVED)
    return sum(finish(payment_id=pk, by=by, at=at) for pk in list(left.values_list("pk", flat=True)))


class NothingToReceive(Refusal):
    """A change that costs nothing."""

    message = "추가로 받을 보증료가 없는 변경입니다. 화면을 새로 고쳐 지금 상태를 확인해 주세요."


@transaction.atomic
def receive_for_endorsement(*, endorsement_id: int, method: str, by: Actor, at: datetime) -> Payment:
    """The cost of an approved change, received by the branch; the change takes effect at once.

    Confirmed twice, it is paid once. Raises NotFound, NotAllowed, NothingToReceive, TooLateToPay,
    NoPostPay, and as `endorsing.finish_paid`.
    """
    seen = Endorsement.everything.within(by.scope).filter(pk=endorsement_id).first()
    if seen is None:
        raise NotFound
    locked_guarantee(seen.guarantee_id, by)
    endorsement = Endorsement.everything.select_for_update(of=("self",)).get(pk=endorsement_id)
    owed = owed_for_endorsement(endorsement)
    if endorsement.fee_delta <= 0:
        raise NothingToReceive
    if endorsement.state not in (EndorsementState.APPROVED, EndorsementState.DONE):
        raise TooLateToPay
    payment = received(owed, method, by, at)
    finish_paid(endorsement_id=endorsement_id, by=by, at=at)
    return payment
