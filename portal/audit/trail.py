"""Writing and reading the audit trail. A row is written in the transaction of the event it tells of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models

from portal.access import Actor
from portal.audit.models import AuditEvent


def record(
    *, action: str, by: Actor, at: datetime, subject: models.Model, detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Append one event. `action` is noun.verb in English, e.g. `application.approve`."""
    event = _event(action, by, at, subject, detail)
    event.save(force_insert=True)
    return event


def record_all(*, action: str, by: Actor, at: datetime, subjects: Sequence[models.Model]) -> None:
    """Append the same event for many rows, by one statement for each thousand."""
    AuditEvent.everything.bulk_create(
        [_event(action, by, at, subject, None) for subject in subjects], batch_size=1_000
    )


def _event(
    action: str, by: Actor, at: datetime, subject: models.Model, detail: dict[str, Any] | None
) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor_id=by.user_id,
        actor_name=by.name,
        channel=by.channel,
        address=by.address,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=str(subject)[:120],
        member_id=_member_of(subject),
        detail=detail or {},
    )


def history(subject: models.Model) -> models.QuerySet[AuditEvent]:
    """All events of one row, oldest first. The caller has already shown that the reader may see the row."""
    return AuditEvent.everything.filter(
        subject_type=subject._meta.label_lower, subject_id=str(subject.pk)
    ).order_by("id")


def _member_of(subject: models.Model) -> int | None:
    if subject._meta.label_lower == "members.member":
        return subject.pk
    return getattr(subject, "member_id", None)
