"""문자메시지 마일리지: lots that lapse, and an append-only account of every call that came or went.

The balance is what is left in the lots that have not lapsed; there is no balance column to drift from it.
"""

import pgtrigger
from django.db import models

from portal.access import ScopedModel


class MileagePolicy(models.Model):
    """Terms of earning, versioned by effective day. Announced at least 30 days before (S19)."""

    effective_from = models.DateField("시행일", unique=True)
    published_at = models.DateTimeField("공고 일시")
    notice = models.CharField("공고", max_length=200, blank=True)
    earn_per_issue = models.PositiveSmallIntegerField("발급 1건당 적립 콜", default=1)
    validity_months = models.PositiveSmallIntegerField("유효 개월", default=12)
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="입안", related_name="+"
    )
    checked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )

    class Meta:
        verbose_name = "마일리지 정책"
        verbose_name_plural = "마일리지 정책"
        ordering = ["-effective_from"]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d} 시행"


class Lot(ScopedModel):
    """Calls earned together. Usable while the instant is before `expires_at` (S18)."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="lots", db_index=False
    )
    source = models.CharField("적립 근거", max_length=80)
    label = models.CharField("내용", max_length=120, blank=True)
    policy = models.ForeignKey(
        MileagePolicy, models.PROTECT, verbose_name="정책", related_name="lots", db_index=False
    )
    quantity = models.PositiveIntegerField("적립 콜")
    remaining = models.PositiveIntegerField("남은 콜")
    earned_on = models.DateField("적립일")
    expires_at = models.DateTimeField("소멸 시각")

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 적립분"
        verbose_name_plural = "마일리지 적립분"
        ordering = ["expires_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="lot_source_once"),
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0) & models.Q(remaining__lte=models.F("quantity")),
                name="lot_remaining_within",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "expires_at", "id"], name="lot_open", condition=models.Q(remaining__gt=0)
            ),
            models.Index(fields=["member", "id"], name="lot_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.remaining}/{self.quantity}콜"


class Spend(ScopedModel):
    """One request to spend calls, whole or not at all; `key` lets a repeated request change nothing."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="spends")
    key = models.CharField("요청 키", max_length=80)
    calls = models.PositiveIntegerField("콜")
    at = models.DateTimeField("일시")
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="사용자", related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 사용"
        verbose_name_plural = "마일리지 사용"
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="spend_key_once"),
            models.CheckConstraint(condition=models.Q(calls__gt=0), name="spend_something"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.calls}콜"


class EntryKind(models.TextChoices):
    EARN = "earn", "적립"
    SPEND = "spend", "사용"
    REFUND = "refund", "환불"
    LAPSE = "lapse", "소멸"
    CLAW_BACK = "claw_back", "회수"
    WAIVED = "waived", "회수 면제"
    ADJUST = "adjust", "조정"


class Entry(ScopedModel):
    """One line of the account: so many calls into or out of one lot."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="entries", db_index=False
    )
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name="적립분", related_name="entries")
    spend = models.ForeignKey(
        Spend, models.PROTECT, null=True, blank=True, verbose_name="사용 요청", related_name="entries"
    )
    kind = models.CharField("구분", max_length=10, choices=EntryKind.choices)
    calls = models.IntegerField("콜", help_text="늘면 +, 줄면 -")
    message_key = models.CharField("메시지", max_length=160, blank=True)
    label = models.CharField("내용", max_length=120, blank=True)
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "마일리지 내역"
        verbose_name_plural = "마일리지 내역"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["earn", "refund"], calls__gt=0)
                | models.Q(kind__in=["spend", "lapse", "claw_back"], calls__lt=0)
                | models.Q(kind="waived", calls=0)
                | (models.Q(kind="adjust") & ~models.Q(calls=0)),
                name="entry_sign_fits_kind",
            ),
            models.UniqueConstraint(
                fields=["message_key", "lot"],
                condition=models.Q(kind="refund") & ~models.Q(message_key=""),
                name="entry_refund_once",
            ),
            models.UniqueConstraint(fields=["lot"], condition=models.Q(kind="earn"), name="entry_earn_once_a_lot"),
        ]
        indexes = [models.Index(fields=["member", "id"], name="entry_member")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.calls:+d}콜"
