"""공지: what everybody is told, from an instant on. Changes of terms rest on it (S19, S20, S51)."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices as a reader meets them."""

    def published(self, at: datetime) -> Self:
        """Those that everybody may read at this instant."""
        return self.filter(publish_at__lte=at).filter(models.Q(hide_at=None) | models.Q(hide_at__gt=at))


class Notice(models.Model):
    """One announcement. A legal one, once published, is neither changed nor taken away: terms point at it."""

    publish_at = models.DateTimeField("게시 일시")
    hide_at = models.DateTimeField("게시 종료", null=True, blank=True)
    is_pinned = models.BooleanField("맨 위에", default=False)
    is_legal = models.BooleanField(
        "제도 공지",
        default=False,
        help_text="마일리지 정책처럼 미리 알려야 하는 변경입니다. 게시한 뒤에는 고칠 수 없습니다.",
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "공지"
        verbose_name_plural = "공지"
        ordering = ["-publish_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hide_at=None) | models.Q(hide_at__gt=models.F("publish_at")),
                name="notice_hides_after_publishing",
                violation_error_message="게시 종료는 게시 일시보다 뒤여야 합니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(is_legal=False) | models.Q(hide_at=None),
                name="notice_legal_stays",
                violation_error_message="제도 공지는 게시를 끝내지 않습니다. 게시 종료를 비워 주세요.",
            ),
        ]

    def __str__(self) -> str:
        return f"공지 {self.pk}"


class NoticeVersion(models.Model):
    """What a notice said from `made_at` on."""

    notice = models.ForeignKey(Notice, models.PROTECT, verbose_name="공지", related_name="versions")
    number = models.PositiveSmallIntegerField("판")
    title = models.CharField("제목", max_length=120)
    body = models.TextField("내용")
    reason = models.CharField("고친 이유", max_length=200, blank=True)
    made_at = models.DateTimeField("작성 일시")
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="작성자", related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "공지의 판"
        verbose_name_plural = "공지의 판"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="notice_version_once")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete), pgtrigger.ReadOnly(name="frozen")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number}판)"
