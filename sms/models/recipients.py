"""Who receives a member's expiry notices: the representative, unless opted out, and added people (S29-S32)."""

import pgtrigger
from django.db import models

from portal.access import ScopedModel
from portal.members.models import mobile_digits


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


class Recipient(ScopedModel):
    """An additional person at the company who receives its expiry notices (수신 담당자, S32)."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="recipients")
    name = models.CharField("이름", max_length=60)
    role = models.CharField("직위·업무", max_length=60, blank=True)
    mobile = models.CharField("휴대폰", max_length=11, validators=[mobile_digits])
    is_active = models.BooleanField("수신", default=True)
    consented = models.BooleanField("본인 동의 확인", default=False)
    added_at = models.DateTimeField("등록")

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
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.member})"


class ReceptionChange(ScopedModel):
    """History of opt-outs and recipients: who asked, by which way, who wrote it down (S30, S31)."""

    class What(models.TextChoices):
        OPTED_OUT = "opted_out", "대표이사 수신거부"
        OPTED_IN = "opted_in", "대표이사 수신 재개"
        ADDED = "added", "수신자 추가"
        REMOVED = "removed", "수신자 삭제"

    class Way(models.TextChoices):
        WEB = "web", "홈페이지"
        PHONE = "phone", "전화"

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="reception_changes"
    )
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, verbose_name="추가 수신자", related_name="+"
    )
    what = models.CharField("내용", max_length=10, choices=What.choices)
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
                condition=models.Q(way="web") | ~models.Q(caller=""), name="reception_phone_names_caller"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member} {self.get_what_display()}"
