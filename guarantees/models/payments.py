"""보증료 납부: orders to pay, what the bank told of them, and what goes back. Amounts in whole won."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from guarantees.models.applications import Application
from guarantees.models.endorsements import Endorsement
from portal.access import ScopedModel

Q = models.Q


class PaymentMethod(models.TextChoices):
    VIRTUAL_ACCOUNT = "virtual_account", "가상계좌"
    TRANSFER = "transfer", "계좌이체"
    COUNTER = "counter", "지점 수납"
    POST_PAY = "post_pay", "후납"


class PaymentState(models.TextChoices):
    ASKED = "asked", "준비 중"
    OPEN = "open", "입금 대기"
    PAID = "paid", "납부 완료"
    EXPIRED = "expired", "기한 만료"
    CANCELLED = "cancelled", "취소"
    FAILED = "failed", "실패"


class Payment(ScopedModel):
    """One order to pay one fee: of an application, or the difference of an endorsement.

    At most one is open for the same thing; at most one is paid.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="payments")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, verbose_name="신청", related_name="payments"
    )
    endorsement = models.ForeignKey(
        Endorsement, models.PROTECT, null=True, blank=True, verbose_name="배서", related_name="payments"
    )
    method = models.CharField("납부 방법", max_length=15, choices=PaymentMethod.choices)
    state = models.CharField("상태", max_length=9, choices=PaymentState.choices, default="asked")
    amount = models.BigIntegerField("금액")
    provider = models.CharField("결제 서비스", max_length=20, blank=True)
    order_id = models.CharField("주문번호", max_length=64)
    provider_key = models.CharField("결제 서비스 거래번호", max_length=200, blank=True)
    provider_secret = models.CharField("통지 확인값", max_length=100, blank=True)
    checkout_url = models.URLField("결제 화면", max_length=500, blank=True)
    bank = models.CharField("은행", max_length=20, blank=True)
    account_number = models.CharField("입금 계좌", max_length=20, blank=True)
    account_holder = models.CharField("예금주", max_length=60, blank=True)
    payable_until = models.DateTimeField("납부 기한", null=True, blank=True)
    refund_bank = models.CharField("환급 은행", max_length=20, blank=True)
    refund_account = models.CharField("환급 계좌", max_length=20, blank=True)
    refund_holder = models.CharField("환급 예금주", max_length=60, blank=True)
    asked_at = models.DateTimeField("요청 일시")
    asked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="요청자", related_name="+"
    )
    paid_at = models.DateTimeField("납부 일시", null=True, blank=True)
    closed_at = models.DateTimeField("종결 일시", null=True, blank=True)
    failure = models.CharField("실패 사유", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증료 납부"
        verbose_name_plural = "보증료 납부"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order_id"], name="payment_order_once"),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=["asked", "open", "paid"], application__isnull=False),
                name="payment_one_an_application",
            ),
            models.UniqueConstraint(
                fields=["endorsement"],
                condition=Q(state__in=["asked", "open", "paid"], endorsement__isnull=False),
                name="payment_one_an_endorsement",
            ),
            models.CheckConstraint(
                condition=Q(application__isnull=False, endorsement__isnull=True)
                | Q(application__isnull=True, endorsement__isnull=False),
                name="payment_for_one_thing",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False) | (~Q(state="paid") & Q(paid_at__isnull=True)),
                name="payment_paid_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id


class EventOutcome(models.TextChoices):
    """What became of something the bank told us."""

    PAID = "paid", "납부 처리"
    REPEATED = "repeated", "이미 처리된 통지"
    WRONG_AMOUNT = "wrong_amount", "금액 불일치"
    LATE = "late", "기한 뒤 입금"
    SURPLUS = "surplus", "중복 입금"
    CANCELLED = "cancelled", "취소 통지"
    UNKNOWN = "unknown", "모르는 주문"
    NOTED = "noted", "기록만"


class PaymentEvent(ScopedModel):
    """One notification of the provider, kept as it was understood; the same key is kept once."""

    MEMBER_PATH: ClassVar[str] = "payment__member_id"
    BRANCH_PATH: ClassVar[str] = "payment__member__branch_id"

    provider = models.CharField("결제 서비스", max_length=20)
    key = models.CharField("통지 키", max_length=200)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, verbose_name="납부", related_name="events"
    )
    order_id = models.CharField("주문번호", max_length=64, blank=True)
    kind = models.CharField("종류", max_length=40)
    amount = models.BigIntegerField("금액", null=True, blank=True)
    outcome = models.CharField("처리", max_length=12, choices=EventOutcome.choices)
    at = models.DateTimeField("받은 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "입금 통지"
        verbose_name_plural = "입금 통지"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="payment_event_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.order_id} {self.get_outcome_display()}"


class RefundGround(models.TextChoices):
    WITHDRAWN = "withdrawn", "신청 취하"
    CANCELLED = "cancelled", "보증 취소"
    ENDORSED = "endorsed", "변경에 따른 환급"
    RELEASED = "released", "조기 해제"
    WRONG_AMOUNT = "wrong_amount", "금액 불일치 입금"
    LATE = "late", "기한 뒤 입금"
    SURPLUS = "surplus", "중복 입금"


class RefundState(models.TextChoices):
    QUEUED = "queued", "환급 대기"
    SENT = "sent", "환급 요청함"
    DONE = "done", "환급 완료"
    FAILED = "failed", "환급 실패"


class Refund(ScopedModel):
    """Money going back. `key` names the cause, so that one cause gives back once."""

    MEMBER_PATH: ClassVar[str] = "payment__member_id"
    BRANCH_PATH: ClassVar[str] = "payment__member__branch_id"

    payment = models.ForeignKey(Payment, models.PROTECT, verbose_name="납부", related_name="refunds")
    key = models.CharField("환급 키", max_length=120)
    ground = models.CharField("환급 사유", max_length=12, choices=RefundGround.choices)
    amount = models.BigIntegerField("환급액")
    state = models.CharField("상태", max_length=6, choices=RefundState.choices, default="queued")
    attempts = models.PositiveSmallIntegerField("시도", default=0)
    next_at = models.DateTimeField("다음 시도", null=True, blank=True)
    asked_at = models.DateTimeField("결정 일시")
    asked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="결정자", related_name="+"
    )
    done_at = models.DateTimeField("환급 일시", null=True, blank=True)
    note = models.CharField("메모", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증료 환급"
        verbose_name_plural = "보증료 환급"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="refund_cause_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at__isnull=True)),
                name="refund_done_has_time",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state__in=["queued", "sent"]), name="refund_open")]

    def __str__(self) -> str:
        return f"{self.payment} {self.get_ground_display()}"
