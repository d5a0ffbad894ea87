"""Money going back: decided once for each cause, sent with one key, asked about when unclear (S07, DOMAIN §2.4).

A refund is QUEUED in the transaction of its cause. `send_due` claims it, speaks to the provider outside any
transaction, and records what came of it; what the provider definitely refuses waits for a person.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum

from guarantees import payment_notices
from guarantees.actions.payments import locked_payment
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, application_step, locked_application
from guarantees.models import (
    Application,
    EventOutcome,
    Payment,
    PaymentMethod,
    PaymentState,
    Refund,
    RefundGround,
    RefundState,
)
from guarantees.payments.provider import Account, NotDone, Order, PaymentProvider, ProviderFault, Refused
from guarantees.rules.states import MEMBER, OFFICERS, ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.refusals import Refusal
from sms.outbox import queue

log = logging.getLogger(__name__)

MONEY = (EventOutcome.PAID, EventOutcome.WRONG_AMOUNT, EventOutcome.LATE, EventOutcome.SURPLUS)
OPEN = (RefundState.QUEUED, RefundState.SENT)
AGAIN_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 12
CHUNK = 50
LONGEST_NOTE = 200
RESEND = "refund.resend"


class MoreThanPaid(Refusal):
    """More would go back than came in."""

    message = "받은 금액보다 많이 돌려줄 수 없습니다. 이미 환급한 금액을 확인해 주세요."


class NotByHand(Refusal):
    """The provider may be paying it back this moment."""

    message = "지금 은행으로 보내는 중인 환급이라 직접 처리할 수 없습니다. 결과가 나온 뒤 다시 확인해 주세요."


class ReasonMissing(Refusal):
    """A decision about money without a reason."""

    message = "사유가 비어 있습니다. 왜 이렇게 처리하는지 적어 주세요."


def queue_refund(
    *, payment: Payment, ground: str, amount: int, key: str, by: Actor, at: datetime, note: str = ""
) -> Refund:
    """Decide that `amount` won go back; the same `key` decides once. Call inside the cause's transaction.

    What the branch received itself is paid back by the branch: such a refund waits on its list. Raises
    MoreThanPaid.
    """
    Payment.everything.select_for_update(of=("self",)).get(pk=payment.pk)
    known = Refund.everything.filter(key=key).first()
    if known is not None:
        return known
    if amount > left_of(payment):
        raise MoreThanPaid
    refund = Refund.everything.create(
        payment=payment,
        key=key,
        ground=ground,
        amount=amount,
        note=note[:LONGEST_NOTE],
        next_at=at if payment.provider else None,
        asked_at=at,
        asked_by_id=by.user_id,
    )
    detail = {"order": payment.order_id, "ground": ground, "amount": amount}
    record(action="refund.decide", by=by, at=at, subject=payment, detail=detail)
    return refund


def left_of(payment: Payment) -> int:
    """Won that came in for this order and have not been decided to go back."""
    if payment.provider:
        events = payment.events.filter(outcome__in=MONEY)
        received = events.aggregate(total=Sum("amount"))["total"] or 0
    else:
        received = payment.amount if payment.state == PaymentState.PAID else 0
    return received - (payment.refunds.aggregate(total=Sum("amount"))["total"] or 0)


@transaction.atomic
def withdraw_paid(*, application_id: int, reason: str, by: Actor, at: datetime) -> Application:
    """FEE_PAID to WITHDRAWN by the branch: the whole fee goes back, and the limit held for it is free again.

    Withdrawn twice, it is withdrawn once. Raises NotFound, NotNow, NotAllowed, ReasonMissing.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.WITHDRAWN and by.roles & OFFICERS:
        return application
    state = application_step(application, ApplicationEvent.WITHDRAW, by)
    if application.state != ApplicationState.FEE_PAID:
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    payment = application.payments.filter(state=PaymentState.PAID).first()
    refund = payment and queue_refund(
        payment=payment,
        ground=RefundGround.WITHDRAWN,
        amount=payment.amount,
        key=f"withdrawn:{application.public_id}",
        by=by,
        at=at,
    )
    application.state = state
    application.closed_at = application.changed_at = at
    application.save(update_fields=["state", "closed_at", "changed_at"])
    if refund:
        queue(payment_notices.refund_decided(refund), at=at)
    detail = {"from": "fee_paid", "reason": reason.strip(), "refund": refund.amount if refund else 0}
    record(action="application.withdraw", by=by, at=at, subject=application, detail=detail)
    return application


