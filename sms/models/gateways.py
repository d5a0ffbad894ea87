"""What is known of each gateway: whether it takes texts, how fast, what is left of its money, and what went wrong.

One row a gateway name; rows outlive the settings, since a gateway no longer in use may still owe an answer.
"""

from django.db import models


class Circuit(models.TextChoices):
    """CLOSED: texts leave by it. OPEN: none does until `retry_at`. HALF_OPEN: one batch is trying it out."""

    CLOSED = "closed", "정상"
    OPEN = "open", "차단"
    HALF_OPEN = "half_open", "시험 발송 중"


class GatewayState(models.Model):
    """`paced_until`, by the database's clock, is the token bucket: a batch may leave once it has passed.

    `retry_at` is by the clock of whoever delivers, like the pauses of batches. `is_held`: a person opened the
    circuit, and only a person closes it. Money in won; `balance_full` is what was there after the last top-up.
    """

    name = models.CharField("중계사", max_length=20, unique=True)
    circuit = models.CharField("발송", max_length=9, choices=Circuit.choices, default=Circuit.CLOSED)
    is_held = models.BooleanField("담당자가 차단", default=False)
    since = models.DateTimeField("바뀐 때", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("연속 실패", default=0)
    retry_at = models.DateTimeField("다시 시도", null=True, blank=True)
    paced_until = models.DateTimeField("속도 제한 해제", null=True, blank=True)
    trouble = models.CharField("마지막 문제", max_length=200, blank=True, db_default="")
    trouble_at = models.DateTimeField("문제 발생", null=True, blank=True)
    balance = models.BigIntegerField("잔액(원)", null=True, blank=True)
    balance_full = models.BigIntegerField("충전 직후 잔액(원)", null=True, blank=True)
    used = models.PositiveIntegerField("이번 달 접수", null=True, blank=True)
    quota = models.PositiveIntegerField("한 달 한도", null=True, blank=True)
    checked_at = models.DateTimeField("확인", null=True, blank=True)

    class Meta:
        verbose_name = "중계사 상태"
        verbose_name_plural = "중계사 상태"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_held=False) | models.Q(circuit="open"), name="gateway_held_is_open"
            ),
            models.CheckConstraint(
                condition=models.Q(circuit="closed") | models.Q(since__isnull=False),
                name="gateway_open_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CallbackMinute(models.Model):
    """How often a gateway called back in its present minute, so that a flood of calls costs little."""

    gateway = models.CharField("중계사", max_length=20, primary_key=True)
    minute = models.DateTimeField("분")
    calls = models.PositiveIntegerField("호출")

    class Meta:
        verbose_name = "중계사 호출 수"
        verbose_name_plural = "중계사 호출 수"

    def __str__(self) -> str:
        return f"{self.gateway} {self.calls}"


class GatewayAlarm(models.Model):
    """Something no program can put right, until a person says what he found. Repeats only count up."""

    class Kind(models.TextChoices):
        STRANGERS = "strangers", "묻지 않은 메시지의 답"
        SHARED_REF = "shared_ref", "한 번호를 받은 두 메시지"
        TWICE = "twice", "두 번 접수된 메시지"
        UNTRUSTED = "untrusted", "TLS 인증서를 믿을 수 없음"
        CIRCUIT = "circuit", "발송 차단"

    kind = models.CharField("종류", max_length=12, choices=Kind.choices)
    gateway = models.CharField("중계사", max_length=20)
    text = models.CharField("내용", max_length=200, blank=True)
    times = models.PositiveIntegerField("횟수", default=1)
    first_at = models.DateTimeField("처음")
    last_at = models.DateTimeField("마지막")
    settled_at = models.DateTimeField("확인", null=True, blank=True)
    settled_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="확인한 사람", related_name="+"
    )
    note = models.CharField("확인 내용", max_length=200, blank=True)

    class Meta:
        verbose_name = "중계사 경보"
        verbose_name_plural = "중계사 경보"
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "gateway"], condition=models.Q(settled_at__isnull=True), name="alarm_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True, settled_by__isnull=True)
                | models.Q(settled_at__isnull=False, settled_by__isnull=False),
                name="alarm_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.get_kind_display()}"
