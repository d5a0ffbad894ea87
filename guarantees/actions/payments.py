"""Asking to pay a fee, taking that back, and what the branch receives itself (S07, DOMAIN §2.5).

Nobody speaks to the bank here: an order is committed as ASKED, and `guarantees.actions.orders` opens it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction

from guarantees.actions.deadlines import last_day_of
from guarantees.actions.rows import (
    NotAllowed,
    NotFound,
    application_step,
    locked_application,
    locked_guarantee,
    not_now,
)
from guarantees.actions.submission import NotTrading
from guarantees.models import (
    Application,
    Endorsement,
    EndorsementState,
    MemberLimit,
    Payment,
    PaymentMethod,
    PaymentState,
)
from guarantees.payables import LIVING, WAITING
from guarantees.policies import screening_policy_on
from guarantees.rules.payments import end_of
from guarantees.rules.states import MEMBER, OFFICERS, ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.refusals import Refusal

ONLINE = (PaymentMethod.VIRTUAL_ACCOUNT, PaymentMethod.TRANSFER)


class AnotherWayChosen(Refusal):
    """The fee is already being paid in another way."""

    message = (
        "이미 다른 방법으로 납부를 시작하셨습니다. 그 방법으로 납부하시거나, "
        "납부 화면에서 ‘다른 방법으로 납부’를 누른 뒤 다시 선택해 주세요."
    )


class AlreadyPaid(Refusal):
    """Nothing remains to be paid."""

    message = "보증료가 이미 납부되었습니다. 납부 내역에서 확인해 주세요."


class TooLateToPay(Refusal):
    """The last day to pay is over, or the application waits for no payment any more."""

    message = "납부 기한이 지나 납부하실 수 없습니다. 보증이 계속 필요하면 새로 신청해 주세요."


class NoPostPay(Refusal):
    """The member may not pay later."""

    message = (
        "후납이 허용된 조합원이 아니거나 허용 기한이 지났습니다. "
        "지점 수납으로 처리하시거나 본부에 후납 승인을 요청해 주세요."
    )


class NothingToCancel(Refusal):
    """The order is paid or over."""

    message = "이미 납부되었거나 끝난 건이라 취소할 수 없습니다. 화면을 새로 고쳐 확인해 주세요."


@dataclass(frozen=True)
class Choice:
    """How a member wants to pay: the bank of the virtual account, and where money would go back to."""

    method: str
    bank: str = ""
    refund_bank: str = ""
    refund_account: str = ""
    refund_holder: str = ""


@dataclass(frozen=True)
class Owed:
    """What a member owes for one thing, in won, until the end of a day."""

    member_id: int
    amount: int
    until_day: date
    application: Application | None = None
    endorsement: Endorsement | None = None

    @property
    def name(self) -> str:
        """What stands on the order: the number the member knows."""
        return str(self.application or (self.endorsement and self.endorsement.guarantee.number))


@transaction.atomic
def ask(*, application_id: int, choice: Choice, by: Actor, at: datetime) -> Payment:
    """An order for the fee of a signed application. The same way chosen twice is one order.

    Raises NotFound, NotAllowed, NotNow, NotTrading, TooLateToPay, AlreadyPaid, AnotherWayChosen.
    """
    application = locked_application(application_id, by)
    if application.state in (ApplicationState.FEE_PAID, ApplicationState.ISSUED):
        raise AlreadyPaid
    if application.state != ApplicationState.SIGNED:
        raise not_now(application)
    if not application.member.is_trading:
        raise NotTrading
    return _ask(owed_for(application), choice, by, at)


@transaction.atomic
def ask_for_endorsement(*, endorsement_id: int, choice: Choice, by: Actor, at: datetime) -> Payment:
    """An order for what an approved change costs. Raises as `ask`."""
    seen = Endorsement.everything.within(by.scope).filter(pk=endorsement_id).first()
    if seen is None:
        raise NotFound
    locked_guarantee(seen.guarantee_id, by)
    endorsement = Endorsement.everything.select_for_update(of=("self",)).get(pk=endorsement_id)
    if endorsement.state == EndorsementState.DONE:
        raise AlreadyPaid
    if endorsement.state != EndorsementState.APPROVED or endorsement.fee_delta <= 0:
        raise TooLateToPay
    return _ask(owed_for_endorsement(endorsement), choice, by, at)


def owed_for(application: Application) -> Owed:
    """The fee as it was quoted, until the approval lapses. Raises TooLateToPay."""
    day = last_day_of(application, business_calendar())
    if day is None or application.quoted_fee is None:
        raise TooLateToPay
    return Owed(application.member_id, application.quoted_fee, day, application=application)


def owed_for_endorsement(endorsement: Endorsement) -> Owed:
    """The difference, as many business days after the decision as after an approval. Raises TooLateToPay."""
    if endorsement.decided_at is None:
        raise TooLateToPay
    since = seoul_day(endorsement.decided_at)
    day = business_calendar().add(since, screening_policy_on(since).approval_business_days)
    return Owed(endorsement.guarantee.member_id, endorsement.fee_delta, day, endorsement=endorsement)


def _ask(owed: Owed, choice: Choice, by: Actor, at: datetime) -> Payment:
    if not by.roles & MEMBER or choice.method not in ONLINE:
        raise NotAllowed
    living = _living(owed)
    if living is not None:
        if living.state == PaymentState.PAID:
            raise AlreadyPaid
        if living.method != choice.method:
            raise AnotherWayChosen
        return living
    if end_of(owed.until_day) < at:
        raise TooLateToPay
    payment = Payment.everything.create(
        member_id=owed.member_id,
        application=owed.application,
        endorsement=owed.endorsement,
        method=choice.method,
        amount=owed.amount,
        order_id=_order_id(owed),
        bank=choice.bank,
        refund_bank=choice.refund_bank,
        refund_account=choice.refund_account,
        refund_holder=choice.refund_holder,
        payable_until=end_of(owed.until_day),
        asked_at=at,
        asked_by_id=by.user_id,
    )
    detail = {"for": owed.name, "amount": owed.amount, "method": choice.method}
    record(action="payment.ask", by=by, at=at, subject=payment, detail=detail)
    return payment


@transaction.atomic
def cancel(*, payment_id: int, by: Actor, at: datetime) -> Payment:
    """ASKED or OPEN to CANCELLED, so that another way can be chosen. Cancelled twice, it is cancelled once.

    The account at the bank is closed afterwards; money that still arrives goes back. Raises NotFound, NotAllowed,
    NothingToCancel.
    """
    payment = locked_payment(payment_id, by)
    if not by.roles & (MEMBER | OFFICERS):
        raise NotAllowed
    if payment.state == PaymentState.CANCELLED:
        return payment
    if payment.state not in WAITING:
        raise NothingToCancel
    close(payment, PaymentState.CANCELLED, "", at)
    record(action="payment.cancel", by=by, at=at, subject=payment)
    return payment


def record_counter_payment(*, application: Application, method: str, by: Actor, at: datetime) -> Payment:
    """The fee received by the branch, or to be collected later (`post_pay`). The caller holds the application.

    Whatever was being paid by bank meanwhile is closed. Paid already, that payment is returned.
    Raises NotAllowed, NoPostPay.
    """
    owed = Owed(application.member_id, application.quoted_fee or 0, seoul_day(at), application=application)
    return received(owed, method, by, at)


def received(owed: Owed, method: str, by: Actor, at: datetime) -> Payment:
    """What is owed, as the branch took it; the caller holds what it is for. Raises NotAllowed, NoPostPay."""
    if by.user_id is None or not by.roles & OFFICERS or method in ONLINE:
        raise NotAllowed
    if method == PaymentMethod.POST_PAY and not may_pay_later(owed.member_id, seoul_day(at)):
        raise NoPostPay
    living = _living(owed)
    if living is not None:
        if living.state == PaymentState.PAID:
            return living
        close(living, PaymentState.CANCELLED, "지점에서 보증료를 받아 취소했습니다.", at)
    payment = Payment.everything.create(
        member_id=owed.member_id,
        application=owed.application,
        endorsement=owed.endorsement,
        method=method,
        state=PaymentState.PAID,
        amount=owed.amount,
        order_id=_order_id(owed),
        asked_at=at,
        asked_by_id=by.user_id,
        paid_at=at,
    )
    detail = {"for": owed.name, "amount": payment.amount, "method": method}
    record(action="payment.receive", by=by, at=at, subject=payment, detail=detail)
    return payment


@transaction.atomic
def receive(*, application_id: int, method: str, by: Actor, at: datetime) -> Payment:
    """SIGNED to FEE_PAID by what the branch received (수납 확인). Confirmed twice, it is paid once.

    Raises NotFound, NotNow, NotAllowed, NotTrading, NoPostPay.
    """
    application = locked_application(application_id, by)
    if application.state in (ApplicationState.FEE_PAID, ApplicationState.ISSUED):
        paid = _living(Owed(application.member_id, 0, seoul_day(at), application=application))
        if paid is not None:
            return paid
    state = application_step(application, ApplicationEvent.PAY, by)
    if not application.member.is_trading:
        raise NotTrading
    payment = record_counter_payment(application=application, method=method, by=by, at=at)
    mark_fee_paid(application, state, payment, by, at)
    return payment


def mark_fee_paid(application: Application, state: str, payment: Payment, by: Actor, at: datetime) -> None:
    """The application's side of a payment; `state` is what its table says of PAY."""
    application.state = state
    application.fee_paid_at = application.changed_at = at
    application.save(update_fields=["state", "fee_paid_at", "changed_at"])
    detail = {"order": payment.order_id, "amount": payment.amount, "method": payment.method}
    record(action="application.pay", by=by, at=at, subject=application, detail=detail)


