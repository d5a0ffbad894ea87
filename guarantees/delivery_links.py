"""The beneficiary's link: made, stored as a hash, and written into the e-mail that carries it."""

import secrets
from datetime import datetime

from guarantees import delivery_notices
from guarantees.deliveries import hash_of
from guarantees.models import Delivery
from guarantees.rules.delivery import LINK_LIFE
from sms.outbox import queue


def new_link(delivery: Delivery, *, at: datetime) -> None:
    """Give `delivery` a new secret and queue the e-mail with it, in the caller's transaction.

    256 random bits; the only copy outside the letter is its SHA-256. An earlier link ends with it.
    """
    token = secrets.token_urlsafe(32)
    delivery.token_hash, delivery.token_until = hash_of(token), at + LINK_LIFE
    delivery.save(update_fields=["token_hash", "token_until"])
    queue(delivery_notices.link(delivery, token=token), at=at)
