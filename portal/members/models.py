"""Branches, member companies and the people who sign in."""

from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import LessThanOrEqual

from portal.access import ScopedModel
from portal.letters import Letter
from portal.members.roles import HEAD_OFFICE_ROLES, Role, roles_named
from portal.sms_bytes import sms_bytes

ten_digits = RegexValidator(r"^\d{10}\Z", "사업자등록번호는 숫자 10자리입니다.")
mobile_digits = RegexValidator(r"^010\d{8}\Z", "휴대폰 번호는 010으로 시작하는 숫자 11자리입니다.")


class Branch(models.Model):
    """A branch office of the cooperative (관할 지점, S50)."""

    code = models.CharField("지점 코드", max_length=10, unique=True)
    name = models.CharField("지점명", max_length=40)
    phone = models.CharField(
        "전화", max_length=13, help_text="문자에 그대로 실리므로 하이픈을 포함해 13자까지 적습니다."
    )
    address = models.CharField("주소", max_length=200, blank=True)
    hours = models.CharField("업무 시간", max_length=60, default="평일 09:00~18:00")

    class Meta:
        verbose_name = "지점"
        verbose_name_plural = "지점"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__regex=r"^[0-9-]{8,13}$"),
                name="branch_phone_fits_sms",
                violation_error_message="전화는 숫자와 하이픈으로 13자까지 적어 주세요.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MemberStatus(models.TextChoices):
    ACTIVE = "active", "정상"
    SUSPENDED = "suspended", "거래정지"
    WITHDRAWN = "withdrawn", "탈퇴"
    EXPELLED = "expelled", "제명"


class Member(ScopedModel):
    """A member company (조합원). Its representative receives the expiry notices by default (S29)."""

    MEMBER_PATH: ClassVar[str] = "id"
    BRANCH_PATH: ClassVar[str] = "branch_id"

    name = models.CharField("상호", max_length=100)
    sms_name = models.CharField(
        "문자용 상호",
        max_length=32,
        blank=True,
        help_text="문자에 실리는 이름(32바이트까지). 비어 있으면 문자 대신 이메일로만 알립니다.",
    )
    business_number = models.CharField("사업자등록번호", max_length=10, validators=[ten_digits])
    corporate_number = models.CharField("법인등록번호", max_length=13, blank=True)
    representative_name = models.CharField("대표이사", max_length=60)
    representative_mobile = models.CharField(
        "대표이사 휴대폰", max_length=11, blank=True, validators=[mobile_digits]
    )
    representative_email = models.EmailField("대표이사 이메일", blank=True)
    contact_name = models.CharField("담당자", max_length=60, blank=True)
    contact_mobile = models.CharField("담당자 휴대폰", max_length=11, blank=True, validators=[mobile_digits])
    contact_email = models.EmailField("담당자 이메일", blank=True)
    address = models.CharField("주소", max_length=200, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name="관할 지점", related_name="members")
    status = models.CharField("상태", max_length=10, choices=MemberStatus.choices, default=MemberStatus.ACTIVE)
    joined_on = models.DateField("가입일")

    class Meta(ScopedModel.Meta):
        verbose_name = "조합원"
        verbose_name_plural = "조합원"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["business_number"],
                name="member_business_number",
                violation_error_message="이미 등록된 사업자등록번호입니다.",
            ),
            models.CheckConstraint(condition=models.Q(status__in=MemberStatus.values), name="member_status_known"),
            models.CheckConstraint(
                condition=LessThanOrEqual(sms_bytes("sms_name"), 32),
                name="member_sms_name_fits",
                violation_error_message="문자용 상호는 32바이트(한글 16자)까지입니다.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_trading(self) -> bool:
        """Whether the company may use the portal."""
        return self.status == MemberStatus.ACTIVE


class User(AbstractUser):
    """One person, one account: a member's or the cooperative's, never both."""

    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, verbose_name="조합원", related_name="users"
    )
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, verbose_name="소속 지점", related_name="staff"
    )
    full_name = models.CharField("이름", max_length=60, blank=True)
    mobile = models.CharField("휴대폰", max_length=11, blank=True, validators=[mobile_digits])

    class Meta(AbstractUser.Meta):
        verbose_name = "사용자"
        verbose_name_plural = "사용자"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member__isnull=True) | models.Q(is_staff=False, branch__isnull=True),
                name="user_serves_one_side",
                violation_error_message="조합원 사용자는 직원이나 지점 소속일 수 없습니다.",
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        return self.full_name or super().get_full_name()

    def get_short_name(self) -> str:
        return self.full_name or self.username

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The person's roles. A superuser has none by that alone: he administers, he does not decide."""
        return roles_named(self.groups.values_list("name", flat=True))

    def has_role(self, *roles: Role) -> bool:
        """Whether the person holds at least one of `roles`."""
        return bool(self.roles.intersection(roles))

    @property
    def works_at_head_office(self) -> bool:
        """Staff without a branch who hold a head-office role, or the superuser."""
        return self.is_superuser or bool(self.roles & HEAD_OFFICE_ROLES)


class LoginSession(AbstractBaseSession):
    """A session of the web, and whose it is: without `user` a visitor's. `expire_date` moves with every visit."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, verbose_name="사용자", related_name="sessions"
    )

    class Meta:
        verbose_name = "로그인 세션"
        verbose_name_plural = "로그인 세션"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Looked up by its name: the store itself is built on this model."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class Invitation(Letter, ScopedModel):
    """A company's representative asks somebody of his company in. The account begins when it is accepted."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name="조합원", related_name="invitations")
    username = models.CharField("아이디", max_length=150)
    full_name = models.CharField("이름", max_length=60)
    email = models.EmailField("이메일")
    mobile = models.CharField("휴대폰", max_length=11, blank=True, validators=[mobile_digits])
    role = models.CharField(
        "역할", max_length=20, choices=[(role.value, role.label) for role in (Role.MEMBER_USER, Role.MEMBER_REP)]
    )
    invited_by = models.ForeignKey(User, models.PROTECT, verbose_name="초대한 사람", related_name="+")
    invited_at = models.DateTimeField("초대 일시")
    expires_at = models.DateTimeField("기한")
    round = models.PositiveSmallIntegerField(
        "보낸 차례", default=1, help_text="링크에 들어 있어, 다시 보내면 앞의 링크는 쓸 수 없습니다."
    )
    withdrawn_at = models.DateTimeField("취소 일시", null=True, blank=True)
    accepted_at = models.DateTimeField("수락 일시", null=True, blank=True)
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, verbose_name="계정", related_name="invitation"
    )

    class Meta(ScopedModel.Meta):
        verbose_name = "사용자 초대"
        verbose_name_plural = "사용자 초대"
        ordering = ["-invited_at"]
        indexes = [models.Index(fields=["mail_after"], name="invitation_mail_due", condition=models.Q(mail="due"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, user__isnull=True)
                | models.Q(accepted_at__isnull=False, user__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
            models.UniqueConstraint(
                Lower("username"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_username",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.username})"
