"""What people and the nightly check write about the mileage: adjustments, anomalies, reminders, checks."""

from django.db import models
from django.db.models import F, Q

from portal.access import ScopedModel
from sms.rules.mileage import CALLS_BY_ONE_PERSON

MOST_CALLS = 10_000  # one adjustment; a slip of the finger is not to become a fortune


class AdjustmentReason(models.TextChoices):
    CORRECTION = "correction", "오류정정"
    COMPENSATION = "compensation", "장애보상"
    EVENT = "event", "이벤트"
    RECALL = "recall", "회수"


class AdjustmentState(models.TextChoices):
    WAITING = "waiting", "승인 대기"
    BOOKED = "booked", "반영됨"
    DECLINED = "declined", "반려됨"


class Adjustment(ScopedModel):
    """Calls that staff give or take, with a reason. Many calls, or any taken, need a second person's word."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="adjustments")
    calls = models.IntegerField("콜", help_text="늘면 +, 줄면 -")
    reason = models.CharField("사유", max_length=12, choices=AdjustmentReason.choices)
    note = models.CharField("설명", max_length=200)
    state = models.CharField("상태", max_length=8, choices=AdjustmentState.choices)
    asked_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="신청", related_name="+")
    asked_at = models.DateTimeField("신청 일시")
    decided_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="결정", related_name="+"
    )
    decided_at = models.DateTimeField("결정 일시", null=True, blank=True)
    decline_reason = models.CharField("반려 사유", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 조정"
        verbose_name_plural = "마일리지 조정"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(calls=0) & Q(calls__gte=-MOST_CALLS, calls__lte=MOST_CALLS), name="adjustment_calls"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="adjustment_has_note"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(asked_by=F("decided_by"))),
                name="adjustment_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True)
                | Q(state="declined", decided_by__isnull=False)
                | Q(state="booked", decided_by__isnull=False)
                | Q(state="booked", calls__gte=1, calls__lte=CALLS_BY_ONE_PERSON),
                name="adjustment_state_has_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="adjustment_declined_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="adjustment_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.calls:+,}콜"


class MileageAnomaly(ScopedModel):
    """Something about the account that a person should look at. `subject` names the message, lot or spend."""

    kind = models.CharField("종류", max_length=40)
    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="+")
    subject = models.CharField("대상", max_length=160)
    text = models.CharField("내용", max_length=300)
    at = models.DateTimeField("발견")
    resolved_at = models.DateTimeField("처리 일시", null=True, blank=True)
    resolved_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="처리", related_name="+"
    )
    note = models.CharField("처리 내용", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 이상"
        verbose_name_plural = "마일리지 이상"
        ordering = ["-id"]
        constraints = [
            # Once it is resolved, the same thing found again is a new finding.
            models.UniqueConstraint(
                fields=["kind", "subject"], name="anomaly_open_once", condition=Q(resolved_at__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["subject"], name="anomaly_delivered_once", condition=Q(kind="delivered_after_refund")
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True, note="")
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(note="")),
                name="anomaly_resolved_has_note",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class LapseReminder(ScopedModel):
    """That a company was told of calls about to lapse. Each day and distance once."""

    class Kind(models.TextChoices):
        MONTH = "month", "30일 전"
        WEEK = "week", "7일 전"

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="+")
    last_day = models.DateField("쓸 수 있는 마지막 날")
    kind = models.CharField("시점", max_length=5, choices=Kind.choices)
    calls = models.PositiveIntegerField("콜")
    at = models.DateTimeField("알린 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "소멸 안내"
        verbose_name_plural = "소멸 안내"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "last_day", "kind"], name="lapse_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.last_day:%Y-%m-%d} {self.calls:,}콜 {self.get_kind_display()}"


class LedgerCheck(models.Model):
    """One run of the nightly check: what was counted and how much did not agree."""

    at = models.DateTimeField("일시")
    lots = models.PositiveIntegerField("적립분")
    entries = models.PositiveIntegerField("내역")
    calls = models.IntegerField("남은 콜")
    differences = models.PositiveIntegerField("어긋남")
    text = models.TextField("내용", blank=True)

    class Meta:
        verbose_name = "마일리지 대사"
        verbose_name_plural = "마일리지 대사"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} 어긋남 {self.differences}건"
