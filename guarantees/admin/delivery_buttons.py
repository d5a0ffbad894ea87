"""What the desk decides about the delivery of a document: on the guarantee, and on one delivery."""

from typing import Any

from guarantees.actions import deliveries
from guarantees.deliveries import LIVE
from guarantees.forms.deliveries import DeliverForm, RevokeForm
from guarantees.models import Delivery, DeliveryState, Guarantee
from guarantees.rules.delivery import EMAIL
from portal.desk.buttons import Button
from portal.members.roles import DECIDING_ROLES
from portal.particles import as_means


def deliver(guarantee: Guarantee, **given: Any) -> str:
    delivery = deliveries.deliver_anew(guarantee_id=guarantee.pk, **given)
    return f"보증 {guarantee.number}의 보증서를 {as_means(delivery.get_channel_display())} 바꾸어 보냅니다."


def send_again(delivery: Delivery, **given: Any) -> str:
    deliveries.deliver_anew(guarantee_id=delivery.guarantee_id, **given)
    return "다시 보냅니다. 전에 보낸 링크는 이제 열리지 않습니다."


def renew(delivery: Delivery, **given: Any) -> str:
    deliveries.renew_link(delivery_id=delivery.pk, **given)
    return "새 링크를 이메일로 보냅니다. 전에 보낸 링크는 이제 열리지 않습니다."


def revoke(delivery: Delivery, **given: Any) -> str:
    deliveries.revoke_link(delivery_id=delivery.pk, **given)
    return "링크를 폐기했습니다. 필요하면 새 링크를 보내 주세요."


def _can_go_again(delivery: Delivery) -> bool:
    return (
        delivery.state != DeliveryState.ACCEPTED
        and delivery.document.superseded_at is None
        and delivery.guarantee.state in LIVE
    )


def _has_link(delivery: Delivery) -> bool:
    return delivery.channel == EMAIL and delivery.state in (DeliveryState.SENT, DeliveryState.ACCEPTED)


# On the guarantee, for one that was never sent from here.
BUTTONS = (
    Button(
        name="deliver", label="보증서 보내기", roles=DECIDING_ROLES, form=DeliverForm, run=deliver,
        when=lambda guarantee: guarantee.state in LIVE and guarantee.documents.exists(),
        question="보증채권자에게 보증서를 보냅니다. 보내는 중인 것이 있으면 그만두고 새로 보냅니다.",
    ),
)  # fmt: skip

DELIVERY_BUTTONS = (
    Button(
        name="send_again", label="다시 보내기·주소 변경", roles=DECIDING_ROLES, form=DeliverForm, run=send_again,
        when=_can_go_again,
        question="보내는 방법과 주소를 확인해 주세요. 전에 보낸 것은 끝나고 그 링크는 열리지 않습니다.",
    ),
    Button(
        name="renew", label="링크 다시 보내기", roles=DECIDING_ROLES, run=renew, when=_has_link,
        question="같은 이메일 주소로 새 링크를 보냅니다. 전에 보낸 링크는 열리지 않습니다.",
    ),
    Button(
        name="revoke", label="링크 폐기", roles=DECIDING_ROLES, form=RevokeForm, run=revoke, is_dangerous=True,
        when=lambda delivery: bool(delivery.token_hash),
        question="링크를 폐기합니다. 잘못 전달되었을 때 쓰며, 이미 한 접수나 반려는 그대로입니다.",
    ),
)  # fmt: skip
