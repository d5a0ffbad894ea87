"""Documents on their way: one accepted, one returned, and two that the running demo sends itself."""

import re
from datetime import datetime, timedelta
from typing import Any

from guarantees.actions import beneficiary
from guarantees.actions.transmitting import send_by_email
from guarantees.demo.story import PUBLIC, Scene, play
from guarantees.models import Delivery
from portal.access import Actor
from portal.members.models import User
from sms.models import Message

FIRST_PLACE = 100  # behind the scenes of `story`
ISSUED = ("submit", "take", "approve", "issue")
LINK = re.compile(r"/b/([\w-]{43})/")


def by_email(**more: Any) -> dict[str, Any]:
    return {**PUBLIC, "delivery_channel": "email", "beneficiary_email": "facility@example.kr", **more}


def by_system(**more: Any) -> dict[str, Any]:
    number = {"delivery_channel": "procurement", "beneficiary_business_number": "9031812345"}
    return {**PUBLIC, **number, **more}


SCENES = (
    Scene("C1", "나래중 배관 교체공사", "누리교육지원청", 120_000_000, 18_000_000, ISSUED, more=by_email()),
    Scene("C1", "푸름복지관 환기설비공사", "가상시청 시설과", 90_000_000, 13_500_000, ISSUED, more=by_email()),
    Scene("C1", "한별주민센터 냉난방공사", "가상시청 시설과", 70_000_000, 10_500_000, ISSUED, more=by_email()),
    Scene(
        "C1", "아람도서관 소방설비공사", "한빛도시공사(가상)", 110_000_000, 16_500_000, ISSUED, more=by_system()
    ),
)


def tell(at: datetime) -> None:
    """The first two are answered; the third waits in the outbox to be tried; the fourth goes to the simulator."""
    member_by = Actor.user(User.objects.get(username="mirnuri"))
    officer_by = Actor.user(User.objects.get(username="seoul"))
    start = at - timedelta(hours=2)
    for place, scene in enumerate(SCENES, FIRST_PLACE):
        play(scene, place, member_by, officer_by, start)
    accepted, returned = (_sent(scene, start + timedelta(minutes=30)) for scene in SCENES[:2])
    address, answered = "192.0.2.10", start + timedelta(minutes=50)
    beneficiary.open_delivery(token=accepted, address=address, at=answered)
    beneficiary.accept(token=accepted, name="시설과 이나래", address=address, at=answered)
    beneficiary.open_delivery(token=returned, address=address, at=answered)
    reason = "보증기간이 준공일보다 짧습니다. 준공일에 맞추어 다시 보내 주세요."
    beneficiary.give_back(token=returned, name="계약팀 최라온", reason=reason, address=address, at=answered)


def _sent(scene: Scene, at: datetime) -> str:
    """The secret of the link, as the beneficiary finds it in his letter."""
    delivery = Delivery.everything.get(guarantee__contract_name=scene.contract_name)
    send_by_email(delivery_id=delivery.pk, by=Actor.system("데모"), at=at)
    letter = Message.everything.get(key__startswith=f"delivery_link:{delivery.guarantee.public_id}:")
    found = LINK.search(letter.body)
    if found is None:
        raise LookupError("the letter holds no link")
    return found[1]
