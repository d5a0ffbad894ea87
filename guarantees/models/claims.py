"""보증금 청구: a beneficiary calls on a guarantee. Entered by the head office, within two years of its end."""

import uuid
from typing import ClassVar

from django.db import models

from guarantees.models.guarantees import Guarantee
from guarantees.models.labels import CLAIM_STATES
from guarantees.rules.claims import OPEN_STATES, ClaimState
from portal.access import ScopedModel

Q = models.Q
OPEN_CLAIM = tuple(state.value for state in ClaimState if state in OPEN_STATES)


class Claim(ScopedModel):
    """One claim. While it is open nothing of the guarantee is released or cancelled. Amounts in whole won."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="claims")
    state = models.CharField("상태", max_length=14, choices=CLAIM_STATES, default="open")
    claimant = models.CharField("청구인", max_length=100)
    amount = models.BigIntegerField("청구액")
    received_on = models.DateField("접수일")
    due_on = models.DateField("처리 기한", null=True, blank=True)
    facts = models.TextField("청구 내용", max_length=2000)
    documents_asked = models.TextField("요청한 서류", max_length=1000, blank=True)
    paid_amount = models.BigIntegerField("지급액", null=True, blank=True)
    recourse_amount = models.BigIntegerField("구상 잔액", null=True, blank=True)
    decision_note = models.TextField("결정 내용", max_length=1000, blank=True)
    entered_at = models.DateTimeField("입력 일시")
    entered_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="입력자", related_name="+")
    closed_at = models.DateTimeField("종결 일시", null=True, blank=True)
    closed_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="종결한 사람", related_name="+"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = "보증금 청구"
        verbose_name_plural = "보증금 청구"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["guarantee"], condition=Q(state__in=OPEN_CLAIM), name="claim_one_open"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="paid", paid_amount__gt=0, recourse_amount__gte=0)
                | (~Q(state="paid") & Q(paid_amount__isnull=True)),
                name="claim_paid_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_CLAIM, closed_at__isnull=True)
                | (~Q(state__in=OPEN_CLAIM) & Q(closed_at__isnull=False)),
                name="claim_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guarantee} 청구 {self.amount:,}원"