def send_due(*, provider: PaymentProvider, by: Actor, at: datetime) -> int:
    """Send what is due, one after the other. Returns how many were tried."""
    due = Refund.everything.filter(state__in=OPEN, next_at__lte=at, payment__provider=provider.name)
    ids = list(due.order_by("next_at", "id").values_list("pk", flat=True)[:CHUNK])
    return sum(send(refund_id=pk, provider=provider, by=by, at=at) for pk in ids)


def send(*, refund_id: int, provider: PaymentProvider, by: Actor, at: datetime) -> bool:
    """Claim one refund and speak to the provider; False when somebody else holds it or it is not due.

    Between claim and answer nothing is lost: left behind, it is due again and the order is asked first.
    """
    mine = Refund.everything.filter(pk=refund_id, state__in=OPEN, next_at__lte=at)
    if not mine.update(state=RefundState.SENT, attempts=F("attempts") + 1, next_at=at + AGAIN_AFTER):
        return False
    refund = Refund.everything.select_related("payment").get(pk=refund_id)
    try:
        _give_back(refund, provider)
    except Refused as refused:
        _fail(refund, refused.message, by, at)
    except ProviderFault as fault:
        log.warning("refund %s is not settled yet: %s", refund.pk, fault)
        if refund.attempts >= MOST_ATTEMPTS:
            _fail(refund, "은행에서 답이 오지 않습니다. 결제 서비스에서 환급 여부를 확인해 주세요.", by, at)
        elif isinstance(fault, NotDone):
            Refund.everything.filter(pk=refund.pk, state=RefundState.SENT).update(state=RefundState.QUEUED)
    else:
        _finish(refund, by, at)
    return True


def _give_back(refund: Refund, provider: PaymentProvider) -> None:
    """Raises as the provider does; returns when the money has surely gone back."""
    payment = refund.payment
    order = provider.ask(payment.order_id)
    if order is None:
        raise Refused("NOT_FOUND_PAYMENT", "결제 서비스에 없는 거래입니다. 담당자가 확인해 환급합니다.")
    if _is_returned(order, refund):
        return
    if payment.method == PaymentMethod.VIRTUAL_ACCOUNT and not payment.refund_account:
        raise Refused("NO_ACCOUNT", "환급받을 계좌가 없습니다. 납부 내역에서 환급 계좌를 적어 주세요.")
    order = provider.refund(
        order, amount=refund.amount, reason=_reason(refund), key=_key(refund), to=_account(payment)
    )
    if not _is_returned(order, refund):
        raise NotDone("the answer does not name our refund")


def _is_returned(order: Order, refund: Refund) -> bool:
    return any(_mark(refund) in part.reason and part.amount == refund.amount for part in order.returned)


def _mark(refund: Refund) -> str:
    """By this our own refund is known again in the provider's books."""
    return f"[R{refund.pk}]"


def _reason(refund: Refund) -> str:
    return f"{refund.get_ground_display()} {_mark(refund)}"


def _key(refund: Refund) -> str:
    """The same for every repetition; a new one after a definite no, whose answer the provider would repeat."""
    sent_again = AuditEvent.everything.filter(
        action=RESEND, detail__refund=refund.pk, subject_id=refund.payment_id
    )
    return f"refund:{refund.pk}:{sent_again.count()}"


def _account(payment: Payment) -> Account | None:
    if payment.method != PaymentMethod.VIRTUAL_ACCOUNT:
        return None
    return Account(payment.refund_bank, payment.refund_account, payment.refund_holder)


@transaction.atomic
def _finish(refund: Refund, by: Actor, at: datetime, note: str = "") -> None:
    """DONE, once: the row count decides who tells the member."""
    done = Refund.everything.filter(pk=refund.pk).exclude(state=RefundState.DONE)
    if not done.update(state=RefundState.DONE, done_at=at, next_at=None, note=note[:LONGEST_NOTE]):
        return
    refund.refresh_from_db()
    queue(payment_notices.refund_done(refund), at=at)
    detail = {"refund": refund.pk, "amount": refund.amount, "reason": note}
    record(action="refund.done", by=by, at=at, subject=refund.payment, detail=detail)


