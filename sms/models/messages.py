"""The outbox. A message never changes after it is written; what became of it is appended beside it.

A batch is what a worker claims, leases and settles. Its answer from the gateway becomes result rows, its
delivery reports become receipt rows, and the state of a message is the latest of them. Nothing is updated
in place but the batch, so 150,000 messages cost 150 claims and 150 settlements.
"""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from portal.access import ScopedModel


class Channel(models.TextChoices):
    SMS = "sms", "문자"
    LMS = "lms", "장문 문자"
    EMAIL = "email", "이메일"


class Purpose(models.TextChoices):
    """What a message is about. The urgent ones are results that someone waits for."""

    SCREENING_RESULT = "screening_result", "심사 결과"
    ISSUED = "issued", "발급 안내"
    RELEASED = "released", "해제 안내"
    EXPIRY_NOTICE = "expiry_notice", "보증해제대상 안내"
    PAYMENT = "payment", "납부·환급 안내"
    DELIVERY = "delivery", "보증서 송부"
    ENDORSED = "endorsed", "변경 안내"
    CLAIM = "claim", "보증금 청구 안내"
    FREE_SMS = "free_sms", "문자메시지서비스"
    MILEAGE = "mileage", "마일리지 안내"
    OPT_OUT = "opt_out", "수신거부 확인"
    BANK_CERTIFICATE = "bank_certificate", "인증서 안내"
    ONE_TIME_CODE = "one_time_code", "인증번호"
    HELPDESK = "helpdesk", "문의 답변"


class BatchState(models.TextChoices):
    READY = "ready", "발송 대기"
    CLAIMED = "claimed", "발송 중"
    UNKNOWN = "unknown", "결과 확인 중"
    REVIEW = "review", "담당자 확인"
    DONE = "done", "처리됨"


class ResultState(models.TextChoices):
    ACCEPTED = "accepted", "접수됨"
    REFUSED = "refused", "거절됨"
    DEFERRED = "deferred", "재시도 예정"
    UNKNOWN = "unknown", "확인 중"
    SKIPPED = "skipped", "보내지 않음"
    EXPIRED = "expired", "기한 지남"


FINAL_STATES = (ResultState.ACCEPTED, ResultState.REFUSED, ResultState.SKIPPED, ResultState.EXPIRED)


class Batch(models.Model):
    """Up to a gateway's maximum of messages for one purpose and channel; the unit of claim and of doubt."""

    channel = models.CharField("수단", max_length=5, choices=Channel.choices)
    purpose = models.CharField("용도", max_length=20, choices=Purpose.choices)
    size = models.PositiveIntegerField("건수")
    state = models.CharField("상태", max_length=8, choices=BatchState.choices, default=BatchState.READY)
    message_ids = ArrayField(
        models.BigIntegerField(),
        null=True,
        blank=True,
        verbose_name="남은 메시지",
        help_text="비어 있으면 이 묶음에 속한 모든 메시지입니다.",
    )
    not_before = models.DateTimeField("발송 가능 시각")
    lease_until = models.DateTimeField("임차 만료", null=True, blank=True)
    token = models.BigIntegerField("울타리 번호", default=0)
    attempt = models.PositiveSmallIntegerField("시도", default=0)
    gateway = models.CharField("중계사", max_length=20, blank=True)
    gateway_group = models.CharField(
        "중계사 묶음 번호",
        max_length=64,
        blank=True,
        db_default="",
        help_text="이 번호로 묶어 보내는 중계사에만 있습니다. 보내기 전에 적습니다.",
    )
    trouble = models.CharField("막힌 이유", max_length=200, blank=True)
    sender = models.CharField(
        "보내는 곳",
        max_length=254,
        blank=True,
        db_default="",
        help_text="모든 메시지에 같습니다. 이 번호가 등록되지 않은 중계사로는 보내지 않습니다.",
    )
    created_at = models.DateTimeField("생성")
    settled_at = models.DateTimeField("처리", null=True, blank=True)

    class Meta:
        verbose_name = "발송 묶음"
        verbose_name_plural = "발송 묶음"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="claimed", lease_until__isnull=False)
                | (~models.Q(state="claimed") & models.Q(lease_until__isnull=True)),
                name="batch_claimed_has_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", settled_at__isnull=False)
                | (~models.Q(state="done") & models.Q(settled_at__isnull=True)),
                name="batch_done_is_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="batch_due",
                condition=models.Q(state__in=["ready", "unknown"]),
            ),
            models.Index(fields=["lease_until"], name="batch_leased", condition=models.Q(state="claimed")),
            models.Index(
                fields=["gateway"],
                name="batch_in_doubt",
                condition=models.Q(state__in=["claimed", "unknown", "review"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.size}건"


class BatchVerdict(models.Model):
    """What one person found out about a batch in review, and a second person's yes or no to it."""

    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="묶음", related_name="verdicts")
    went_out = models.BooleanField("이미 나감")
    reason = models.CharField("확인한 내용", max_length=200)
    asked_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="확인한 사람", related_name="+")
    asked_at = models.DateTimeField("확인")
    answered_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="두 번째 사람", related_name="+"
    )
    answered_at = models.DateTimeField("대답", null=True, blank=True)
    is_agreed = models.BooleanField("동의", null=True, blank=True)

    class Meta:
        verbose_name = "발송 묶음 판단"
        verbose_name_plural = "발송 묶음 판단"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=models.Q(answered_at__isnull=True), name="verdict_open_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(is_agreed=True) | ~models.Q(answered_by=models.F("asked_by")),
                name="verdict_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answered_by__isnull=True, is_agreed__isnull=True)
                | models.Q(answered_at__isnull=False, answered_by__isnull=False, is_agreed__isnull=False),
                name="verdict_answer_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {'나감' if self.went_out else '나가지 않음'}"


