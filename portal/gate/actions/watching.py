"""Looking whether this is still the database the gate was opened for, and closing it where it is not."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from portal.access import Actor
from portal.audit.trail import record
from portal.gate import identity
from portal.gate.models import ClosedBecause, Gate
from portal.gate.witness import Sight, recall, remember

log = logging.getLogger(__name__)


def watch(*, by: Actor, at: datetime) -> Gate:
    """Compare, and close the gate on another database or an earlier state of it. Cheap: called at every tick.

    Raises identity.IdentityNotReadable.
    """
    name, position = identity.read()
    gate, _made = Gate.objects.get_or_create(
        defaults={
            "is_open": False,
            "reason": ClosedBecause.OTHER_DATABASE,
            "note": "차단기 기록이 없어졌습니다.",
            "since": at,
            "opened_at": at,
            "cluster": name,
        }
    )
    if not gate.is_open:
        return gate
    file = Path(settings.GATE_WITNESS)
    now = Sight(_written(gate.opened_at), name, position or 0)
    last = recall(file)
    if gate.cluster != name:
        return close(reason=ClosedBecause.OTHER_DATABASE, note=f"{gate.cluster} → {name}", by=by, at=at)
    if last is not None and last.went_back(now):
        note = f"{last.position} → {now.position}, {last.opened_at} → {now.opened_at}"
        return close(reason=ClosedBecause.WENT_BACK, note=note[:200], by=by, at=at)
    if position is not None:
        _remember(file, now)
    return gate


@transaction.atomic
def close(*, reason: ClosedBecause, note: str, by: Actor, at: datetime) -> Gate:
    """Shut the gate, with its reason in the trail; one that is shut keeps its first reason."""
    gate = Gate.objects.select_for_update().get()
    if not gate.is_open:
        return gate
    gate.is_open, gate.reason, gate.note, gate.since = False, reason, note, at
    gate.save(update_fields=["is_open", "reason", "note", "since"])
    record(action="gate.close", by=by, at=at, subject=gate, detail={"reason": note, "because": reason})
    log.critical("the gate is closed, nothing is sent or issued: %s (%s)", reason, note)
    return gate


@transaction.atomic
def reopen(*, by: Actor, at: datetime, reason: str) -> Gate:
    """Open the gate for the database as it is now. Only a recovery approved by two people may call this."""
    name, position = identity.read()
    gate, _made = Gate.objects.select_for_update().get_or_create(
        defaults={"since": at, "cluster": name, "opened_at": at}
    )
    gate.is_open, gate.reason, gate.note, gate.since = True, ClosedBecause.OPEN, "", at
    gate.cluster, gate.opened_at = name, at
    gate.save()
    record(action="gate.open", by=by, at=at, subject=gate, detail={"reason": reason, "cluster": name})
    if position is not None:
        sight = Sight(_written(at), name, position)
        transaction.on_commit(lambda: _remember(Path(settings.GATE_WITNESS), sight))
    return gate


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _remember(file: Path, sight: Sight) -> None:
    try:
        remember(file, sight)
    except OSError as error:  # without a witness a snapshot put back goes unnoticed; the rest still holds
        log.error("the gate's witness cannot be written: %s", error)
