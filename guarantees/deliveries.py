"""Reading deliveries: by the secret of a link, for the member's page, for the desk, and what they forbid."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from guarantees.models import Delivery, DeliveryState, Guarantee, GuaranteeDocument
from guarantees.rules.delivery import LIVING, PROCUREMENT
from guarantees.rules.states import GuaranteeState

SURELY_REFUSED = "refused"  # the kind of event that says the system never took it
LIVE = (GuaranteeState.ACTIVE, GuaranteeState.EXPIRED)
ANSWERABLE = (DeliveryState.SENT, DeliveryState.ACCEPTED, DeliveryState.RETURNED)


def hash_of(token: str) -> str:
    """What is stored of a link's secret: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def delivery_of(token: str, *, at: datetime) -> Delivery | None:
    """The delivery a link opens; None for one unknown, expired, withdrawn, or to a document since replaced."""
    rows = Delivery.everything.filter(
        token_hash=hash_of(token), token_until__gt=at, state__in=ANSWERABLE, document__superseded_at__isnull=True
    ).exclude(guarantee__state=GuaranteeState.CANCELLED)
    return rows.select_related("document", "guarantee__product", "guarantee__member__branch").first()


def delivery_by_key(key: str) -> int | None:
    """The id of the transmission a procurement system calls by our key."""
    try:
        rows = Delivery.everything.filter(public_id=UUID(key), channel=PROCUREMENT)
    except ValueError:
        return None
    return rows.values_list("pk", flat=True).first()


def living_delivery(document: GuaranteeDocument) -> Delivery | None:
    """The one on its way or arrived; a document has at most one."""
    return document.deliveries.filter(state__in=LIVING).first()


def history_of(guarantee: Guarantee) -> list[Delivery]:
    """Every delivery, the latest first, with what happened on the way."""
    return list(guarantee.deliveries.order_by("-id").prefetch_related("events").select_related("document"))


def is_irrevocable(guarantee: Guarantee) -> bool:
    """Whether the guarantee can neither be cancelled nor taken back: accepted, or a bid that went to the system.

    A bid the system may have taken (it was called, and never said no) counts as gone: nobody can know better.
    The caller holds the guarantee's row, and so does whoever begins a transmission.
    """
    if guarantee.deliveries.filter(state=DeliveryState.ACCEPTED).exists():
        return True
    if guarantee.product.family != "bid":
        return False
    tried = guarantee.deliveries.filter(channel=PROCUREMENT).filter(Q(sent_at__isnull=False) | Q(attempts__gt=0))
    return tried.exclude(events__kind=SURELY_REFUSED).exists()


def needing_a_person(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Of `rows` those that came back or never left, where nothing was sent since and the guarantee still lives."""
    latest = Delivery.everything.filter(guarantee=OuterRef("guarantee_id")).order_by("-id").values("pk")[:1]
    return rows.filter(
        pk=Subquery(latest),
        state__in=(DeliveryState.RETURNED, DeliveryState.FAILED),
        document__superseded_at__isnull=True,
        guarantee__state__in=LIVE,
    )
