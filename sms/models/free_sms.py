"""문자메시지서비스: the address book, what was asked to be sent, and who switched what on or off."""

from uuid import uuid4

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.access import ScopedModel
from portal.members.models import mobile_digits
from sms.models.messages import Channel
from sms.models.mileage import Spend


class Contact(ScopedModel):
    """One person in a company's address book (주소록). Removed for good when removed: nobody else needs it."""

    public_id = models.UUIDField("공개 번호", default=uuid4, unique=True, editable=False)
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="contacts", db_index=False
    )
    name = models.CharField("이름", max_length=60)
    mobile = models.CharField("휴대폰", max_length=11, validators=[mobile_digits])
    group = models.CharField("그룹", max_length=30, blank=True)
    memo = models.CharField("메모", max_length=100, blank=True)
    consented_at = models.DateTimeField("동의 확인")
    added_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="등록자", related_name="+"
    )
    added_at = models.DateTimeField("등록")
    changed_at = models.DateTimeField("변경")

    class Meta(ScopedModel.Meta):
        verbose_name = "주소록"
        verbose_name_plural = "주소록"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "mobile"], name="contact_mobile_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="contact_has_name"),
            models.CheckConstraint(condition=models.Q(mobile__regex=r"^010\d{8}$"), name="contact_mobile_known"),
        ]

    def __str__(self) -> str:
        return self.name


class SendRequest(ScopedModel):
    """What somebody asked to be sent, and as what he declared it. Quotas of a day are sums over these."""

    class Category(models.TextChoices):
        INFORMATION = "information", "정보성"
        ADVERTISING = "advertising", "광고"

    public_id = models.UUIDField("공개 번호", default=uuid4, unique=True, editable=False)
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="send_requests", db_index=False
    )
    spend = models.OneToOneField(Spend, models.PROTECT, verbose_name="마일리지 사용", related_name="request")
    category = models.CharField("종류", max_length=11, choices=Category.choices)
    has_ad_consent = models.BooleanField("광고 수신 동의 확인", default=False)
    channel = models.CharField("수단", max_length=5, choices=Channel.choices)
    text = models.TextField("적은 내용")
    recipients = models.PositiveSmallIntegerField("받는 사람")
    asked = models.CharField(
        "요청 지문", max_length=64, help_text="글과 받는 사람의 SHA-256. 같은 화면에서 두 번 눌렀는지 봅니다."
    )
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="보낸 사람", related_name="+")
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "문자 발송 요청"
        verbose_name_plural = "문자 발송 요청"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category="information") | models.Q(has_ad_consent=True),
                name="sendrequest_ad_has_consent",
            ),
            models.CheckConstraint(condition=models.Q(recipients__gt=0), name="sendrequest_to_somebody"),
        ]
        indexes = [models.Index(fields=["member", "-at"], name="sendrequest_member")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.recipients}명"

    @property
    def reference(self) -> str:
        """What its messages carry as their reference."""
        return f"free:{self.spend.key}"


class ServiceSwitch(models.Model):
    """문자메시지서비스 on or off; the latest row counts. System notices do not look at it."""

    is_on = models.BooleanField("켜짐")
    reason = models.CharField("사유", max_length=200)
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="처리한 사람", related_name="+")
    at = models.DateTimeField("일시")

    class Meta:
        verbose_name = "문자메시지서비스 스위치"
        verbose_name_plural = "문자메시지서비스 스위치"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="serviceswitch_has_reason")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"문자메시지서비스 {'켜짐' if self.is_on else '꺼짐'}"


class LinkPermission(ScopedModel):
    """Whether a company may name web addresses in its texts, and of which domains; the latest row counts."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="link_permissions"
    )
    is_allowed = models.BooleanField("허용")
    domains = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name="도메인")
    reason = models.CharField("사유", max_length=200)
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="처리한 사람", related_name="+")
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "인터넷 주소 허용"
        verbose_name_plural = "인터넷 주소 허용"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_allowed=False, domains=[])
                | models.Q(is_allowed=True) & ~models.Q(domains=[]),
                name="linkpermission_names_domains",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="linkpermission_has_reason"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member} 인터넷 주소 {'허용' if self.is_allowed else '허용 안 함'}"