def may_pay_later(member_id: int, day: date) -> bool:
    """Whether the member is one of those who pay afterwards (후납)."""
    return MemberLimit.everything.filter(member_id=member_id, post_pay_until__gte=day).exists()


def locked_payment(payment_id: int, by: Actor) -> Payment:
    """The payment, locked after the row it pays for. Raises NotFound."""
    seen = Payment.everything.within(by.scope).filter(pk=payment_id).first()
    if seen is None:
        raise NotFound
    if seen.application_id is not None:
        locked_application(seen.application_id, by)
    elif seen.endorsement is not None:
        locked_guarantee(seen.endorsement.guarantee_id, by)
    return Payment.everything.select_for_update(of=("self",)).get(pk=payment_id)


def close(payment: Payment, state: PaymentState, failure: str, at: datetime) -> None:
    """End an order that was not paid. Its account at the bank is closed by the next look."""
    payment.state, payment.failure, payment.closed_at = state, failure, at
    payment.save(update_fields=["state", "failure", "closed_at"])


def _living(owed: Owed) -> Payment | None:
    rows = Payment.everything.filter(application=owed.application, endorsement=owed.endorsement, state__in=LIVING)
    return rows.select_for_update(of=("self",)).first()


def _order_id(owed: Owed) -> str:
    """6 to 64 letters, digits, `-` and `_`, never the same twice: what stands in the bank's books as well."""
    return f"{owed.name.replace('/', '-')}-{uuid4().hex[:12]}"
