"""Letters about a delivery: the link to the beneficiary, and what came of it to member and officer."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from guarantees.models import Delivery
from guarantees.notices import Addressee, addressee_of, drafts_of, of_guarantee
from sms.models import Purpose
from sms.outbox import Draft


def link(delivery: Delivery, *, token: str) -> list[Draft]:
    """To the beneficiary: where the guarantee document is had and confirmed."""
    context = {
        "delivery": delivery,
        "url": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('public:beneficiary', args=[token])}",
    }
    # A link is sent once for each secret; the hash names it without giving it away.
    notice = of_guarantee(
        delivery.guarantee, "delivery_link", Purpose.DELIVERY, "", {}, context, occasion=delivery.token_hash[:16]
    )
    to = Addressee(delivery.guarantee.beneficiary_name, "", delivery.to_email)
    return drafts_of(notice, delivery.guarantee.member, to)


def accepted(delivery: Delivery) -> list[Draft]:
    """That the beneficiary has it."""
    return _told(delivery, "delivery_accepted")


def returned(delivery: Delivery) -> list[Draft]:
    """That the beneficiary gave it back, and why."""
    return _told(delivery, "delivery_returned")


def failed(delivery: Delivery) -> list[Draft]:
    """That it could not be handed over, and what to do instead."""
    return _told(delivery, "delivery_failed")


def _told(delivery: Delivery, template: str) -> list[Draft]:
    """To whoever applied, and to the officer who issued or screened it; by e-mail."""
    guarantee = delivery.guarantee
    application = guarantee.application
    context: dict[str, Any] = {"delivery": delivery}
    told = of_guarantee(guarantee, template, Purpose.DELIVERY, "", {}, context, occasion=delivery.public_id)
    drafts = drafts_of(told, guarantee.member, addressee_of(guarantee))
    officer = guarantee.issued_by or (application.reviewer if application else None)
    if officer is None or not officer.is_active or not officer.email:
        return drafts
    page = reverse("admin:guarantees_delivery_change", args=[delivery.pk])
    context = {**context, "url": f"{settings.PUBLIC_URL.rstrip('/')}{page}"}
    desk = of_guarantee(
        guarantee, template, Purpose.DELIVERY, "", {}, context, occasion=f"{delivery.public_id}:desk"
    )
    return [*drafts, *drafts_of(desk, guarantee.member, Addressee(str(officer), "", officer.email))]
