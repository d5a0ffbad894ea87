"""What the messaging app has to do today."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse

from portal.clock import seoul_day
from portal.desk.buttons import held_roles
from portal.desk.scoped import visible
from portal.desk.worklists import Work, worklist
from portal.members.models import Member
from portal.members.roles import DECIDING_ROLES, Role
from sms.actions.mileage.adjusting import APPROVERS
from sms.admin.batches import MACHINE_ROOM, orphans
from sms.admin.members import unreachable, wrongly_numbered
from sms.admin.messages import RECENT, failed
from sms.delivery.watch import level_of
from sms.models import (
    Adjustment,
    AdjustmentState,
    Batch,
    BatchState,
    Circuit,
    GatewayAlarm,
    GatewayState,
    Message,
    MileageAnomaly,
    MileagePolicy,
    Receipt,
    SenderNumber,
    Suspension,
)

PROOF_WARNINGS = (60, 30, 7)  # days before the proof of a sender number ends


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
        count = wrongly_numbered(visible(Member, request).order_by()).count()
        yield Work("번호 확인 필요", count, f"{members}?reach=wrong", "조합원에게 전화하여 번호를 고쳐 주세요.")
        sent = reverse("admin:sms_message_changelist")
        count = failed(visible(Message, request).order_by(), since=at - RECENT).count()
        yield Work("발송 실패", count, f"{sent}?outcome=failed", "최근 7일")
        adjustments = reverse("admin:sms_adjustment_changelist")
        waiting = visible(Adjustment, request).order_by().filter(state=AdjustmentState.WAITING)
        if held & APPROVERS:
            count = waiting.exclude(asked_by=request.user.pk).count()
            yield Work("승인할 마일리지 조정", count, f"{adjustments}?state__exact=waiting")
    if Role.HQ_UNDERWRITER in held:
        anomalies = reverse("admin:sms_mileageanomaly_changelist")
        count = visible(MileageAnomaly, request).order_by().filter(resolved_at__isnull=True).count()
        yield Work("확인할 마일리지 이상", count, f"{anomalies}?open=1")
    if Role.POLICY_ADMIN in held:
        for model, label in ((MileagePolicy, "승인할 마일리지 정책"), (Suspension, "승인할 서비스 중지")):
            rows = model.objects.filter(made_by__isnull=False, checked_by__isnull=True)
            page = reverse(f"admin:sms_{model._meta.model_name}_changelist")
            yield Work(label, rows.exclude(made_by=request.user.pk).count(), page)
    if held & MACHINE_ROOM:
        yield from _machine_room(at)


def _machine_room(at: datetime) -> Iterator[Work]:
    """What stops texts, or may have sent one twice."""
    batches, receipts = reverse("admin:sms_batch_changelist"), reverse("admin:sms_receipt_changelist")
    count = Batch.objects.filter(state=BatchState.REVIEW).count()
    yield Work("결과를 알 수 없는 발송 묶음", count, f"{batches}?state__exact=review", is_urgent=True)
    states = list(GatewayState.objects.all())
    page = reverse("admin:sms_gatewaystate_changelist")
    shut = sum(state.circuit != Circuit.CLOSED for state in states)
    yield Work("막힌 문자 중계사", shut, page, "잔액·계약·열쇠를 확인해 주세요.", is_urgent=True)
    levels = [level for state in states if (level := level_of(state))]
    note = f"가장 많이 쓴 곳이 {max(levels)}%를 넘었습니다." if levels else ""
    yield Work("중계사 잔액·한도", len(levels), page, note, is_urgent=max(levels, default=0) >= 90)
    alarms = reverse("admin:sms_gatewayalarm_changelist")
    count = GatewayAlarm.objects.filter(settled_at__isnull=True).count()
    yield Work("중계사 경보", count, f"{alarms}?settled_at__isempty=1", is_urgent=True)
    count = orphans(Receipt.objects.order_by(), at).count()
    yield Work("주인 없는 배달 보고", count, f"{receipts}?orphan=yes", "우리가 모르는 발송인지 확인해 주세요.")
    yield _ending_proofs(at)


def _ending_proofs(at: datetime) -> Work:
    """Sender numbers whose proof of ownership ends soon; told again at each of PROOF_WARNINGS."""
    today = seoul_day(at)
    ends = SenderNumber.objects.filter(valid_until__lte=today + timedelta(days=PROOF_WARNINGS[0]))
    left = [(end - today).days for end in ends.values_list("valid_until", flat=True) if end]
    nearest = min(left, default=0)
    reached = min((days for days in PROOF_WARNINGS if nearest <= days), default=0)
    note = f"{reached}일 안에 끝납니다." if nearest >= 0 else "이미 끝난 증빙이 있습니다."
    is_urgent = bool(left) and nearest <= PROOF_WARNINGS[-1]
    page = reverse("admin:sms_sendernumber_changelist")
    return Work("끝나가는 발신번호 증빙", len(left), page, note if left else "", is_urgent=is_urgent)
