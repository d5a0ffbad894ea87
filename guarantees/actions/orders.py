"""Speaking to the bank about orders: opening, confirming, looking, closing. Never inside a transaction (S07).

Every step may be lost or repeated: an order keeps its number, the provider keeps one account for it, and what it
answers is settled by level.
"""

import hmac
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Mod
from django.urls import reverse

from guarantees import payment_notices
from guarantees.actions.payments import close, locked_payment
from guarantees.actions.settling import keep_closed, take_in
from guarantees.models import EventOutcome, Payment, PaymentEvent, PaymentMethod, PaymentState
from guarantees.payables import WAITING
from guarantees.payments.provider import (
    Asked,
    Callback,
    Order,
    OrderStatus,
    PaymentProvider,
    ProviderFault,
    Refused,
)
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal
from sms.outbox import queue

log = logging.getLogger(__name__)

SETTLE_IN = timedelta(seconds=30)  # an order younger than this is still being opened by its visitor
GIVE_UP = timedelta(minutes=15)
QUICK = timedelta(minutes=10)  # so long a new order is looked at every minute, later every tenth
EVERY = 10
CHUNK = 100
NOT_OPENED = "은행에서 답이 오지 않아 납부를 시작하지 못했습니다. 다시 시도해 주세요."


class NotConfirmed(Refusal):
    """The bank did not move the money. `message` is the bank's reason."""


class StillUnclear(Refusal):
    """The bank has not said yet what became of it."""

    message = "은행의 응답을 기다리고 있습니다. 다시 납부하지 마시고, 잠시 뒤 이 화면을 새로 고쳐 확인해 주세요."


def open_order(*, payment_id: int, provider: PaymentProvider, by: Actor, at: datetime) -> Payment:
    """ASKED to OPEN with its account or the bank's page; FAILED when the provider says a definite no.

    Without a clear answer it stays ASKED and the next look repeats it, with the same order number and key.
    """
    # Written down first: whoever finds this row later knows whom to ask.
    Payment.everything.filter(pk=payment_id, state=PaymentState.ASKED).update(provider=provider.name)
    payment = Payment.everything.select_related("member").get(pk=payment_id)
    if payment.state != PaymentState.ASKED:
        return payment
    try:
        order = _opened(payment, provider)
    except Refused as refused:
        _fail(payment_id, refused.message, by, at)
    except ProviderFault as fault:
        log.warning("order %s is not open yet: %s", payment.order_id, fault)
    else:
        _keep_open(payment_id, order, by, at)
    return Payment.everything.get(pk=payment_id)


def _opened(payment: Payment, provider: PaymentProvider) -> Order:
    asked = Asked(
        order_id=payment.order_id,
        amount=payment.amount,
        name="보증료",
        payer=payment.member.name,
        until=payment.payable_until or payment.asked_at + timedelta(days=1),
        bank=payment.bank,
        back_url=settings.PUBLIC_URL.rstrip("/") + reverse("guarantees:payment_back", args=[payment.public_id]),
    )
    if payment.method == PaymentMethod.VIRTUAL_ACCOUNT:
        return provider.open_account(asked)
    return provider.start_transfer(asked)


@transaction.atomic
def _keep_open(payment_id: int, order: Order, by: Actor, at: datetime) -> None:
    """What the provider gave for the order. A row cancelled meanwhile keeps its state, and the key to close it."""
    payment = locked_payment(payment_id, by)
    payment.provider_key, payment.provider_secret = order.key, order.secret
    payment.checkout_url = order.checkout_url if payment.method == PaymentMethod.TRANSFER else ""
    if order.account is not None:
        payment.bank, payment.account_number = order.account.bank, order.account.number
        payment.account_holder = settings.COOPERATIVE["name"]
    is_new = payment.state == PaymentState.ASKED
    if is_new:
        payment.state = PaymentState.OPEN
    payment.save(
        update_fields=[
            "state", "provider_key", "provider_secret", "checkout_url", "bank", "account_number",
            "account_holder",
        ]
    )  # fmt: skip
    if is_new:
        record(action="payment.open", by=by, at=at, subject=payment, detail={"order": payment.order_id})
        if payment.account_number:
            queue(payment_notices.account_opened(payment), at=at)


@transaction.atomic
def _fail(payment_id: int, failure: str, by: Actor, at: datetime) -> None:
    payment = locked_payment(payment_id, by)
    if payment.state in WAITING:
        close(payment, PaymentState.FAILED, failure[:200], at)
        detail = {"order": payment.order_id, "reason": failure}
        record(action="payment.fail", by=by, at=at, subject=payment, detail=detail)


def confirm_transfer(
    *, payment_id: int, key: str, provider: PaymentProvider, by: Actor, at: datetime
) -> EventOutcome:
    """Let the money move that the payer agreed to on the bank's page; `key` is what he came back with.

    Raises NotConfirmed with the bank's reason, StillUnclear.
    """
    payment = Payment.everything.get(pk=payment_id)
    if payment.state != PaymentState.OPEN or payment.method != PaymentMethod.TRANSFER:
        return EventOutcome.REPEATED if payment.state == PaymentState.PAID else EventOutcome.NOTED
    if key != payment.provider_key:
        raise NotConfirmed("이 납부 건의 은행 확인이 아닙니다. 납부 화면에서 처음부터 다시 진행해 주세요.")
    try:
        order = provider.confirm(order_id=payment.order_id, key=key, amount=payment.amount)
    except Refused as refused:
        _fail(payment_id, refused.message, by, at)
        raise NotConfirmed(refused.message) from refused
    except ProviderFault as fault:
        log.warning("transfer %s is unclear: %s", payment.order_id, fault)
        raise StillUnclear from fault
    return take_in(payment_id=payment_id, order=order, by=by, at=at)


