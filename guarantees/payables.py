"""What a member sees of its payments."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from guarantees.models import Application, Payment, PaymentState, Refund, RefundState
from guarantees.payments.codes import BANKS
from portal.access import ScopedQuerySet
from portal.members.models import User

WAITING = (PaymentState.ASKED, PaymentState.OPEN)
LIVING = (*WAITING, PaymentState.PAID)


@dataclass(frozen=True)
class PaymentPart:
    """The latest order for an application, and what goes or went back of all of them."""

    payment: Payment | None
    bank: str
    refunds: list[Refund]
    is_waiting: bool
    wants_account: bool


def payments_of(user: User | AnonymousUser) -> ScopedQuerySet[Payment]:
    """A person's orders, newest first."""
    rows = Payment.objects.for_user(user).order_by("-id")
    return rows.select_related("application__product", "endorsement__guarantee__product")


def part_of(application: Application) -> PaymentPart:
    """The payment part of an application's page."""
    rows = application.payments.order_by("-id")
    payment = rows.filter(state__in=LIVING).first() or rows.first()
    refunds = list(Refund.everything.filter(payment__application=application).order_by("id"))
    return PaymentPart(
        payment=payment,
        bank=bank_name(payment.bank) if payment else "",
        refunds=refunds,
        is_waiting=payment is not None and payment.state in WAITING,
        wants_account=any(refund.state == RefundState.FAILED for refund in refunds),
    )


def bank_name(code: str) -> str:
    """The bank's name, or what is stored where the code is unknown."""
    return BANKS.get(code, code)
