from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.access import ScopedModel
from portal.triggers import never_deleted, written_once


class AuditEvent(ScopedModel):
    """One business event: who did what to which row, when and from where. Never changed, never deleted."""

    BRANCH_PATH: ClassVar[str] = "member__branch_id"

    at = models.DateTimeField("일시", db_index=True)
    actor = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="사용자", related_name="+"
    )
    actor_name = models.CharField("행위자", max_length=80)
    channel = models.CharField("경로", max_length=10)
    address = models.GenericIPAddressField("접속 주소", null=True, blank=True)
    action = models.CharField("행위", max_length=60)
    subject_type = models.CharField("대상 종류", max_length=40)
    subject_id = models.CharField("대상 번호", max_length=64)
    subject_label = models.CharField("대상", max_length=120)
    member = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, blank=True, verbose_name="조합원", related_name="+"
    )
    detail = models.JSONField("내용", default=dict, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "감사 기록"
        verbose_name_plural = "감사 기록"
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="audit_subject")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_label}"


class AuditSeal(models.Model):
    """A hash over some events and the seal before it, so that what a superuser changes does not go unnoticed.

    `ids` names each event, so that a deleted one is missed by its number.
    """

    at = models.DateTimeField("일시")
    through = models.BigIntegerField("마지막 기록")
    ids = ArrayField(models.BigIntegerField(), verbose_name="봉인한 기록")
    digest = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = "감사 기록 봉인"
        verbose_name_plural = "감사 기록 봉인"
        ordering = ["-id"]
        indexes = [models.Index(fields=["-through"], name="audit_seal_through")]
        triggers = [never_deleted(), written_once("at", "through", "ids", "digest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {len(self.ids)}건"