def look(*, payment_id: int, provider: PaymentProvider, by: Actor, at: datetime) -> EventOutcome:
    """Ask the provider and settle what it says; end at the bank what is over here.

    Raises ProviderFault: nothing is known then, and nothing was changed.
    """
    payment = Payment.everything.get(pk=payment_id)
    order = provider.ask(payment.order_id)
    if order is None:
        return _unknown_there(payment, provider, by, at)
    if payment.state == PaymentState.ASKED or not payment.provider_key:
        _keep_open(payment_id, order, by, at)
    outcome = take_in(payment_id=payment_id, order=order, by=by, at=at)
    payment.refresh_from_db()
    if payment.state in WAITING and not _is_over(payment, at):
        return outcome
    if order.status in (OrderStatus.READY, OrderStatus.WAITING, OrderStatus.AGREED):
        outcome = take_in(payment_id=payment_id, order=provider.close(order), by=by, at=at)
    elif payment.state != PaymentState.PAID:
        keep_closed(payment, at)
    return outcome


def _unknown_there(payment: Payment, provider: PaymentProvider, by: Actor, at: datetime) -> EventOutcome:
    """The request never arrived. Repeated for a while; after that nobody waits for it any more."""
    if payment.state == PaymentState.ASKED and at - payment.asked_at < GIVE_UP and not _is_over(payment, at):
        open_order(payment_id=payment.pk, provider=provider, by=by, at=at)
        return EventOutcome.NOTED
    _fail(payment.pk, NOT_OPENED, by, at)
    keep_closed(payment, at)
    return EventOutcome.CANCELLED


def _is_over(payment: Payment, at: datetime) -> bool:
    """Whether nothing waits for this money any more: the deadline passed, or what it was for has ended."""
    if payment.payable_until is not None and at > payment.payable_until:
        return True
    if payment.application is not None:
        return payment.application.state != "signed"
    return payment.endorsement is not None and payment.endorsement.state != "approved"


def look_at_open(*, provider: PaymentProvider, by: Actor, at: datetime) -> int:
    """Orders whose callback may be lost, whose opening is unclear, or whose time is over. Returns how many."""
    # An order nobody got as far as sending has no provider yet.
    rows = Payment.everything.filter(Q(provider=provider.name) | Q(provider="", state=PaymentState.ASKED))
    is_asked = Q(state=PaymentState.ASKED, asked_at__lt=at - SETTLE_IN)
    is_quick = Q(asked_at__gt=at - QUICK) | Q(turn=int(at.timestamp()) // 60 % EVERY)
    is_over = Q(payable_until__lt=at)
    waiting = rows.annotate(turn=Mod(F("id"), EVERY)).filter(
        is_asked | Q(state=PaymentState.OPEN) & (is_quick | is_over)
    )
    told = PaymentEvent.everything.filter(
        payment=OuterRef("pk"), outcome=EventOutcome.CANCELLED, key__startswith="closed:"
    )
    ended = rows.filter(
        ~Exists(told), state__in=[PaymentState.CANCELLED, PaymentState.EXPIRED, PaymentState.FAILED]
    )
    ids = [
        *waiting.order_by("id").values_list("pk", flat=True)[:CHUNK],
        *ended.order_by("id").values_list("pk", flat=True)[:CHUNK],
    ]
    return sum(_look(pk, provider, by, at) for pk in ids)


def close_at_bank(*, payment_id: int, provider: PaymentProvider, by: Actor, at: datetime) -> bool:
    """End at the bank what has ended here. What cannot be asked about now is closed by a later look."""
    return _look(payment_id, provider, by, at)


def _look(payment_id: int, provider: PaymentProvider, by: Actor, at: datetime) -> bool:
    """One failing order leaves the others to be looked at."""
    try:
        look(payment_id=payment_id, provider=provider, by=by, at=at)
    except ProviderFault as fault:
        log.warning("payment %s could not be asked about: %s", payment_id, fault)
        return False
    return True


def hear(*, callback: Callback, provider: PaymentProvider, by: Actor, at: datetime) -> EventOutcome:
    """A callback whose secret is right: ask, and settle. Of an order that is not ours a row is kept for the desk.

    Raises Forged when nothing shows that the provider sent it, ProviderFault when it cannot be asked.
    """
    payment = Payment.everything.filter(order_id=callback.order_id, provider=provider.name).first()
    if payment is not None and payment.provider_secret and not _same(callback.secret, payment.provider_secret):
        raise Forged("wrong secret")
    order = provider.ask(callback.order_id)
    if order is None or not _same(callback.secret, order.secret):
        raise Forged("no such order, or wrong secret")
    if payment is None:
        PaymentEvent.everything.get_or_create(
            provider=provider.name,
            key=f"unknown:{order.order_id}:{order.received}",
            defaults={
                "order_id": order.order_id, "kind": callback.kind, "outcome": EventOutcome.UNKNOWN,
                "amount": order.received, "at": at,
            },
        )  # fmt: skip
        return EventOutcome.UNKNOWN
    return look(payment_id=payment.pk, provider=provider, by=by, at=at)


def _same(given: str, known: str) -> bool:
    return bool(known) and hmac.compare_digest(given.encode(), known.encode())


class Forged(Exception):
    """A notification nobody who may notify us has sent."""
