"""From approval to an issued guarantee, in one transaction (S08, S15, DOMAIN §2.5, §2.7)."""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from guarantees import notices
from guarantees.actions.deliveries import queue_delivery
from guarantees.actions.documents import make_document
from guarantees.actions.limits import lock_limit
from guarantees.actions.numbers import next_in, refuse_taken
from guarantees.actions.payments import record_counter_payment
from guarantees.actions.rows import NotAllowed, application_step, locked_application, not_now
from guarantees.actions.submission import NotTrading
from guarantees.models import Application, Channel, Guarantee, Payment, PaymentMethod, PaymentState
from guarantees.rules.numbering import format_number, short_number
from guarantees.rules.states import (
    OFFICERS,
    ApplicationEvent,
    ApplicationState,
    GuaranteeEvent,
    next_state,
)
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.refusals import Refusal
from sms.actions.mileage import earn
from sms.models import Lot
from sms.outbox import queue

logger = logging.getLogger(__name__)

# What comes next on the way from approval to issue.
NEXT_EVENT: dict[str, ApplicationEvent] = {
    ApplicationState.APPROVED: ApplicationEvent.SIGN,
    ApplicationState.SIGNED: ApplicationEvent.PAY,
    ApplicationState.FEE_PAID: ApplicationEvent.ISSUE,
}


class NotConfirmed(Refusal):
    """The officer did not confirm both the agreement and the fee."""

    message = "약정서와 수수료를 받았는지 두 가지를 모두 확인해 주세요. 확인한 뒤 발급할 수 있습니다."


class PeriodOver(Refusal):
    """The period to guarantee has ended since the approval."""

    message = "보증 종료일이 지나 발급할 수 없습니다. 보증이 계속 필요하면 새로 신청하도록 안내해 주세요."


@transaction.atomic
def issue(
    *,
    application_id: int,
    by: Actor,
    at: datetime,
    agreement_confirmed: bool,
    fee_confirmed: bool,
    method: str = PaymentMethod.COUNTER,
) -> Guarantee:
    """APPROVED through SIGNED and FEE_PAID to ISSUED: the branch confirms what it received, and by which `method`.

    Of an agreement signed with the certificate there is no paper to confirm, and of a fee the bank told us
    nothing to receive. Number without a gap, guarantee, sealed document, payment, mileage of an internet
    application, delivery, messages and audit stand or fall together. Issued twice, it is issued once.
    Raises NotFound, NotNow, NotAllowed, NotConfirmed, NotTrading, PeriodOver, NoPostPay, NoLimit, Undocumentable,
    SealUnavailable.
    """
    application = locked_application(application_id, by)
    if by.user_id is None or not by.roles & OFFICERS:
        raise NotAllowed
    if application.state == ApplicationState.ISSUED:
        return Guarantee.everything.get(application=application)
    if application.state not in NEXT_EVENT:
        raise not_now(application)
    is_signed = application.state != ApplicationState.APPROVED
    is_paid = application.state == ApplicationState.FEE_PAID
    if not ((agreement_confirmed or is_signed) and (fee_confirmed or is_paid)):
        raise NotConfirmed
    _refuse_impossible(application, at)
    payment = record_counter_payment(application=application, method=method, by=by, at=at)
    return _issue(application, "공동인증서로 서명" if is_signed else "지점에서 약정서 확인", payment, by, at)


