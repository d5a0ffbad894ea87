"""Asking for a document to be handed to its beneficiary, again, elsewhere, or no more (DOMAIN §2.3, §2.5).

Nothing is sent here. The rows wait for `deliver_documents`, which looks several times a minute. Every action
locks the guarantee before the delivery, as whoever cancels the guarantee does.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from guarantees.actions.rows import NotAllowed, NotFound, locked_guarantee, not_now
from guarantees.deliveries import LIVE, living_delivery
from guarantees.delivery_links import new_link
from guarantees.documents import document_in_force
from guarantees.models import Delivery, DeliveryEvent, DeliveryState, Guarantee, GuaranteeDocument
from guarantees.rules.delivery import EMAIL, PRINT, PROCUREMENT, Event, delivery_findings, next_state
from guarantees.rules.states import MEMBER, OFFICERS
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal

NO_ADDRESS = "받는 이메일 주소가 없어 보내지 못했습니다."
SENT_ANEW = "다시 보내거나 받는 방법을 바꾸어 끝냈습니다."
NEW_VERSION = "변경 발급한 보증서로 대체되어 끝냈습니다."
LONGEST_FAILURE = 200
ON_THE_WAY = (DeliveryState.QUEUED, DeliveryState.SENT)


class NoDocument(Refusal):
    """A guarantee of the older books has only its paper."""

    message = "포털에서 발급한 보증서 파일이 없어 보낼 수 없습니다. 종이 보증서를 제출해 주세요."


class AlreadyAccepted(Refusal):
    """The beneficiary holds it."""

    message = "보증채권자가 이미 접수했습니다. 링크가 다시 필요하면 ‘링크 다시 보내기’를 눌러 주세요."


class InTransit(Refusal):
    """The procurement system has it or is about to."""

    message = (
        "전자조달시스템으로 보내고 있거나 이미 보냈습니다. 같은 곳으로 다시 보낼 수 없으니 "
        "응답을 기다려 주시고, 급하면 관할 지점에 문의해 주세요."
    )


class NoAddress(Refusal):
    """An e-mail to nobody."""

    message = "보증채권자의 이메일 주소가 비어 있습니다. 주소를 입력해 주세요."


class LacksKeys(Refusal):
    """The procurement system could not find the buyer's file."""


class NoLink(Refusal):
    """Only what was sent by e-mail has a link."""

    message = "이메일로 보낸 보증서가 아니거나 이미 끝난 송부입니다. 새로 보내 주세요."


class NoReason(Refusal):
    """A link withdrawn without a reason."""

    message = "링크를 폐기하는 사유가 비어 있습니다. 왜 폐기하는지 적어 주세요."


def queue_delivery(
    *, document: GuaranteeDocument, channel: str, to_email: str, by: Actor, at: datetime
) -> Delivery | None:
    """Have `document` handed over, in the caller's transaction; None where the member hands it in himself.

    Deliveries of earlier versions end. Asked twice for one document, it is delivered once. Without an address
    the row is FAILED from the start: a delivery that cannot be made must not keep the guarantee from being issued.
    """
    earlier = Delivery.everything.filter(guarantee_id=document.guarantee_id).exclude(document=document)
    for delivery in earlier.select_for_update(of=("self",)).filter(state__in=ON_THE_WAY):
        close(delivery, event=Event.REPLACE, why=NEW_VERSION, at=at)
    forget_links(earlier)
    living = living_delivery(document)
    if channel == PRINT or living is not None:
        return living
    return _queue(document, channel, to_email, by, at)


@transaction.atomic
def deliver_anew(*, guarantee_id: int, channel: str, to_email: str = "", by: Actor, at: datetime) -> Delivery:
    """Send the document in force once more, elsewhere or another way; `print` (by hand) counts as sent.

    What was on its way ends, and its link opens nothing any more. Raises NotFound, NotAllowed, NotNow, NoDocument,
    AlreadyAccepted, InTransit, NoAddress, LacksKeys.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    document = _deliverable(guarantee, by)
    living = living_delivery(document)
    if living is not None:
        _refuse_standing(living, guarantee, channel)
        close(living, event=Event.REPLACE, why=SENT_ANEW, at=at)
    _refuse_unaddressed(guarantee, channel, to_email)
    forget_links(guarantee.deliveries.all())
    return _queue(document, channel, to_email, by, at)


@transaction.atomic
def renew_link(*, delivery_id: int, by: Actor, at: datetime) -> Delivery:
    """A new link to the same address, by e-mail; the one before opens nothing any more.

    Raises NotFound, NotAllowed, NoLink.
    """
    delivery = locked_delivery(delivery_id, by)
    _require_party(by)
    is_over = delivery.document.superseded_at is not None or delivery.guarantee.state not in LIVE
    if delivery.channel != EMAIL or delivery.state not in (DeliveryState.SENT, DeliveryState.ACCEPTED) or is_over:
        raise NoLink
    new_link(delivery, at=at)
    record(action="delivery.renew_link", by=by, at=at, subject=delivery.guarantee, detail=_detail(delivery))
    return delivery


@transaction.atomic
def revoke_link(*, delivery_id: int, reason: str, by: Actor, at: datetime) -> Delivery:
    """The link opens nothing any more; what the beneficiary answered stands.

    Raises NotFound, NotAllowed, NoLink, NoReason.
    """
    delivery = locked_delivery(delivery_id, by)
    if not by.roles & OFFICERS:
        raise NotAllowed
    if not delivery.token_hash:
        raise NoLink
    given = reason.strip()[:LONGEST_FAILURE]
    if not given:
        raise NoReason
    forget_links([delivery])
    note(delivery, "revoked", at=at, text=given)
    detail = {**_detail(delivery), "reason": given}
    record(action="delivery.revoke_link", by=by, at=at, subject=delivery.guarantee, detail=detail)
    return delivery


def stop_deliveries(*, guarantee: Guarantee, why: str, by: Actor, at: datetime) -> int:
    """End what is on its way, in the caller's transaction, who holds the guarantee. Returns how many."""
    rows = list(guarantee.deliveries.select_for_update(of=("self",)).filter(state__in=ON_THE_WAY))
    for delivery in rows:
        close(delivery, event=Event.FAIL, why=why, at=at)
    forget_links(guarantee.deliveries.all())
    if rows:
        record(action="delivery.stop", by=by, at=at, subject=guarantee, detail={"reason": why, "count": len(rows)})
    return len(rows)


