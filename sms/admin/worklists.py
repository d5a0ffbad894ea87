"""What the messaging app has to do today."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from portal.desk.buttons import held_roles
from portal.desk.scoped import visible
from portal.desk.worklists import Work, worklist
from portal.members.models import Member
from portal.members.roles import DECIDING_ROLES
from sms.admin.members import unreachable
from sms.admin.messages import MACHINE_ROOM, RECENT, failed
from sms.models import Batch, BatchState, Message


@worklist(30)
def messages_to_look_after(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Members nobody can reach, messages that did not arrive, batches in doubt."""
    held = held_roles(request)
    if held & DECIDING_ROLES:
        members = reverse("admin:members_member_changelist")
        count = unreachable(visible(Member, request).order_by()).count()
        yield Work(
            "문자 보낼 번호가 없는 조합원", count, f"{members}?reach=nobody", "대표이사 휴대폰을 등록해 주세요."
        )
        sent = reverse("admin:sms_message_changelist")
        count = failed(visible(Message, request).order_by(), since=at - RECENT).count()
        yield Work("발송 실패", count, f"{sent}?outcome=failed", "최근 7일")
    if held & MACHINE_ROOM:
        batches = reverse("admin:sms_batch_changelist")
        count = Batch.objects.filter(state=BatchState.REVIEW).count()
        yield Work("결과를 알 수 없는 발송 묶음", count, f"{batches}?state__exact=review", is_urgent=True)