@transaction.atomic
def issue_paid(*, application_id: int, by: Actor, at: datetime) -> Guarantee:
    """FEE_PAID to ISSUED by the portal itself, once the fee is there. Issued twice, it is issued once.

    Raises NotFound, NotNow, NotAllowed, NotTrading, PeriodOver, NoLimit, Undocumentable, SealUnavailable.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.ISSUED:
        return Guarantee.everything.get(application=application)
    application_step(application, ApplicationEvent.ISSUE, by)
    _refuse_impossible(application, at)
    payment = application.payments.filter(state=PaymentState.PAID).first()
    return _issue(application, "공동인증서로 서명", payment, by, at)


def issue_waiting(*, by: Actor, at: datetime) -> int:
    """Issue what was paid and, for whatever reason, not issued right after. Returns how many were.

    Each in its own transaction; what fails is logged, stays on the branch's list and is tried again. One whose
    period is over stays on that list for the branch to give the fee back.
    """
    paid = Application.everything.filter(state=ApplicationState.FEE_PAID, ends_on__gte=seoul_day(at))
    paid = paid.order_by("fee_paid_at", "id")
    return sum(_try_to_issue(pk, by, at) for pk in list(paid.values_list("pk", flat=True)))


def _try_to_issue(application_id: int, by: Actor, at: datetime) -> bool:
    try:
        issue_paid(application_id=application_id, by=by, at=at)
    except Refusal as refused:
        logger.warning("paid application %s not issued: %s", application_id, refused)
        return False
    except (DatabaseError, OSError):
        logger.exception("paid application %s not issued", application_id)
        return False
    return True


def _issue(
    application: Application, agreement: str, payment: Payment | None, by: Actor, at: datetime
) -> Guarantee:
    """The caller holds the application. Lock order: application, limit, number."""
    lock_limit(application.member_id)
    _walk_to_issued(application, at)
    guarantee = _make(application, by, at)
    document = make_document(guarantee=guarantee, at=at, officer=application.reviewer)
    queue_delivery(
        document=document,
        channel=application.delivery_channel,
        to_email=application.beneficiary_email,
        by=by,
        at=at,
    )
    lot = _earn(guarantee, at)
    drafts = notices.issued(application, guarantee, lot)
    queue(drafts, at=at)
    detail = {
        "guarantee": guarantee.number,
        "agreement": agreement,
        "fee": application.quoted_fee,
        "fee_paid": payment.get_method_display() if payment else "",
        "document": document.sha256,
        "calls": lot.quantity if lot else 0,
        "told": [draft.channel for draft in drafts],
    }
    record(action="application.issue", by=by, at=at, subject=application, detail=detail)
    record(action="guarantee.issue", by=by, at=at, subject=guarantee, detail={"application": application.number})
    return guarantee


def _refuse_impossible(application: Application, at: datetime) -> None:
    if not application.member.is_trading:
        raise NotTrading
    if application.ends_on is None or application.ends_on < seoul_day(at):
        raise PeriodOver


def _walk_to_issued(application: Application, at: datetime) -> None:
    """Take the remaining steps of the table, each with its evidence."""
    state: str = application.state
    while event := NEXT_EVENT.get(state):
        state = next_state(state, event)
    application.state = state
    application.signed_at = application.signed_at or at
    application.fee_paid_at = application.fee_paid_at or at
    application.closed_at = application.changed_at = at
    application.save(update_fields=["state", "signed_at", "fee_paid_at", "closed_at", "changed_at"])


def _make(application: Application, by: Actor, at: datetime) -> Guarantee:
    day = seoul_day(at)
    code = application.product_id
    number = format_number(day.year, code, next_in(f"guarantee:{day.year}:{code}"))
    copied = {
        name: getattr(application, name)
        for name in (
            "member_id", "product_id", "channel", "contract_id", "contract_name", "contract_number",
            "contract_amount", "contracted_on", "completes_on", "beneficiary_name",
            "beneficiary_business_number", "amount", "starts_on", "ends_on", "special_terms", "collateral",
        )
    }  # fmt: skip
    with refuse_taken():
        return Guarantee.everything.create(
            application=application,
            number=number,
            sms_number=short_number(number),
            state=next_state(None, GuaranteeEvent.ISSUE),
            outstanding=copied["amount"],
            fee=application.quoted_fee,
            issued_on=day,
            issued_at=at,
            issued_by_id=by.user_id,
            **copied,
        )


def _earn(guarantee: Guarantee, at: datetime) -> Lot | None:
    """One call for a guarantee applied for on the internet, none for one of the branch (S15)."""
    if guarantee.channel != Channel.INTERNET:
        return None
    return earn(
        member_id=guarantee.member_id,
        source=f"guarantee:{guarantee.public_id}",
        label=f"{guarantee.product.name} {guarantee.number} 발급",
        at=at,
    )
