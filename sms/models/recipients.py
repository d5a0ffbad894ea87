"""Who receives a member's notices: the representative, unless opted out, and added people (S29-S32)."""

from collections.abc import Collection

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.access import ScopedModel
from portal.members.models import mobile_digits
from sms.rules.phone_codes import MOST_TRIES


class Reception(ScopedModel):
    """Whether the representative receives expiry notices. No row means yes (S29)."""

    member = models.OneToOneField(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="reception"
    )
    representative_receives = models.BooleanField("대표이사 수신", default=True)
    changed_at = models.DateTimeField("변경 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "대표이사 수신 설정"
        verbose_name_plural = "대표이사 수신 설정"

    def __str__(self) -> str:
        return f"{self.member} {'수신' if self.representative_receives else '수신거부'}"


class NoticeKind(models.TextChoices):
    """What an additional recipient may be told."""

    EXPIRY = "expiry", "보증해제대상 안내"
    RESULTS = "results", "신청 결과"
    MILEAGE = "mileage", "마일리지 소멸 안내"


class Proof(models.TextChoices):
    """How we know that the number belongs to the person."""

    CODE = "code", "문자 인증"
    STAFF = "staff", "지점 확인"


def usual_kinds() -> list[str]:
    """What every additional recipient got before there was a choice (S32)."""
    return [NoticeKind.EXPIRY.value]


class Recipient(ScopedModel):
    """An additional person at the company who receives its notices (수신 담당자, S32).

    Nothing is sent before the number is proven. `code_*` are the latest one-time code that may prove it: its
    fingerprint, when it was written, and how many times it was typed wrongly.
    """

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="recipients")
    name = models.CharField("이름", max_length=60)
    role = models.CharField("직위·업무", max_length=60, blank=True)
    mobile = models.CharField("휴대폰", max_length=11, validators=[mobile_digits])
    kinds = ArrayField(
        models.CharField(max_length=10, choices=NoticeKind.choices), default=usual_kinds, verbose_name="받는 안내"
    )
    is_active = models.BooleanField("수신", default=True)
    consented = models.BooleanField("본인 동의 확인", default=False)
    added_at = models.DateTimeField("등록")
    proof = models.CharField("번호 확인", max_length=5, choices=Proof.choices, blank=True)
    proven_at = models.DateTimeField("번호 확인 일시", null=True, blank=True)
    code_fingerprint = models.CharField(max_length=64, blank=True, db_default="")
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta(ScopedModel.Meta):
        verbose_name = "추가 수신자"
        verbose_name_plural = "추가 수신자"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "mobile"],
                condition=models.Q(is_active=True),
                name="recipient_mobile_once",
                violation_error_message="이미 등록된 휴대폰 번호입니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(consented=True),
                name="recipient_has_consented",
                violation_error_message="받는 분의 동의를 확인해 주세요.",
            ),
            models.CheckConstraint(
                condition=models.Q(kinds__contained_by=NoticeKind.values, kinds__len__gt=0),
                name="recipient_has_kinds",
                violation_error_message="받을 안내를 하나 이상 골라 주세요.",
            ),
            models.CheckConstraint(
                condition=models.Q(proof="", proven_at__isnull=True)
                | models.Q(proof__in=Proof.values, proven_at__isnull=False),
                name="recipient_proof_has_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(code_fingerprint="", code_sent_at__isnull=True, code_tries=0)
                | (
                    ~models.Q(code_fingerprint="")
                    & models.Q(code_sent_at__isnull=False, code_tries__lte=MOST_TRIES)
                ),
                name="recipient_code_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.member})"

    @property
    def is_proven(self) -> bool:
        """Whether the number is known to be the person's own."""
        return self.proven_at is not None

    @property
    def kind_labels(self) -> str:
        """What he receives, in words, in the order of the choices."""
        return labels_of(self.kinds)


def labels_of(kinds: Collection[str]) -> str:
    """Kinds in Korean words, in the order of the choices."""
    return ", ".join(kind.label for kind in NoticeKind if kind.value in kinds)


class ReceptionChange(ScopedModel):
    """History of opt-outs and recipients: who asked, by which way, who wrote it down (S30, S31)."""

    class What(models.TextChoices):
        OPTED_OUT = "opted_out", "대표이사 수신거부"
        OPTED_IN = "opted_in", "대표이사 수신 재개"
        ADDED = "added", "수신자 추가"
        PROVEN = "proven", "번호 확인"
        CHANGED = "changed", "받는 안내 변경"
        REMOVED = "removed", "수신자 삭제"

    class Way(models.TextChoices):
        WEB = "web", "홈페이지"
        PHONE = "phone", "전화"
        PRIOR = "prior", "이전 등록"

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="reception_changes"
    )
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, verbose_name="추가 수신자", related_name="+"
    )
    what = models.CharField("내용", max_length=10, choices=What.choices)
    detail = models.CharField("상세", max_length=200, blank=True, help_text="받는 안내와 번호를 확인한 방법")
    way = models.CharField("경로", max_length=5, choices=Way.choices)
    caller = models.CharField("전화한 사람", max_length=60, blank=True)
    note = models.CharField("메모", max_length=200, blank=True)
    at = models.DateTimeField("일시")
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="등록자", related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = "수신 변경 이력"
        verbose_name_plural = "수신 변경 이력"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(way="phone") | ~models.Q(caller=""), name="reception_phone_names_caller"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member} {self.get_what_display()}"
