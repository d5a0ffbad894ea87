"""Two people agree on a recovery: one asks, which shuts the gate, another approves."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit.trail import record
from portal.gate.actions.watching import close
from portal.gate.identity import read
from portal.gate.models import ClosedBecause, Gate, Recovery, RecoveryKind
from portal.members.roles import Role
from portal.refusals import Refusal

RECOVERERS = frozenset({Role.IT_SUPPORT})


class NotYours(Refusal):
    """Only the IT department opens the gate."""

    message = "복구는 정보시스템부 직원만 요청하고 승인할 수 있습니다."


class AlreadyAsked(Refusal):
    """Another recovery waits or runs."""

    message = "이미 진행 중인 복구가 있습니다. 그 복구를 승인하거나 철회한 뒤 다시 요청해 주세요."


class SamePerson(Refusal):
    """Nobody approves his own."""

    message = "요청한 사람은 승인할 수 없습니다. 정보시스템부의 다른 직원에게 승인을 요청해 주세요."


class NotWaiting(Refusal):
    """Approved, withdrawn or finished meanwhile."""

    message = "이미 승인되었거나 철회된 복구입니다. 지금 상태를 확인해 주세요."


class NeedsRecovery(Refusal):
    """The database changed: opening alone would send again what went out."""

    message = (
        "데이터베이스가 바뀌어 닫힌 차단기는 그냥 열 수 없습니다. 이미 나간 문자와 번호를 확인하도록 "
        "'복원·장애 조치 뒤 복구'를 요청해 주세요."
    )


@transaction.atomic
def ask(
    *, kind: RecoveryKind, reason: str, by: Actor, at: datetime, days: int = 7, margin: int = 1_000
) -> Recovery:
    """One person asks; the gate shuts at once, if it is not shut. Raises NotYours, AlreadyAsked, NeedsRecovery."""
    person = _require_recoverer(by)
    gate = Gate.objects.select_for_update().get()
    if Recovery.objects.filter(finished_at__isnull=True, withdrawn_at__isnull=True).exists():
        raise AlreadyAsked
    is_plain = gate.reason == ClosedBecause.BY_STAFF and gate.cluster == read()[0]
    if kind == RecoveryKind.REOPEN and not is_plain:
        raise NeedsRecovery
    close(reason=ClosedBecause.BY_STAFF, note=reason, by=by, at=at)
    recovery = Recovery.objects.create(
        kind=kind, reason=reason, days=days, margin=margin, asked_by_id=person, asked_at=at
    )
    record(action="recovery.ask", by=by, at=at, subject=recovery, detail={"reason": reason})
    return recovery


@transaction.atomic
def approve(*, recovery_id: int, by: Actor, at: datetime) -> Recovery:
    """Another person agrees. Raises NotYours, NotWaiting, SamePerson."""
    recovery = _waiting(recovery_id, by)
    if recovery.asked_by_id == by.user_id:
        raise SamePerson
    recovery.approved_by_id, recovery.approved_at = by.user_id, at
    recovery.save(update_fields=["approved_by", "approved_at"])
    record(action="recovery.approve", by=by, at=at, subject=recovery)
    return recovery


@transaction.atomic
def withdraw(*, recovery_id: int, by: Actor, at: datetime, reason: str) -> Recovery:
    """Either person takes it back before it is approved; the gate stays shut. Raises NotYours, NotWaiting."""
    recovery = _waiting(recovery_id, by)
    recovery.withdrawn_at = at
    recovery.save(update_fields=["withdrawn_at"])
    record(action="recovery.withdraw", by=by, at=at, subject=recovery, detail={"reason": reason})
    return recovery


def _waiting(recovery_id: int, by: Actor) -> Recovery:
    _require_recoverer(by)
    rows = Recovery.objects.select_for_update().filter(pk=recovery_id, approved_at__isnull=True)
    recovery = rows.filter(withdrawn_at__isnull=True).first()
    if recovery is None:
        raise NotWaiting
    return recovery


def _require_recoverer(by: Actor) -> int:
    """Who it is. Raises NotYours."""
    if by.user_id is None or not by.roles & RECOVERERS:
        raise NotYours
    return by.user_id
