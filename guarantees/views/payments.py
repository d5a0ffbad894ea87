"""보증료 납부: the ways to pay, the account, the bank's page and back, receipts, and where money goes back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from guarantees.actions import orders, payments, refunds
from guarantees.actions.payments import Owed, owed_for, owed_for_endorsement
from guarantees.actions.rows import not_now
from guarantees.forms.payments import PayForm, RefundAccountForm
from guarantees.models import Endorsement, EventOutcome, Payment, PaymentState, RefundState
from guarantees.payables import LIVING, WAITING, bank_name, payments_of
from guarantees.payments.provider import ProviderFault
from guarantees.payments.registry import provider
from guarantees.quotes import quote
from guarantees.views.fetching import my_application
from guarantees.views.refusing import refusals_shown
from portal import clock
from portal.access import Actor
from portal.members.gate import form_page, member_page
from portal.refusals import Refusal
from portal.throttle import Allowance, seconds_to_wait

PAGE_SIZE = 20
BANK = Actor.system("은행 확인")
LOOKS = Allowance("payment-look", most=10, seconds=60)
View = Callable[..., HttpResponse]


def _my_payment(request: HttpRequest, public_id: UUID) -> Payment:
    return get_object_or_404(payments_of(request.user), public_id=public_id)


def _refusals_on_payment(view: View) -> View:
    """What the actions refuse is told on the page of the payment."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID) -> HttpResponse:
        try:
            return view(request, public_id)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("guarantees:payment", public_id)

    return guarded


