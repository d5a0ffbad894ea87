"""What staff and readers do with 자주 하는 질문."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.helpdesk.models import FaqEntry, FaqOpinion, FaqVersion


@transaction.atomic
def write_version(
    *, entry_id: int, question: str, answer: str, reason: str, by: Actor, at: datetime
) -> FaqVersion | None:
    """What the entry says from now on; None where it says just that already. Raises FaqEntry.DoesNotExist."""
    entry = FaqEntry.objects.select_for_update().get(pk=entry_id)
    latest = entry.versions.first()
    if latest and (latest.question, latest.answer) == (question, answer):
        return None
    number = latest.number + 1 if latest else 1
    version = FaqVersion.objects.create(
        entry=entry,
        number=number,
        question=question,
        answer=answer,
        reason=reason,
        made_at=at,
        made_by_id=by.user_id,
    )
    detail = {"version": number, "reason": reason}
    trail.record(action="faq.write", by=by, at=at, subject=entry, detail=detail)
    return version


def say_helpful(*, version_id: int, reader: str, is_helpful: bool, at: datetime) -> FaqOpinion:
    """One opinion a reader and version; he may change it."""
    opinion, _is_new = FaqOpinion.objects.update_or_create(
        version_id=version_id, reader=reader, defaults={"is_helpful": is_helpful, "at": at}
    )
    return opinion
