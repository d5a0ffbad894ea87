"""What the beneficiary does by his link, without an account (DOMAIN §2.3, §2.5).

The link is judged again under the locks of guarantee and delivery: between looking and pressing it may have been
withdrawn, or the guarantee replaced. Everything he does is a `DeliveryEvent`.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from guarantees.actions.deliveries import locked_delivery, note
from guarantees.actions.release_requests import ask_release
from guarantees.actions.transmitting import answer
from guarantees.deliveries import delivery_of
from guarantees.models import Delivery, DeliveryState, ReleaseRequest, RequestParty
from guarantees.rules.delivery import Event, may_return
from portal.access import Actor, Reach, Scope
from portal.clock import seoul_day
from portal.refusals import Refusal

OPENED_ONCE_IN = timedelta(hours=1)  # a page looked at again and again is one opening
GROUND = "confirmed"


class LinkGone(Refusal):
    """Unknown, expired, withdrawn or replaced: one sentence for all, since the rest is nobody's business."""

    message = "열 수 없는 링크입니다. 보증서를 보낸 조합원이나 관할 지점에 새 링크를 요청해 주세요."


class Answered(Refusal):
    """He has answered already, perhaps in another window."""

    message = "이미 접수나 반려를 처리한 보증서입니다. 화면을 새로 고쳐 지금 상태를 확인해 주세요."


class NotReturnable(Refusal):
    """A bid guarantee stands."""

    message = "입찰보증은 송부와 함께 효력이 생겨 반려할 수 없습니다. 문의는 관할 지점으로 해 주세요."


class NotAcceptedYet(Refusal):
    """Completion is confirmed by whom holds the document."""

    message = "먼저 보증서를 접수해 주세요. 접수한 뒤 이행 완료를 확인할 수 있습니다."


class NotYet(Refusal):
    """A completion in the future."""

    message = "이행 완료일이 오늘보다 뒤입니다. 날짜를 다시 확인해 주세요."


@transaction.atomic
def open_delivery(*, token: str, address: str | None, at: datetime) -> Delivery:
    """The delivery for its page; the opening is noted. Raises LinkGone."""
    delivery = _by_link(token, "", address, at)
    recent = delivery.events.filter(kind="opened", address=address or "", at__gt=at - OPENED_ONCE_IN)
    if not recent.exists():
        note(delivery, "opened", at=at, address=address)
    return delivery


@transaction.atomic
def download(*, token: str, address: str | None, at: datetime) -> Delivery:
    """The delivery for handing out its file; noted each time. Raises LinkGone."""
    delivery = _by_link(token, "", address, at)
    note(delivery, "downloaded", at=at, address=address)
    return delivery


@transaction.atomic
def accept(*, token: str, name: str, address: str | None, at: datetime) -> Delivery:
    """SENT to ACCEPTED. Pressed twice, it is accepted once. Raises LinkGone, Answered."""
    delivery = _by_link(token, name, address, at)
    if delivery.state == DeliveryState.ACCEPTED:
        return delivery
    _refuse_answered(delivery)
    answer(delivery, Event.ACCEPT, who=name, reason="", by=actor(delivery, name, address), at=at)
    return delivery


@transaction.atomic
def give_back(*, token: str, name: str, reason: str, address: str | None, at: datetime) -> Delivery:
    """SENT to RETURNED, with why. Raises LinkGone, Answered, NotReturnable."""
    delivery = _by_link(token, name, address, at)
    if not may_return(delivery.guarantee.product.family):
        raise NotReturnable
    _refuse_answered(delivery)
    answer(delivery, Event.RETURN, who=name, reason=reason, by=actor(delivery, name, address), at=at)
    return delivery


@transaction.atomic
def confirm_completion(
    *,
    token: str,
    name: str,
    completed_on: date,
    amount: int | None,
    remark: str,
    address: str | None,
    at: datetime,
) -> ReleaseRequest:
    """The works are done: a release request in the beneficiary's name, of `amount` won or (None) of all.

    The branch still decides. Raises LinkGone, NotAcceptedYet, NotYet, and what `ask_release` raises.
    """
    delivery = _by_link(token, name, address, at)
    if delivery.state != DeliveryState.ACCEPTED:
        raise NotAcceptedYet
    if completed_on > seoul_day(at):
        raise NotYet
    said = f"{name}님이 {completed_on:%Y-%m-%d} 이행 완료를 확인했습니다. {remark}".strip()
    request = ask_release(
        guarantee_id=delivery.guarantee_id, party=RequestParty.BENEFICIARY, ground=GROUND, amount=amount,
        note=said, by=actor(delivery, name, address), at=at,
    )  # fmt: skip
    note(delivery, "completed", at=at, text=said, address=address)
    return request


def actor(delivery: Delivery, name: str, address: str | None) -> Actor:
    """Who holds the link: he says his name, and sees what belongs to this member, through this delivery alone."""
    scope = Scope(Reach.MEMBER, delivery.guarantee.member_id)
    said = f"보증채권자 {name}".strip()[:80]
    return Actor(None, said, "link", address, scope, frozenset())


def _by_link(token: str, name: str, address: str | None, at: datetime) -> Delivery:
    found = delivery_of(token, at=at)
    if found is None:
        raise LinkGone
    delivery = locked_delivery(found.pk, actor(found, name, address))
    if delivery_of(token, at=at) is None:  # what was true before the wait may be no more
        raise LinkGone
    return delivery


def _refuse_answered(delivery: Delivery) -> None:
    if delivery.state != DeliveryState.SENT:
        raise Answered