@member_page
@require_safe
def payments_list(request: HttpRequest) -> HttpResponse:
    """납부 내역, newest first."""
    page = Paginator(payments_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    crumbs = [("사이버영업창구", None), ("납부 내역", None)]
    return render(request, "guarantees/payments.html", {"page": page, "breadcrumbs": crumbs})


@member_page
@form_page
@refusals_shown
def pay(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The fee of a signed application: how it comes about, and the ways to pay it."""
    application = my_application(request, public_id)
    living = application.payments.filter(state__in=LIVING).first()
    if living is not None and (request.method != "POST" or living.state == PaymentState.PAID):
        return redirect("guarantees:payment", living.public_id)
    if application.state != "signed":
        raise not_now(application)
    form = PayForm(_posted(request), initial=_last_account(request))
    if request.method == "POST" and form.is_valid():
        asked = payments.ask(
            application_id=application.pk, choice=form.choice(), by=Actor.of(request), at=clock.now()
        )
        return _opened(asked)
    crumbs = [("신청현황", "/guarantees/applications/"), (str(application), None), ("보증료 납부", None)]
    steps = quote(application, day=clock.today())
    context = {**_owed(owed_for(application)), "form": form, "quote": steps, "breadcrumbs": crumbs}
    return render(request, "guarantees/pay.html", context)


@member_page
@form_page
def pay_endorsement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What an approved change costs, and the ways to pay it."""
    rows = Endorsement.objects.for_user(request.user).select_related("guarantee__product")
    endorsement = get_object_or_404(rows, public_id=public_id)
    living = endorsement.payments.filter(state__in=LIVING).first()
    if living is not None and (request.method != "POST" or living.state == PaymentState.PAID):
        return redirect("guarantees:payment", living.public_id)
    form = PayForm(_posted(request), initial=_last_account(request))
    try:
        if request.method == "POST" and form.is_valid():
            asked = payments.ask_for_endorsement(
                endorsement_id=endorsement.pk, choice=form.choice(), by=Actor.of(request), at=clock.now()
            )
            return _opened(asked)
        if endorsement.state != "approved" or endorsement.fee_delta <= 0:
            raise payments.TooLateToPay
        owed = _owed(owed_for_endorsement(endorsement))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("guarantees:guarantee", endorsement.guarantee.public_id)
    number = endorsement.guarantee.number
    crumbs = [("보증현황", "/guarantees/"), (number, None), ("변경 보증료 납부", None)]
    return render(request, "guarantees/pay.html", {**owed, "form": form, "breadcrumbs": crumbs})


def _owed(owed: Owed) -> dict[str, Any]:
    """What the page shows of it, and where it leads back to."""
    if owed.endorsement is not None:
        back = reverse("guarantees:guarantee", args=[owed.endorsement.guarantee.public_id])
    else:
        back = reverse("guarantees:application", args=[owed.application and owed.application.public_id])
    return {"owed": owed, "back_url": back}


def _opened(asked: Payment) -> HttpResponse:
    """Opens the committed order at the bank. Without an answer the page says that we wait for one."""
    orders.open_order(payment_id=asked.pk, provider=provider(), by=BANK, at=clock.now())
    return redirect("guarantees:payment", asked.public_id)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _last_account(request: HttpRequest) -> dict[str, str]:
    """The refund account the company named last time."""
    last = Payment.objects.for_user(request.user).exclude(refund_account="").order_by("-id").first()
    if last is None:
        return {"method": "virtual_account"}
    names = ("refund_bank", "refund_account", "refund_holder")
    return {"method": "virtual_account", **{name: getattr(last, name) for name in names}}


@member_page
@require_safe
def payment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One payment: where to pay while it waits, the receipt once it is paid, what goes back."""
    found = _my_payment(request, public_id)
    refunds_of = list(found.refunds.order_by("id"))
    context = {
        "payment": found,
        "bank": bank_name(found.bank),
        "is_waiting": found.state in WAITING,
        "refunds": refunds_of,
        "wants_account": any(refund.state == RefundState.FAILED for refund in refunds_of),
        "pay_again_url": _pay_again_url(found),
        "member": found.member,
        "branch": found.member.branch,
        "bank_page": settings.PAYMENT_URL if settings.STAGE == "demo" else "",
        "breadcrumbs": [("납부 내역", "/guarantees/payments/"), (found.order_id, None)],
    }
    return render(request, "guarantees/payment.html", context)


def _pay_again_url(found: Payment) -> str:
    """Where the fee can be paid anew after this order ended; "" while one lives, or when nothing waits for it."""
    if found.state in LIVING:
        return ""
    thing = found.application or found.endorsement
    if thing is None or thing.payments.filter(state__in=LIVING).exists():
        return ""
    if found.application is not None and found.application.state == "signed":
        return reverse("guarantees:pay", args=[found.application.public_id])
    if found.endorsement is not None and found.endorsement.state == "approved":
        return reverse("guarantees:pay_endorsement", args=[found.endorsement.public_id])
    return ""


@member_page
@require_POST
@_refusals_on_payment
def payment_check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask the bank now, for who has just paid and does not want to wait."""
    found = _my_payment(request, public_id)
    if wait := seconds_to_wait(LOOKS, str(found.pk), clock.now()):
        messages.warning(request, f"조금 전에 확인했습니다. {wait}초 뒤에 다시 눌러 주세요.")
        return redirect("guarantees:payment", public_id)
    if found.state in WAITING:
        try:
            outcome = orders.look(payment_id=found.pk, provider=provider(), by=BANK, at=clock.now())
        except ProviderFault:
            raise orders.StillUnclear from None
        _tell(request, outcome)
    return redirect("guarantees:payment", public_id)


def _tell(request: HttpRequest, outcome: EventOutcome) -> None:
    if outcome == EventOutcome.PAID:
        messages.success(request, "납부를 확인했습니다.")
    elif outcome in (EventOutcome.NOTED, EventOutcome.REPEATED):
        messages.info(request, "아직 입금이 확인되지 않았습니다. 입금하신 뒤 몇 분 걸릴 수 있습니다.")
    else:
        messages.warning(request, "납부로 처리되지 않았습니다. 아래 내용을 확인해 주세요.")


@member_page
@form_page
@_refusals_on_payment
def payment_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Back from the bank's page. Coming back moves nothing; the button there does, once and for this amount."""
    found = _my_payment(request, public_id)
    if found.state != PaymentState.OPEN or found.method != "transfer":
        return redirect("guarantees:payment", public_id)
    if request.method == "POST":
        outcome = orders.confirm_transfer(
            payment_id=found.pk, key=request.POST.get("key", ""), provider=provider(), by=BANK, at=clock.now()
        )
        _tell(request, outcome)
        return redirect("guarantees:payment", public_id)
    key = request.GET.get("paymentKey", "")
    if not key:
        messages.warning(request, "은행 화면에서 이체를 마치지 않으셨습니다. 다시 진행하실 수 있습니다.")
        return redirect("guarantees:payment", public_id)
    return render(request, "guarantees/payment_back.html", {"payment": found, "key": key})


@member_page
@form_page
@_refusals_on_payment
def payment_cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stops waiting for this payment, so that another way can be chosen. The bank is asked first."""
    found = _my_payment(request, public_id)
    if found.state not in WAITING:
        raise payments.NothingToCancel
    if request.method != "POST":
        return render(request, "guarantees/payment_cancel.html", {"payment": found})
    at = clock.now()
    try:
        outcome = orders.look(payment_id=found.pk, provider=provider(), by=BANK, at=at)
    except ProviderFault:
        raise orders.StillUnclear from None
    if outcome == EventOutcome.PAID:
        messages.success(request, "그사이 입금이 확인되어 납부로 처리했습니다.")
        return redirect("guarantees:payment", public_id)
    payments.cancel(payment_id=found.pk, by=Actor.of(request), at=at)
    orders.close_at_bank(payment_id=found.pk, provider=provider(), by=BANK, at=at)
    messages.success(request, "납부 요청을 취소했습니다. 다른 방법을 선택해 주세요.")
    if found.application is not None:
        return redirect("guarantees:pay", found.application.public_id)
    return redirect("guarantees:payment", public_id)


@member_page
@form_page
@_refusals_on_payment
def payment_refund_account(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a refund that could not be sent shall go."""
    found = _my_payment(request, public_id)
    names = ("refund_bank", "refund_account", "refund_holder")
    form = RefundAccountForm(_posted(request), initial={name: getattr(found, name) for name in names})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        refunds.change_account(
            payment_id=found.pk, bank=given["refund_bank"], number=given["refund_account"],
            holder=given["refund_holder"], by=Actor.of(request), at=clock.now(),
        )  # fmt: skip
        messages.success(request, "환급 계좌를 바꾸었습니다. 바뀐 계좌로 보냅니다.")
        return redirect("guarantees:payment", public_id)
    return render(request, "guarantees/payment_refund_account.html", {"payment": found, "form": form})
