"""A person's calendar address: made, renewed, revoked."""

import secrets
from datetime import datetime

from django.db import transaction

from guarantees.deliveries import hash_of
from guarantees.models import CalendarFeed
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import User


@transaction.atomic
def renew_calendar(*, user_id: int, by: Actor, at: datetime) -> str:
    """Give the person a new address and end the one before. Returns its secret: 256 random bits, kept nowhere."""
    secret = secrets.token_urlsafe(32)
    found = {"secret_hash": hash_of(secret), "changed_at": at}
    CalendarFeed.everything.update_or_create(user_id=user_id, defaults=found)
    record(action="calendar.renew", by=by, at=at, subject=User.objects.get(pk=user_id))
    return secret


@transaction.atomic
def revoke_calendar(*, user_id: int, by: Actor, at: datetime) -> None:
    """End the person's address; nothing to do where there is none."""
    living = CalendarFeed.everything.filter(user_id=user_id).exclude(secret_hash="")
    if living.update(secret_hash="", changed_at=at):
        record(action="calendar.revoke", by=by, at=at, subject=User.objects.get(pk=user_id))