def locked_delivery(delivery_id: int, by: Actor) -> Delivery:
    """The delivery, its guarantee locked before it. Raises NotFound."""
    rows = Delivery.everything.within(by.scope)
    guarantee_id = rows.filter(pk=delivery_id).values_list("guarantee_id", flat=True).first()
    if guarantee_id is None:
        raise NotFound
    guarantee = locked_guarantee(guarantee_id, by)
    delivery = rows.select_for_update(of=("self",)).select_related("document").get(pk=delivery_id)
    delivery.guarantee = guarantee
    return delivery


def close(delivery: Delivery, *, event: Event, why: str, at: datetime) -> None:
    """End a delivery that did not arrive, and say why."""
    delivery.state = next_state(delivery.state, event)
    delivery.failure, delivery.next_at = why[:LONGEST_FAILURE], None
    delivery.save(update_fields=["state", "failure", "next_at"])
    note(delivery, event.value, at=at, text=why)


def note(
    delivery: Delivery, kind: str, *, at: datetime, text: str = "", address: str | None = None
) -> DeliveryEvent:
    """Write down what happened on the way."""
    return DeliveryEvent.everything.create(
        delivery=delivery, kind=kind, note=text[:300], address=address or "", at=at
    )


def forget_links(rows: Iterable[Delivery]) -> None:
    """Links to these open nothing any more."""
    found = [delivery.pk for delivery in rows if delivery.token_hash]
    Delivery.everything.filter(pk__in=found).update(token_hash="", token_until=None)


def _queue(document: GuaranteeDocument, channel: str, to_email: str, by: Actor, at: datetime) -> Delivery:
    delivery = Delivery(
        guarantee_id=document.guarantee_id, document=document, channel=channel, queued_at=at, next_at=at,
        to_email=to_email if channel == EMAIL else "",
    )  # fmt: skip
    if channel == PRINT:
        delivery.state, delivery.sent_at, delivery.next_at = next_state(delivery.state, Event.SEND), at, None
    delivery.save(force_insert=True)
    note(delivery, "print" if channel == PRINT else "queued", at=at, text=by.name)
    if channel == EMAIL and not to_email:
        close(delivery, event=Event.FAIL, why=NO_ADDRESS, at=at)
    record(action="delivery.queue", by=by, at=at, subject=delivery.guarantee, detail=_detail(delivery))
    return delivery


def _deliverable(guarantee: Guarantee, by: Actor) -> GuaranteeDocument:
    _require_party(by)
    if guarantee.state not in LIVE:
        raise not_now(guarantee)
    document = document_in_force(guarantee)
    if document is None:
        raise NoDocument
    return document


def _require_party(by: Actor) -> None:
    if not by.roles & (MEMBER | OFFICERS):
        raise NotAllowed


def _refuse_standing(living: Delivery, guarantee: Guarantee, channel: str) -> None:
    """A transmission that may have arrived is not made twice, and of a bid guarantee not replaced either."""
    if living.state == DeliveryState.ACCEPTED:
        raise AlreadyAccepted
    is_out = living.channel == PROCUREMENT and (living.attempts > 0 or living.state == DeliveryState.SENT)
    if is_out and (guarantee.product.family == "bid" or channel == PROCUREMENT):
        raise InTransit


def _refuse_unaddressed(guarantee: Guarantee, channel: str, to_email: str) -> None:
    if channel == EMAIL and not to_email:
        raise NoAddress
    findings = delivery_findings(_Asked(guarantee, channel, to_email))
    if findings:
        raise LacksKeys(f"{findings[0][1]} 관할 지점에 변경을 요청하거나 다른 방법으로 보내 주세요.")


class _Asked:
    """An issued guarantee as `delivery_findings` reads it."""

    def __init__(self, guarantee: Guarantee, channel: str, to_email: str) -> None:
        self.family: str = guarantee.product.family
        self.delivery_channel, self.beneficiary_email = channel, to_email
        self.beneficiary_name = guarantee.beneficiary_name
        self.beneficiary_business_number = guarantee.beneficiary_business_number
        self.contract_number = guarantee.contract_number


def _detail(delivery: Delivery) -> dict[str, Any]:
    return {"delivery": str(delivery.public_id), "channel": delivery.channel, "version": delivery.document.version}
