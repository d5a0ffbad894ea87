"""The gate before sending and issuing, the recoveries that opened it again, and the nightly look at everything."""

from django.db import models

from portal.triggers import never_deleted

Q = models.Q


class ClosedBecause(models.TextChoices):
    """Why nothing leaves and nothing is issued."""

    OPEN = "", "열림"
    OTHER_DATABASE = "other_database", "데이터베이스가 바뀜"
    WENT_BACK = "went_back", "데이터베이스가 과거로 돌아감"
    BY_STAFF = "by_staff", "직원이 닫음"


class Gate(models.Model):
    """One row: whether texts may leave and guarantees be issued, and for which database that was said.

    `cluster` is compared inside the statements that claim a batch and give a number, so that no process that
    woke up on another database does either before anybody noticed.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_open = models.BooleanField("열림", default=True)
    reason = models.CharField(
        "닫힌 이유", max_length=14, choices=ClosedBecause.choices, default=ClosedBecause.OPEN, blank=True
    )
    note = models.CharField("설명", max_length=200, blank=True)
    since = models.DateTimeField("일시")
    cluster = models.CharField("데이터베이스", max_length=100)
    opened_at = models.DateTimeField("마지막으로 연 일시")

    class Meta:
        verbose_name = "발송·발급 차단기"
        verbose_name_plural = "발송·발급 차단기"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="gate_one_row"),
            models.CheckConstraint(
                condition=Q(is_open=True, reason="") | (Q(is_open=False) & ~Q(reason="")),
                name="gate_closed_for_a_reason",
            ),
        ]
        triggers = [never_deleted()]

    def __str__(self) -> str:
        return "열림" if self.is_open else f"닫힘({self.get_reason_display()})"


class RecoveryKind(models.TextChoices):
    AFTER_LOSS = "after_loss", "복원·장애 조치 뒤 복구"
    REOPEN = "reopen", "직원이 닫은 것을 다시 열기"


class Recovery(models.Model):
    """One way back to work, asked for by one person and approved by another.

    `done` holds what each finished step reported; a step in it is not done again.
    """

    kind = models.CharField("종류", max_length=10, choices=RecoveryKind.choices, default=RecoveryKind.AFTER_LOSS)
    reason = models.CharField("사유", max_length=200)
    days = models.PositiveSmallIntegerField(
        "잃었을 수 있는 기간(일)", default=7, help_text="백업 시점부터 지금까지의 날수보다 넉넉하게 적습니다."
    )
    margin = models.PositiveIntegerField(
        "건너뛸 번호 수", default=1_000, help_text="그사이 나갔을 수 있는 보증서번호를 다시 쓰지 않습니다."
    )
    asked_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="요청", related_name="+")
    asked_at = models.DateTimeField("요청 일시")
    approved_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )
    approved_at = models.DateTimeField("승인 일시", null=True, blank=True)
    withdrawn_at = models.DateTimeField("철회 일시", null=True, blank=True)
    finished_at = models.DateTimeField("완료 일시", null=True, blank=True)
    done = models.JSONField("한 일", default=dict, blank=True)

    class Meta:
        verbose_name = "복구"
        verbose_name_plural = "복구"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=models.F("asked_by")), name="recovery_two_people"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="recovery_approval_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(approved_at__isnull=False, withdrawn_at__isnull=True),
                name="recovery_finished_was_approved",
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=60, margin__gte=1, margin__lte=100_000),
                name="recovery_within_reason",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(finished_at__isnull=True, withdrawn_at__isnull=True),
                name="recovery_one_at_a_time",
            ),
        ]
        triggers = [never_deleted()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asked_at:%Y-%m-%d}"


class InvariantRun(models.Model):
    """One look at everything that must never be wrong. `violations`: code, sentence, count and ids."""

    at = models.DateTimeField("일시")
    seconds = models.DecimalField("걸린 시간(초)", max_digits=9, decimal_places=3)
    checks = models.PositiveSmallIntegerField("확인한 항목")
    violations = models.JSONField("어긋난 항목", default=list, blank=True)

    class Meta:
        verbose_name = "점검 결과"
        verbose_name_plural = "점검 결과"
        ordering = ["-id"]
        triggers = [never_deleted()]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {'이상 없음' if not self.violations else f'{len(self.violations)}개 항목'}"