class Message(ScopedModel):
    """One text or e-mail to one address, frozen when written. `key` says what it is for, exactly once.

    `gateway_key` is derived from `key`, so that a row re-made after a restore carries the same one.
    """

    key = models.CharField("발송 키", max_length=160)
    gateway_key = models.UUIDField("중계사 키")
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="messages", db_index=False
    )
    batch = models.ForeignKey(Batch, models.PROTECT, verbose_name="묶음", related_name="messages", db_index=False)
    channel = models.CharField("수단", max_length=5, choices=Channel.choices)
    purpose = models.CharField("용도", max_length=20, choices=Purpose.choices)
    recipient_name = models.CharField("받는 이", max_length=60, blank=True)
    to = models.CharField("받는 곳", max_length=254)
    sender = models.CharField("보내는 곳", max_length=254)
    subject = models.CharField("제목", max_length=200, blank=True)
    body = models.TextField("내용")
    html = models.TextField("HTML 내용", blank=True)
    reference = models.CharField("근거", max_length=100, blank=True, help_text="무엇에 대한 메시지인지")
    valid_until = models.DateTimeField("유효 기한", null=True, blank=True)
    created_at = models.DateTimeField("작성")

    class Meta(ScopedModel.Meta):
        verbose_name = "메시지"
        verbose_name_plural = "메시지"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="message_key")]
        indexes = [
            # Not BRIN: its newest pages stay unsummarised for minutes, and each claim would read all of them.
            models.Index(fields=["batch"], name="message_batch"),
            models.Index(fields=["member", "-id"], name="message_member"),
            models.Index(fields=["reference"], name="message_reference"),
            # What members paid for is few among many: whoever looks for it pays nothing for the others.
            models.Index(fields=["id"], name="message_paid", condition=models.Q(purpose="free_sms")),
            models.Index(fields=["created_at"], name="message_paid_at", condition=models.Q(purpose="free_sms")),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} → {self.recipient_name or self.member_id}"


class Result(models.Model):
    """What became of a message at one step: accepted, refused, skipped with its reason, or not known.

    The result that ends a message has the number LAST: the primary key thereby allows one end a message, it
    sorts after every other step, and "still open" is a look into the primary key.
    """

    LAST: ClassVar[int] = 32767

    pk = models.CompositePrimaryKey("message_id", "number")
    # Messages are never deleted (see their trigger): a constraint would check each of 150,000 rows for nothing.
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="results", db_index=False, db_constraint=False
    )
    number = models.SmallIntegerField("차례")
    state = models.CharField("결과", max_length=8, choices=ResultState.choices)
    reason = models.CharField("사유", max_length=60, blank=True)
    gateway = models.CharField("중계사", max_length=20, blank=True)
    provider_ref = models.CharField("중계사 번호", max_length=100, blank=True)
    at = models.DateTimeField("일시")

    class Meta:
        verbose_name = "발송 결과"
        verbose_name_plural = "발송 결과"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=FINAL_STATES, number=32767)
                | (~models.Q(state__in=FINAL_STATES) & models.Q(number__lt=32767)),
                name="result_last_is_final",
            )
        ]
        indexes = [
            BrinIndex(fields=["at"], name="result_at", autosummarize=True),
            models.Index(fields=["provider_ref"], name="result_provider", condition=~models.Q(provider_ref="")),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number} {self.state}"


class Receipt(models.Model):
    """A delivery report as the gateway told it. Kept even when its message is not known.

    Nothing of it ever changes but that its message is found later (faults 79, 80).
    """

    FINAL: ClassVar[tuple[str, ...]] = ("delivered", "undelivered")

    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="receipts", db_index=False
    )
    gateway = models.CharField("중계사", max_length=20)
    provider_ref = models.CharField("중계사 번호", max_length=100)
    state = models.CharField("배달", max_length=12)
    code = models.CharField("코드", max_length=40, blank=True)
    reason = models.CharField("사유", max_length=20, blank=True)
    reported_at = models.CharField("중계사 시각", max_length=40, blank=True)
    received_at = models.DateTimeField("접수")

    class Meta:
        verbose_name = "배달 보고"
        verbose_name_plural = "배달 보고"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "provider_ref", "state", "code"], name="receipt_once")
        ]
        indexes = [
            models.Index(fields=["message", "id"], name="receipt_message"),
            models.Index(fields=["received_at"], name="receipt_parked", condition=models.Q(message__isnull=True)),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=["message"])
            ),
            pgtrigger.Protect(
                name="found_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__message__isnull=False)
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.provider_ref} {self.state}"
