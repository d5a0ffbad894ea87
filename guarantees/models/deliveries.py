"""Handing a guarantee document to the beneficiary (전자 송부)."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from guarantees.models.documents import GuaranteeDocument
from guarantees.models.guarantees import Guarantee
from guarantees.models.labels import DELIVERY_CHANNELS
from portal.access import ScopedModel

Q = models.Q


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "송부 대기"
    SENT = "sent", "송부함"
    ACCEPTED = "accepted", "접수"
    RETURNED = "returned", "반려"
    FAILED = "failed", "송부 실패"


class Delivery(ScopedModel):
    """One version of one document on its way to its beneficiary.

    QUEUED to SENT to ACCEPTED or RETURNED, or FAILED after five tries. A bid guarantee is accepted by its
    sending. `token_hash` is the SHA-256 of the secret in the beneficiary's link.
    """

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="deliveries")
    document = models.ForeignKey(
        GuaranteeDocument, models.PROTECT, verbose_name="보증서", related_name="deliveries"
    )
    channel = models.CharField("송부 방법", max_length=11, choices=DELIVERY_CHANNELS)
    state = models.CharField("상태", max_length=8, choices=DeliveryState.choices, default="queued")
    to_email = models.EmailField("받는 이메일", blank=True)
    token_hash = models.CharField("링크(해시)", max_length=64, blank=True)
    token_until = models.DateTimeField("링크 유효", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("시도", default=0)
    next_at = models.DateTimeField("다음 시도", null=True, blank=True)
    provider_reference = models.CharField("전송 접수번호", max_length=80, blank=True)
    queued_at = models.DateTimeField("송부 요청")
    sent_at = models.DateTimeField("송부", null=True, blank=True)
    answered_at = models.DateTimeField("응답", null=True, blank=True)
    answered_by = models.CharField("응답한 사람", max_length=60, blank=True)
    return_reason = models.CharField("반려 사유", max_length=300, blank=True)
    failure = models.CharField("실패 사유", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증서 송부"
        verbose_name_plural = "보증서 송부"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document"],
                condition=Q(state__in=["queued", "sent", "accepted"]),
                name="delivery_one_living",
            ),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="delivery_token"),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""), name="delivery_returned_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "returned"]) | Q(answered_at__isnull=False),
                name="delivery_answered_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=["queued", "sent"]), name="delivery_open")
        ]

    def __str__(self) -> str:
        return f"{self.guarantee} {self.get_channel_display()}"


class DeliveryEvent(ScopedModel):
    """One thing that happened on the way: opened, downloaded, accepted, returned, completed; never rewritten."""

    MEMBER_PATH: ClassVar[str] = "delivery__guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "delivery__guarantee__member__branch_id"

    delivery = models.ForeignKey(Delivery, models.PROTECT, verbose_name="송부", related_name="events")
    kind = models.CharField("일", max_length=20)
    note = models.CharField("내용", max_length=300, blank=True)
    address = models.CharField("접속 주소", max_length=64, blank=True)
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "송부 기록"
        verbose_name_plural = "송부 기록"
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.kind}"
