"""The daily run of 보증해제대상 notices: one row a day, one row for each guarantee and end date (S21-S28)."""

from typing import ClassVar

import pgtrigger
from django.db import models

from guarantees.models.guarantees import Guarantee
from portal.access import ScopedModel


class RunState(models.TextChoices):
    RUNNING = "running", "진행 중"
    DONE = "done", "완료"
    SKIPPED = "skipped", "휴무일"
    MISSED = "missed", "실행 안 됨"


class ExpiryRun(models.Model):
    """What the portal did on one calendar day. Every day has its row: the next run writes those nobody ran on.

    `calendar_version` and `code_version` name the holidays and the program the day was decided by.
    """

    run_on = models.DateField("날짜", unique=True)
    state = models.CharField("상태", max_length=8, choices=RunState.choices)
    earliest_end = models.DateField("따라잡는 종료일(부터)", null=True, blank=True)
    first_end = models.DateField("대상 종료일(부터)", null=True, blank=True)
    last_end = models.DateField("대상 종료일(까지)", null=True, blank=True)
    ticks = models.PositiveIntegerField("실행 횟수", default=0)
    started_at = models.DateTimeField("첫 실행")
    finished_at = models.DateTimeField("마지막 실행", null=True, blank=True)
    planned = models.PositiveIntegerField("안내 보증", default=0)
    late = models.PositiveIntegerField("늦은 안내", default=0)
    messages = models.PositiveIntegerField("문자", default=0)
    skipped = models.JSONField("제외", default=dict, blank=True)
    calendar_covers_until = models.DateField("휴무일 자료", null=True, blank=True)
    calendar_version = models.CharField("휴무일 판", max_length=12, blank=True)
    code_version = models.CharField("프로그램 판", max_length=40, blank=True)

    class Meta:
        verbose_name = "보증해제대상 안내 실행"
        verbose_name_plural = "보증해제대상 안내 실행"
        ordering = ["-run_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["skipped", "missed"], first_end__isnull=True)
                | (
                    ~models.Q(state__in=["skipped", "missed"])
                    & models.Q(first_end__isnull=False, last_end__isnull=False)
                ),
                name="run_covers_unless_skipped",
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_on:%Y-%m-%d} {self.get_state_display()}"


class NoticeState(models.TextChoices):
    PLANNED = "planned", "안내함"
    OPTED_OUT = "opted_out", "수신거부"
    NO_NUMBER = "no_number", "번호 없음"
    NO_SMS_NAME = "no_sms_name", "문자용 상호 없음"
    MISSED = "missed", "기한 지남"
    BEFORE_GO_LIVE = "before_go_live", "서비스 개시 전"
    ISSUED_LATE = "issued_late", "안내일 뒤에 발급"


class ExpiryNotice(ScopedModel):
    """That the end of a guarantee on a day has been dealt with. A new end date is a new notice."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    guarantee = models.ForeignKey(
        Guarantee, models.PROTECT, verbose_name="보증", related_name="notices", db_index=False
    )
    ends_on = models.DateField("종료일")
    kind = models.CharField("종류", max_length=10, default="expiry15")
    run = models.ForeignKey(ExpiryRun, models.PROTECT, verbose_name="실행", related_name="notices")
    state = models.CharField("결과", max_length=14, choices=NoticeState.choices)
    is_late = models.BooleanField("늦음", default=False)
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "보증해제대상 안내"
        verbose_name_plural = "보증해제대상 안내"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["guarantee", "ends_on", "kind"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.guarantee_id} {self.ends_on:%Y-%m-%d}"


class DigestLine(models.Model):
    """That a digest (one text for many guarantees of a company) tells of this notice. Never changed.

    `digest` is made from exactly these notices, see `rules.expiry.digest_of`, and stands in the message's key.
    """

    digest = models.CharField("묶음", max_length=32)
    notice = models.ForeignKey(ExpiryNotice, models.PROTECT, verbose_name="안내", related_name="digest_lines")

    class Meta:
        verbose_name = "묶음 안내"
        verbose_name_plural = "묶음 안내"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["digest", "notice"], name="digest_line_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.digest} {self.notice_id}"


class ExpiryAlarm(models.Model):
    """That nobody had run by the hour of the alarm on this day. The row makes the e-mail to the operators one."""

    run_on = models.DateField("날짜", primary_key=True)
    raised_at = models.DateTimeField("알린 때")
    tried_at = models.DateTimeField("메일 시도", null=True, blank=True)
    mailed_at = models.DateTimeField("메일 발송", null=True, blank=True)

    class Meta:
        verbose_name = "실행 누락 경보"
        verbose_name_plural = "실행 누락 경보"
        ordering = ["-run_on"]

    def __str__(self) -> str:
        return f"{self.run_on:%Y-%m-%d}"
