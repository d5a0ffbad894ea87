from django.db import models

from portal.access import ScopedModel
from portal.clock import SEOUL, seoul_day


class CallBackTo(models.TextChoices):
    """Whose registered number is called back. A number is never typed."""

    REPRESENTATIVE = "representative", "대표이사 휴대폰"
    CONTACT = "contact", "담당자 휴대폰"


class ReplacementTicket(ScopedModel):
    """A replacement asked for by telephone (S40): one opens it, another approves it, a link goes out once."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="tickets")
    caller = models.CharField("전화한 사람", max_length=60)
    call_back_to = models.CharField(
        "다시 걸 곳", max_length=14, choices=CallBackTo.choices, default=CallBackTo.REPRESENTATIVE
    )
    call_back_number = models.CharField(
        "다시 건 번호", max_length=13, help_text="조합원 원장에 등록된 번호입니다."
    )
    reason = models.CharField("사유", max_length=200)
    opened_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="접수", related_name="+")
    opened_at = models.DateTimeField("접수 일시")
    approved_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )
    approved_at = models.DateTimeField("승인 일시", null=True, blank=True)
    refused_at = models.DateTimeField("거절 일시", null=True, blank=True)
    link_hash = models.CharField("링크 지문", max_length=64, blank=True)
    link_until_at = models.DateTimeField("링크 유효", null=True, blank=True)
    used_at = models.DateTimeField("사용", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "전화 갱신 접수"
        verbose_name_plural = "전화 갱신 접수"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("opened_by")),
                name="ticket_by_two_people",
                violation_error_message="요청자와 승인자는 다른 사람이어야 합니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True, approved_by__isnull=True)
                | models.Q(approved_at__isnull=False, approved_by__isnull=False, link_until_at__isnull=False),
                name="ticket_approval_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True) | models.Q(refused_at__isnull=True),
                name="ticket_one_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(approved_at__isnull=False),
                name="ticket_used_after_approval",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=models.Q(approved_at__isnull=True, refused_at__isnull=True),
                name="ticket_one_open_a_member",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {seoul_day(self.opened_at):%Y-%m-%d}"


class TicketAttempt(models.Model):
    """A code that was typed or followed, whether it opened a ticket or not. Counted, then forgotten."""

    code_hash = models.CharField("코드 지문", max_length=64)
    address = models.GenericIPAddressField("접속 주소", null=True, blank=True)
    at = models.DateTimeField("일시")
    was_right = models.BooleanField("맞음")

    class Meta:
        verbose_name = "접수코드 입력"
        verbose_name_plural = "접수코드 입력"
        indexes = [
            models.Index(fields=["code_hash", "at"], name="attempt_by_code"),
            models.Index(fields=["address", "at"], name="attempt_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.at.astimezone(SEOUL):%Y-%m-%d %H:%M:%S}"
