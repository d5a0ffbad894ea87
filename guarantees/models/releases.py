"""해제: requests with their evidence, what was released of a guarantee, and many at once."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from guarantees.models.guarantees import Guarantee
from guarantees.rules.reasons import RELEASE_REASONS
from portal.access import ScopedModel
from portal.clock import SEOUL

Q = models.Q
GROUNDS = list(RELEASE_REASONS.items())


class RequestParty(models.TextChoices):
    MEMBER = "member", "조합원"
    BENEFICIARY = "beneficiary", "보증채권자"
    SYSTEM = "system", "시스템 제안"


class RequestState(models.TextChoices):
    OPEN = "open", "확인 대기"
    DONE = "done", "해제함"
    REFUSED = "refused", "반려"
    WITHDRAWN = "withdrawn", "취하"


class ReleaseRequest(ScopedModel):
    """Somebody says a guarantee is not needed any more. `amount` null asks for all of it."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="release_requests")
    party = models.CharField("요청자", max_length=11, choices=RequestParty.choices)
    ground = models.CharField("해제 사유", max_length=12, choices=GROUNDS)
    amount = models.BigIntegerField("일부 해제 금액", null=True, blank=True)
    note = models.CharField("설명", max_length=300, blank=True)
    state = models.CharField("상태", max_length=9, choices=RequestState.choices, default="open")
    follow_up = models.ForeignKey(
        Guarantee, models.PROTECT, null=True, blank=True, verbose_name="후속 보증", related_name="+"
    )
    asked_at = models.DateTimeField("요청 일시")
    asked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="요청한 사람", related_name="+"
    )
    closed_at = models.DateTimeField("처리 일시", null=True, blank=True)
    closed_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="처리한 사람", related_name="+"
    )
    refusal = models.CharField("반려 사유", max_length=300, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "해제 요청"
        verbose_name_plural = "해제 요청"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["guarantee"], condition=Q(state="open"), name="release_request_one_open"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="release_request_amount"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="release_request_closed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal=""), name="release_request_refused_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guarantee} 해제 요청"


def stored_as(paper: "ReleasePaper", filename: str) -> str:
    """Evidence lies by content, under a name nobody chose."""
    return f"releases/{paper.sha256[:2]}/{paper.sha256[2:4]}/{paper.sha256}"


class ReleasePaper(ScopedModel):
    """A file that shows why a guarantee may be released."""

    MEMBER_PATH: ClassVar[str] = "request__guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "request__guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(ReleaseRequest, models.PROTECT, verbose_name="해제 요청", related_name="papers")
    filename = models.CharField("파일 이름", max_length=120)
    file = models.FileField("파일", upload_to=stored_as, max_length=160)
    media_type = models.CharField("형식", max_length=100)
    size = models.PositiveIntegerField("크기(바이트)")
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("올린 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "해제 증빙"
        verbose_name_plural = "해제 증빙"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.filename


class GuaranteeRelease(ScopedModel):
    """One release, in part or in whole: so much less is outstanding; never rewritten."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="releases")
    request = models.ForeignKey(
        ReleaseRequest, models.PROTECT, null=True, blank=True, verbose_name="해제 요청", related_name="releases"
    )
    ground = models.CharField("해제 사유", max_length=12)
    note = models.CharField("설명", max_length=300, blank=True)
    amount = models.BigIntegerField("해제 금액")
    outstanding_after = models.BigIntegerField("해제 뒤 보증잔액")
    at = models.DateTimeField("일시")
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="담당", related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = "해제 내역"
        verbose_name_plural = "해제 내역"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, outstanding_after__gte=0), name="release_amounts_within"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.guarantee} {self.amount:,}원"


class BulkRelease(models.Model):
    """일괄 해제: many guarantees at once, worked off in the background."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ground = models.CharField("해제 사유", max_length=12, choices=GROUNDS)
    note = models.CharField("설명", max_length=300)
    asked_at = models.DateTimeField("요청 일시")
    asked_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="요청자", related_name="+")
    finished_at = models.DateTimeField("끝난 일시", null=True, blank=True)

    class Meta:
        verbose_name = "일괄 해제"
        verbose_name_plural = "일괄 해제"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_at.astimezone(SEOUL):%Y-%m-%d %H:%M} {self.asked_by}"


class BulkRowState(models.TextChoices):
    WAITING = "waiting", "대기"
    DONE = "done", "해제함"
    REFUSED = "refused", "해제 못 함"


class BulkReleaseRow(ScopedModel):
    """One guarantee of a bulk release, with what became of it in words."""

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    bulk = models.ForeignKey(BulkRelease, models.PROTECT, verbose_name="일괄 해제", related_name="rows")
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="bulk_rows")
    state = models.CharField("결과", max_length=7, choices=BulkRowState.choices, default="waiting")
    message = models.CharField("설명", max_length=300, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "일괄 해제 건"
        verbose_name_plural = "일괄 해제 건"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["bulk", "guarantee"], name="bulk_row_once")]

    def __str__(self) -> str:
        return f"{self.guarantee} {self.get_state_display()}"
