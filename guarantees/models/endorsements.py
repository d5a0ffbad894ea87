"""배서(변경): a new amount or period of a living guarantee, as the next version of it."""

import uuid
from typing import ClassVar

from django.db import models

from guarantees.models.guarantees import Guarantee
from portal.access import ScopedModel

Q = models.Q


class EndorsementState(models.TextChoices):
    REQUESTED = "requested", "신청"
    APPROVED = "approved", "승인(보증료 납부 대기)"
    DONE = "done", "변경 발급"
    REJECTED = "rejected", "반려"
    WITHDRAWN = "withdrawn", "취하"


class Endorsement(ScopedModel):
    """One change. `fee_delta` in won: above 0 to collect before it takes effect, below 0 to give back."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="endorsements")
    version = models.PositiveSmallIntegerField("변경 차수", null=True, blank=True)
    state = models.CharField("상태", max_length=9, choices=EndorsementState.choices, default="requested")
    old_amount = models.BigIntegerField("변경 전 보증금액")
    old_starts_on = models.DateField("변경 전 시작일")
    old_ends_on = models.DateField("변경 전 종료일")
    new_amount = models.BigIntegerField("변경 후 보증금액")
    new_starts_on = models.DateField("변경 후 시작일")
    new_ends_on = models.DateField("변경 후 종료일")
    reason = models.CharField("변경 사유", max_length=300)
    fee_delta = models.BigIntegerField("추가·환급 보증료", default=0)
    requested_at = models.DateTimeField("신청 일시")
    requested_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="신청자", related_name="+"
    )
    decided_at = models.DateTimeField("결정 일시", null=True, blank=True)
    decided_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="결정자", related_name="+"
    )
    decision_note = models.CharField("결정 의견", max_length=300, blank=True)
    done_at = models.DateTimeField("변경 발급 일시", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "배서(변경)"
        verbose_name_plural = "배서(변경)"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["guarantee", "version"], name="endorsement_version_once"),
            models.UniqueConstraint(
                fields=["guarantee"],
                condition=Q(state__in=["requested", "approved"]),
                name="endorsement_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state="done", version__isnull=False, done_at__isnull=False)
                | (~Q(state="done") & Q(version__isnull=True, done_at__isnull=True)),
                name="endorsement_done_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "done", "rejected"]) | Q(decided_at__isnull=False),
                name="endorsement_decided_has_time",
            ),
            models.CheckConstraint(
                condition=Q(new_amount__gt=0, new_starts_on__lte=models.F("new_ends_on")),
                name="endorsement_terms_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guarantee} 변경 {self.version or self.get_state_display()}"
