"""What the contact is told about money: where to pay, what goes back and why, whether it arrived (S07, S12)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from guarantees.models import Payment, Refund, RefundState
from guarantees.notices import Addressee, Notice, addressee_of, contact_of, drafts_of, representative_of
from guarantees.payments.codes import BANKS
from portal.clock import seoul_day
from portal.won import format_won
from sms.models import Purpose
from sms.outbox import Draft


def account_opened(payment: Payment) -> list[Draft]:
    """The account, the exact amount, and the last day."""
    until = payment.payable_until and seoul_day(payment.payable_until)
    bank = BANKS.get(payment.bank, payment.bank)
    values = {
        "won": format_won(payment.amount), "bank": bank, "account": payment.account_number,
        "due": f"{until.month}/{until.day}" if until else "",
    }  # fmt: skip
    context = {"bank": bank, "until": until}
    return _drafts(payment, f"payment:{payment.public_id}", "payment_account", "PAY_ACCOUNT", values, context)


def money_returned(refund: Refund, verdict: str) -> list[Draft]:
    """Why a deposit goes back, and what to do now."""
    return _of_refund(refund, "decided", "refund_decided", "PAY_BACK", {"verdict": verdict})


def refund_decided(refund: Refund) -> list[Draft]:
    """That a fee goes back because of what became of the application."""
    return _of_refund(refund, "decided", "refund_decided", "PAY_BACK", {"verdict": refund.ground})


def refund_done(refund: Refund) -> list[Draft]:
    """That the money has left for the member's account."""
    return _of_refund(refund, "done", "refund_result", "REFUND_DONE", {})


def refund_failed(refund: Refund) -> list[Draft]:
    """That it could not be sent, and what would help. Told again after each new try."""
    return _of_refund(refund, f"failed:{refund.attempts}", "refund_result", "REFUND_FAILED", {})


def _of_refund(refund: Refund, occasion: str, template: str, text: str, context: Mapping[str, Any]) -> list[Draft]:
    payment = refund.payment
    values = {"won": format_won(refund.amount), "tel": payment.member.branch.phone}
    given = {
        "refund": refund,
        "is_done": refund.state == RefundState.DONE,
        "branch": payment.member.branch,
        "refund_account_url": _url("guarantees:payment_refund_account", payment),
        **context,
    }
    return _drafts(payment, f"refund:{refund.pk}:{occasion}", template, text, values, given)


def _drafts(
    payment: Payment,
    key: str,
    template: str,
    text: str,
    values: Mapping[str, str],
    context: Mapping[str, Any],
) -> list[Draft]:
    notice = Notice(
        key=key,
        purpose=Purpose.PAYMENT,
        reference=_reference(payment),
        template=template,
        text=text,
        values=values,
        context={
            "payment": payment,
            "url": _url("guarantees:payment", payment),
            **context,
        },
    )
    return drafts_of(notice, payment.member, _addressee(payment))


def _addressee(payment: Payment) -> Addressee:
    if payment.application is not None:
        return contact_of(payment.application)
    if payment.endorsement is not None:
        return addressee_of(payment.endorsement.guarantee)
    return representative_of(payment.member)


def _reference(payment: Payment) -> str:
    """Under what the message is found at the desk: the application or the guarantee it is about."""
    if payment.application is not None:
        return f"application:{payment.application.public_id}"
    if payment.endorsement is not None:
        return f"guarantee:{payment.endorsement.guarantee.public_id}"
    return f"payment:{payment.public_id}"


def _url(name: str, payment: Payment) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=[payment.public_id])
