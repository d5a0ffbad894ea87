"""What the rules found before a person looked (자동 심사)."""

from typing import ClassVar

from django.db import models

from guarantees.models.applications import Application
from portal.access import ScopedModel


class AutoScreening(ScopedModel):
    """One run of the rules over one application. `findings`: code, whether it passed, and the sentence."""

    MEMBER_PATH: ClassVar[str] = "application__member_id"
    BRANCH_PATH: ClassVar[str] = "application__member__branch_id"

    application = models.ForeignKey(
        Application, models.PROTECT, verbose_name="신청", related_name="auto_screenings"
    )
    at = models.DateTimeField("일시")
    passed = models.BooleanField("모두 통과")
    findings = models.JSONField("확인 내용", default=list)

    class Meta(ScopedModel.Meta):
        verbose_name = "자동 심사"
        verbose_name_plural = "자동 심사"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.application} {'통과' if self.passed else '확인 필요'}"
