"""Numbers that must not get texts, and why. A row is lifted by a person, never removed."""

from django.db import models

from portal.access import ScopedModel


class Suppression(ScopedModel):
    """One number for one reason; the newest row that is not lifted counts.

    `member` is whose message brought it to light, so that his branch can call him; nobody's when the vendor or
    a stranger on the telephone told us.
    """

    class Reason(models.TextChoices):
        BAD_NUMBER = "bad_number", "없는 번호"
        REFUSED = "refused", "080 수신거부"
        REQUEST = "request", "번호 주인의 요청"

    member = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, blank=True, verbose_name="조합원", related_name="suppressions"
    )
    mobile = models.CharField("휴대폰", max_length=11)
    reason = models.CharField("사유", max_length=10, choices=Reason.choices)
    source = models.CharField("근거", max_length=120, blank=True, help_text="중계사와 코드, 또는 전화 내용")
    message = models.ForeignKey(
        "sms.Message",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="메시지",
        related_name="+",
        db_index=False,
    )  # fmt: skip
    since = models.DateTimeField("등록")
    lifted_at = models.DateTimeField("해제", null=True, blank=True)
    lifted_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="해제한 사람", related_name="+"
    )
    lift_reason = models.CharField("해제 사유", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "발송 제외 번호"
        verbose_name_plural = "발송 제외 번호"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["mobile", "reason"],
                condition=models.Q(lifted_at__isnull=True),
                name="suppression_once",
                violation_error_message="이미 등록된 번호입니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (models.Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~models.Q(lift_reason="")),
                name="suppression_lift_whole",
            ),
            models.CheckConstraint(condition=models.Q(mobile__regex=r"^01[0-9]{8,9}$"), name="suppression_mobile"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ***{self.mobile[-4:]}"
