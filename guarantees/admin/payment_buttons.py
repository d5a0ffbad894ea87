"""The buttons about money: what the branch received, and what to do again for payments and refunds."""

from typing import Any

from django import forms

from guarantees.actions import orders, payments, refunds, settling
from guarantees.models import Application, Payment, PaymentMethod, PaymentState, Refund, RefundState
from guarantees.payables import WAITING
from guarantees.payments.provider import ProviderFault
from guarantees.payments.registry import provider
from guarantees.rules.states import ApplicationState
from portal.access import Actor
from portal.desk.buttons import Button
from portal.desk.cells import won
from portal.members.roles import DECIDING_ROLES

BANK = Actor.system("은행 확인")
LONGEST_REASON = 150


class ReceiveForm(forms.Form):
    """Seen with one's own eyes, or to be collected later."""

    method = forms.ChoiceField(
        label="수납 방법",
        choices=[
            (PaymentMethod.COUNTER.value, "지점에서 받음"),
            (PaymentMethod.POST_PAY.value, "후납(나중에 받음)"),
        ],
        widget=forms.RadioSelect,
        help_text="후납은 본부가 허용한 조합원만 할 수 있습니다.",
    )


class ReasonForm(forms.Form):
    """Why, in words the books keep."""

    reason = forms.CharField(label="사유", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}))


def receive(application: Application, *, method: str, by: Actor, at: Any) -> str:
    payment = payments.receive(application_id=application.pk, method=method, by=by, at=at)
    if settling.finish(payment_id=payment.pk, by=Actor.system("수납 확인"), at=at):
        return f"{application} 보증료 {won(payment.amount)} 수납을 확인하고 보증서를 발급했습니다."
    return f"{application} 보증료 수납을 확인했습니다. 보증서는 곧 자동으로 발급됩니다."


def withdraw_paid(application: Application, **answers: Any) -> str:
    refunds.withdraw_paid(application_id=application.pk, **answers)
    return f"{application} 신청을 취하하고 보증료를 돌려주기로 했습니다. 조합원에게 알립니다."


BUTTONS = (
    Button(
        name="receive", label="수납 확인", roles=DECIDING_ROLES, form=ReceiveForm, run=receive,
        question="보증료 수납을 확인합니다. 확인하면 바로 보증서를 발급합니다.",
        when=lambda application: application.state == ApplicationState.SIGNED,
    ),
    Button(
        name="withdraw_paid", label="취하(환급)", roles=DECIDING_ROLES, form=ReasonForm, run=withdraw_paid,
        is_dangerous=True,
        question="신청을 취하하고 받은 보증료를 모두 돌려줍니다. 되돌릴 수 없습니다.",
        when=lambda application: application.state == ApplicationState.FEE_PAID,
    ),
)  # fmt: skip


def look(payment: Payment, *, by: Actor, at: Any) -> str:
    try:
        orders.look(payment_id=payment.pk, provider=provider(), by=BANK, at=at)
    except ProviderFault:
        return "은행에서 답이 오지 않았습니다. 바뀐 것은 없으니 잠시 뒤 다시 확인해 주세요."
    payment.refresh_from_db()
    return f"은행에 확인했습니다. 지금 상태는 ‘{payment.get_state_display()}’입니다."


PAYMENT_BUTTONS = (
    Button(
        name="look", label="다시 확인", roles=DECIDING_ROLES, run=look,
        question="결제 서비스에 이 주문의 상태를 다시 묻습니다.",
        when=lambda payment: bool(payment.provider) and (
            payment.state in WAITING or payment.state in (PaymentState.EXPIRED, PaymentState.CANCELLED)
        ),
    ),
)  # fmt: skip


def resend(refund: Refund, **given: Any) -> str:
    refunds.resend(refund_id=refund.pk, **given)
    return "환급을 다시 보냅니다. 결과는 1분 안에 나옵니다."


def by_hand(refund: Refund, **answers: Any) -> str:
    refunds.done_by_hand(refund_id=refund.pk, **answers)
    return f"{won(refund.amount)} 환급을 수기로 마쳤습니다. 조합원에게 알립니다."


REFUND_BUTTONS = (
    Button(
        name="resend", label="환급 다시 보내기", roles=DECIDING_ROLES, run=resend,
        question="같은 금액을 결제 서비스로 다시 보냅니다. 이미 나간 환급은 두 번 나가지 않습니다.",
        when=lambda refund: refund.state == RefundState.FAILED and bool(refund.payment.provider),
    ),
    Button(
        name="by_hand", label="환급 완료 처리(수기)", roles=DECIDING_ROLES, form=ReasonForm, run=by_hand,
        is_dangerous=True,
        question="지점에서 직접 돌려준 것으로 마칩니다. 실제로 송금한 뒤에만 눌러 주세요.",
        when=lambda refund: refund.state == RefundState.FAILED
        or (refund.state == RefundState.QUEUED and not refund.payment.provider),
    ),
)  # fmt: skip
