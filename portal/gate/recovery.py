"""What has to happen before a database that lost its last hours may send and issue again.

The apps that own the rows register their steps; this module knows the order, the two people and the lock.
Each step is one transaction with its own report in it, so that a recovery that was interrupted goes on where it
stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.access import Actor
from portal.audit.trail import record
from portal.gate.actions.watching import reopen
from portal.gate.models import Recovery, RecoveryKind
from portal.refusals import Refusal

Report = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """`plan` says in Korean what would be done, writing nothing; `run` does it inside a transaction of ours.

    Both get the recovery and the instant by name, `run` also who. `place` orders the steps.
    """

    name: str
    label: str
    place: int
    plan: Callable[..., str]
    run: Callable[..., Report]


_steps: dict[str, Step] = {}


class NotApproved(Refusal):
    """Nobody has asked for it, or the second person has not agreed yet."""

    message = (
        "승인된 복구 요청이 없습니다. 정보시스템부 직원 한 사람이 직원 화면의 '발송·발급 차단기'에서 "
        "복구를 요청하고 다른 한 사람이 승인한 뒤 다시 실행해 주세요."
    )


def register(step: Step) -> None:
    """Let a step be part of every recovery after a loss. A name registered twice is the later one."""
    _steps[step.name] = step


def steps_of(recovery: Recovery) -> list[Step]:
    """The steps of this kind of recovery, in order; reopening what a person closed needs none."""
    if recovery.kind == RecoveryKind.REOPEN:
        return []
    return sorted(_steps.values(), key=lambda step: (step.place, step.name))


def waiting() -> Recovery | None:
    """The recovery that two people want and that is not finished."""
    return Recovery.objects.filter(
        approved_at__isnull=False, finished_at__isnull=True, withdrawn_at__isnull=True
    ).first()


def plan(*, recovery: Recovery, at: datetime) -> list[tuple[str, str]]:
    """Label and intention of each step that is still to be done."""
    return [
        (step.label, step.plan(recovery=recovery, at=at))
        for step in steps_of(recovery)
        if step.name not in recovery.done
    ]


def carry_out(*, recovery_id: int, by: Actor, at: datetime) -> Recovery:
    """Do what is left, each step by itself, and open the gate. Raises NotApproved and what a step raises."""
    for step in steps_of(Recovery.objects.get(pk=recovery_id)):
        with transaction.atomic():
            recovery = _locked(recovery_id)
            if step.name not in recovery.done:
                recovery.done[step.name] = step.run(recovery=recovery, by=by, at=at)
                recovery.save(update_fields=["done"])
                detail = {"step": step.name, **recovery.done[step.name]}
                record(action="recovery.step", by=by, at=at, subject=recovery, detail=detail)
    with transaction.atomic():
        recovery = _locked(recovery_id)
        reopen(by=by, at=at, reason=recovery.reason)
        recovery.finished_at = at
        recovery.save(update_fields=["finished_at"])
        record(action="recovery.finish", by=by, at=at, subject=recovery)
    return recovery


def _locked(recovery_id: int) -> Recovery:
    """Two runners do not work at once: the second waits, and then finds the step done. Raises NotApproved."""
    rows = Recovery.objects.select_for_update().filter(pk=recovery_id, approved_at__isnull=False)
    recovery = rows.filter(finished_at__isnull=True, withdrawn_at__isnull=True).first()
    if recovery is None:
        raise NotApproved
    return recovery