@transaction.atomic
def _fail(refund: Refund, note: str, by: Actor, at: datetime) -> None:
    failed = Refund.everything.filter(pk=refund.pk, state=RefundState.SENT)
    if not failed.update(state=RefundState.FAILED, next_at=None, note=note[:LONGEST_NOTE]):
        return
    refund.refresh_from_db()
    queue(payment_notices.refund_failed(refund), at=at)
    detail = {"refund": refund.pk, "amount": refund.amount, "reason": note}
    record(action="refund.fail", by=by, at=at, subject=refund.payment, detail=detail)


@transaction.atomic
def resend(*, refund_id: int, by: Actor, at: datetime) -> Refund:
    """FAILED back to QUEUED, to be sent by the next run. Raises NotFound, NotAllowed, NotNow."""
    refund = _locked(refund_id, by)
    if not by.roles & OFFICERS:
        raise NotAllowed
    _queue_again(refund, by, at)
    return refund


@transaction.atomic
def change_account(*, payment_id: int, bank: str, number: str, holder: str, by: Actor, at: datetime) -> Payment:
    """Where the member wants his money; what failed for that account is sent again.

    Raises NotFound, NotAllowed, NotNow when nothing goes back or it has gone already.
    """
    payment = locked_payment(payment_id, by)
    if not by.roles & MEMBER:
        raise NotAllowed
    waiting = list(payment.refunds.filter(state__in=[RefundState.QUEUED, RefundState.FAILED]))
    if not waiting:
        raise NotNow("환급을 기다리는 건이 없어 계좌를 바꿀 수 없습니다. 납부 내역에서 상태를 확인해 주세요.")
    payment.refund_bank, payment.refund_account, payment.refund_holder = bank, number, holder
    payment.save(update_fields=["refund_bank", "refund_account", "refund_holder"])
    record(action="payment.refund_account", by=by, at=at, subject=payment, detail={"bank": bank})
    if payment.provider:
        for refund in waiting:
            if refund.state == RefundState.FAILED:
                _queue_again(refund, by, at)
    return payment


def _queue_again(refund: Refund, by: Actor, at: datetime) -> None:
    if refund.state != RefundState.FAILED or not refund.payment.provider:
        raise NotNow("다시 보낼 수 있는 환급이 아닙니다. 화면을 새로 고쳐 지금 상태를 확인해 주세요.")
    refund.state, refund.attempts, refund.next_at = RefundState.QUEUED, 0, at
    refund.save(update_fields=["state", "attempts", "next_at"])
    record(action=RESEND, by=by, at=at, subject=refund.payment, detail={"refund": refund.pk})


@transaction.atomic
def done_by_hand(*, refund_id: int, reason: str, by: Actor, at: datetime) -> Refund:
    """The branch has paid it back itself. Raises NotFound, NotAllowed, NotNow, NotByHand, ReasonMissing."""
    refund = _locked(refund_id, by)
    if not by.roles & OFFICERS:
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    if refund.state == RefundState.DONE:
        raise NotNow("이미 환급이 끝난 건입니다. 화면을 새로 고쳐 확인해 주세요.")
    if refund.state == RefundState.SENT or (refund.state == RefundState.QUEUED and refund.payment.provider):
        raise NotByHand
    _finish(refund, by, at, note=f"수기 처리: {reason.strip()}")
    refund.refresh_from_db()
    return refund


def waits_for_a_person() -> Q:
    """Refunds the branch has to look at: refused ones, and those no provider pays back."""
    return Q(state=RefundState.FAILED) | Q(state=RefundState.QUEUED, payment__provider="")


def _locked(refund_id: int, by: Actor) -> Refund:
    try:
        rows = Refund.everything.within(by.scope).select_related("payment").select_for_update(of=("self",))
        return rows.get(pk=refund_id)
    except Refund.DoesNotExist:
        raise NotFound from None
