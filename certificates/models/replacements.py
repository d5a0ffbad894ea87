"""A request to replace the registered certificate (인증서갱신) and what became of it."""

import uuid

from django.db import models

from certificates.models.challenges import Challenge, SignatureEvidence
from certificates.models.registered import BankCertificate
from portal.access import ScopedModel


class ReplacementState(models.TextChoices):
    DONE = "done", "교체 완료"
    PARKED = "parked", "상태 확인 대기"
    REVIEW = "review", "직원 확인 대기"
    REFUSED = "refused", "교체하지 않음"
    FROZEN = "frozen", "중지됨"


WAITING = (ReplacementState.PARKED, ReplacementState.REVIEW)


class Replacement(ScopedModel):
    """Parked when only revocation data was missing; frozen by the representative within seven days.

    `state` review: proven by resident number, registered once a second person has confirmed it. `needs_review`
    on one that is done or frozen: somebody of the staff has to look at it afterwards.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="replacements"
    )
    state = models.CharField("상태", max_length=7, choices=ReplacementState.choices)
    old = models.ForeignKey(BankCertificate, models.PROTECT, null=True, blank=True, related_name="+")
    new = models.ForeignKey(BankCertificate, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.ForeignKey(SignatureEvidence, models.PROTECT, related_name="replacements")
    challenge = models.OneToOneField(
        Challenge, models.PROTECT, null=True, blank=True, related_name="replacement", editable=False
    )
    ticket = models.ForeignKey(
        "certificates.ReplacementTicket", models.PROTECT, null=True, blank=True, related_name="+"
    )
    old_key_signed = models.BooleanField("기존 인증서로도 서명", default=False)
    needs_review = models.BooleanField("확인 필요", default=False)
    code = models.CharField("사유 코드", max_length=40, blank=True)
    requested_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="신청한 사람", related_name="+"
    )
    requested_at = models.DateTimeField("신청")
    deadline_at = models.DateTimeField("확인 기한", null=True, blank=True)
    finished_at = models.DateTimeField("처리", null=True, blank=True)
    freeze_hash = models.CharField("중지 링크 지문", max_length=64, blank=True)
    freeze_until_at = models.DateTimeField("중지 가능 기한", null=True, blank=True)
    hold_until_at = models.DateTimeField("연락처 변경 보류", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="확인한 직원", related_name="+"
    )
    reviewed_at = models.DateTimeField("확인 일시", null=True, blank=True)
    review_note = models.CharField("확인 근거", max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "인증서갱신"
        verbose_name_plural = "인증서갱신"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=models.Q(state__in=["parked", "review"]),
                name="replacement_one_waiting_a_member",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="parked") | models.Q(deadline_at__isnull=False),
                name="replacement_parked_has_deadline",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(new__isnull=False), name="replacement_done_has_new"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | models.Q(requested_by__isnull=True)
                | ~models.Q(reviewed_by=models.F("requested_by")),
                name="replacement_reviewed_by_another",
                violation_error_message="신청한 사람과 확인하는 사람은 달라야 합니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_at__isnull=True, reviewed_by__isnull=True, review_note="")
                | (models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~models.Q(review_note="")),
                name="replacement_review_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.get_state_display()}"
