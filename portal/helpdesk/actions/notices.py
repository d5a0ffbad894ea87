"""What staff do with notices. A legal notice that has been published stands as it is: terms rest on it (S19)."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.helpdesk.models import Notice, NoticeVersion
from portal.refusals import Refusal


class LegalNoticeStands(Refusal):
    """A published legal notice was to be changed."""

    message = (
        "이미 게시한 제도 공지는 고칠 수 없습니다. 이 공지를 근거로 정책이 시행되기 때문입니다. "
        "바로잡을 내용은 새 공지로 올려 주세요."
    )


@transaction.atomic
def write_version(
    *, notice_id: int, title: str, body: str, reason: str, by: Actor, at: datetime
) -> NoticeVersion | None:
    """What the notice says from now on; None where it says just that already.

    Raises LegalNoticeStands, Notice.DoesNotExist.
    """
    notice = Notice.objects.select_for_update().get(pk=notice_id)
    latest = notice.versions.first()
    if latest and (latest.title, latest.body) == (title, body):
        return None
    if latest and notice.is_legal and notice.publish_at <= at:
        raise LegalNoticeStands
    number = latest.number + 1 if latest else 1
    version = NoticeVersion.objects.create(
        notice=notice, number=number, title=title, body=body, reason=reason, made_at=at, made_by_id=by.user_id
    )
    trail.record(action="notice.write", by=by, at=at, subject=notice, detail={"version": number, "reason": reason})
    return version
