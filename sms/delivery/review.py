"""A person's word on texts that no gateway can be asked about. Nothing else ends a review."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.refusals import Refusal
from sms.delivery.letters import open_ids
from sms.delivery.results import Step, append
from sms.models import Batch, BatchState, ResultState
from sms.outbox import kick


class NotInReview(Refusal):
    """The batch waits for nobody's word."""

    message = "이미 처리된 발송 묶음입니다. 목록을 새로 고쳐 지금 상태를 확인해 주세요."


def decide(*, batch_id: int, went_out: bool, by: Actor, at: datetime) -> Batch:
    """End the doubt: the open messages did go out, or did not and may be sent again. Raises NotInReview."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update().filter(pk=batch_id, state=BatchState.REVIEW).first()
        if batch is None:
            raise NotInReview
        left = open_ids(batch.pk, batch.message_ids)
        state = ResultState.ACCEPTED if went_out else ResultState.DEFERRED
        append([Step(message_id, state, "person") for message_id in left], gateway=batch.gateway, at=at)
        batch.state = BatchState.DONE if went_out else BatchState.READY
        batch.settled_at = at if went_out else None
        batch.not_before = at
        batch.trouble = ""
        batch.save(update_fields=["state", "settled_at", "not_before", "trouble"])
        detail = {"went_out": went_out, "messages": len(left)}
        trail.record(action="batch.decide", by=by, at=at, subject=batch, detail=detail)
        transaction.on_commit(kick, robust=True)
    return batch
