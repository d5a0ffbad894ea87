"""Two people's word on texts that no gateway can be asked about. Nothing else ends a review.

One finds out at the vendor what became of them and says so; a second one agrees, and only then anything moves.
"""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.refusals import Refusal
from sms.actions.mileage import book_outcomes
from sms.delivery.letters import open_ids
from sms.delivery.results import Step, append
from sms.models import Batch, BatchState, BatchVerdict, Purpose, ResultState
from sms.outbox import kick


class NotInReview(Refusal):
    """The batch waits for nobody's word."""

    message = "이미 처리된 발송 묶음입니다. 목록을 새로 고쳐 지금 상태를 확인해 주세요."


class SamePerson(Refusal):
    """Who found it out cannot be who confirms it."""

    message = "처음 확인한 사람이 동의할 수 없습니다. 다른 담당자가 확인해 주세요."


class AlreadyProposed(Refusal):
    """Somebody has said already what became of the batch."""

    message = "다른 담당자가 이미 확인한 내용을 적었습니다. 동의하거나 되돌려 주세요."


def propose(*, batch_id: int, went_out: bool, reason: str, by: Actor, at: datetime) -> BatchVerdict:
    """Say what the vendor told about the open messages. Raises NotInReview, AlreadyProposed."""
    with transaction.atomic():
        batch = _in_review(batch_id)
        if BatchVerdict.objects.filter(batch=batch, answered_at__isnull=True).exists():
            raise AlreadyProposed
        verdict = BatchVerdict.objects.create(
            batch=batch, went_out=went_out, reason=reason, asked_by_id=_person(by), asked_at=at
        )
        detail = {"went_out": went_out, "reason": reason}
        trail.record(action="batch.propose", by=by, at=at, subject=batch, detail=detail)
    return verdict


def agree(*, batch_id: int, by: Actor, at: datetime) -> Batch:
    """A second person agrees, and the doubt ends. Raises NotInReview, SamePerson."""
    with transaction.atomic():
        batch = _in_review(batch_id)
        verdict = _open_verdict(batch)
        if verdict.asked_by_id == by.user_id:
            raise SamePerson
        _answer(verdict, by, at, is_agreed=True)
        return _decide(batch, went_out=verdict.went_out, by=by, at=at)


def take_back(*, batch_id: int, by: Actor, at: datetime) -> Batch:
    """What was said is not so, or not sure: somebody has to look again. Raises NotInReview."""
    with transaction.atomic():
        batch = _in_review(batch_id)
        _answer(_open_verdict(batch), by, at, is_agreed=False)
        trail.record(action="batch.take_back", by=by, at=at, subject=batch)
    return batch


def _decide(batch: Batch, *, went_out: bool, by: Actor, at: datetime) -> Batch:
    """The open messages did go out, or did not and may be sent again."""
    left = open_ids(batch.pk, batch.message_ids)
    state = ResultState.ACCEPTED if went_out else ResultState.DEFERRED
    append([Step(message_id, state, "person") for message_id in left], gateway=batch.gateway, at=at)
    if batch.purpose == Purpose.FREE_SMS:
        book_outcomes(left, at=at)
    batch.state = BatchState.DONE if went_out else BatchState.READY
    batch.settled_at = at if went_out else None
    batch.not_before = at
    batch.trouble = ""
    batch.save(update_fields=["state", "settled_at", "not_before", "trouble"])
    detail = {"went_out": went_out, "messages": len(left)}
    trail.record(action="batch.decide", by=by, at=at, subject=batch, detail=detail)
    transaction.on_commit(kick, robust=True)
    return batch


def _in_review(batch_id: int) -> Batch:
    batch = Batch.objects.select_for_update().filter(pk=batch_id, state=BatchState.REVIEW).first()
    if batch is None:
        raise NotInReview
    return batch


def _open_verdict(batch: Batch) -> BatchVerdict:
    verdict = BatchVerdict.objects.filter(batch=batch, answered_at__isnull=True).first()
    if verdict is None:
        raise NotInReview
    return verdict


def _answer(verdict: BatchVerdict, by: Actor, at: datetime, *, is_agreed: bool) -> None:
    verdict.answered_by_id, verdict.answered_at, verdict.is_agreed = _person(by), at, is_agreed
    verdict.save(update_fields=["answered_by", "answered_at", "is_agreed"])


def _person(by: Actor) -> int:
    """Raises ValueError: the portal itself never ends a doubt."""
    if by.user_id is None:
        raise ValueError("a person's word is needed")
    return by.user_id
