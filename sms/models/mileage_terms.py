"""Terms of the mileage: announced a month ahead, made by one person and approved by another (S19, S20)."""

from datetime import date, timedelta
from typing import Self, TypeVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse

from portal.access import ScopedModel
from sms.rules.mileage import DAYS_OF_POLICY_NOTICE

# The seed's own rule: it came with the portal, before anybody could announce or approve it.
FIRST_POLICY = date(2000, 1, 1)

M = TypeVar("M", bound=models.Model)


def seoul_day_of(field: str) -> Func:
    """The Seoul calendar day of an instant, in SQL."""
    return Func(
        F(field), template="(%(expressions)s AT TIME ZONE 'Asia/Seoul')::date", output_field=models.DateField()
    )


def announced_in_time(day: str, name: str, *exempt: Q) -> models.CheckConstraint:
    """`day` follows the notice by at least 30 Seoul days, but for `exempt`."""
    earliest = seoul_day_of("published_at") + timedelta(days=DAYS_OF_POLICY_NOTICE)
    condition = Q(**{f"{day}__gte": earliest})
    for exception in exempt:
        condition |= exception
    return models.CheckConstraint(
        condition=condition,
        name=name,
        violation_error_message=f"공고한 날부터 {DAYS_OF_POLICY_NOTICE}일이 지난 날부터 시행할 수 있습니다.",
    )


def approved_by_another(day: str, name: str) -> models.CheckConstraint:
    """Approval has a person and an instant before `day`, and that person is not the maker."""
    nobody = Q(checked_by__isnull=True, checked_at__isnull=True)
    another = Q(made_by__isnull=False, checked_by__isnull=False, checked_at__isnull=False)
    in_time = Q(**{f"{day}__gt": seoul_day_of("checked_at")})
    return models.CheckConstraint(
        condition=nobody | (another & ~Q(made_by=F("checked_by")) & in_time),
        name=name,
        violation_error_message="입안자가 아닌 사람이 시행일 전에 승인해야 합니다.",
    )


def says_where_announced(name: str, *exempt: Q) -> models.CheckConstraint:
    """Whoever is bound by the terms can read their notice: on our own board, or at an address."""
    condition = Q(legal_notice__isnull=False) | ~Q(notice_url="")
    for exception in exempt:
        condition |= exception
    return models.CheckConstraint(
        condition=condition,
        name=name,
        violation_error_message="제도 공지를 고르거나 공고 주소를 입력해 주세요.",
    )


def approved_stays(day: str) -> list[pgtrigger.Trigger]:
    """Approved terms are never deleted, and never changed but for the mark that lots have been extended."""
    approved = f"(OLD.checked_by_id IS NOT NULL OR OLD.{day} = '{FIRST_POLICY}')"
    changed = "(to_jsonb(OLD) - 'extended_at') <> (to_jsonb(NEW) - 'extended_at')"
    return [
        pgtrigger.Protect(
            name="approved_stays", operation=pgtrigger.Delete, condition=pgtrigger.Condition(approved)
        ),
        pgtrigger.Protect(
            name="approved_unchanged",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(f"({approved} AND {changed})"),
        ),
    ]


class TermsQuerySet(models.QuerySet[M]):
    def approved(self) -> Self:
        """Those that count: approved by a second person, or the portal's own first policy."""
        ours = Q(effective_from=FIRST_POLICY) if self.model is MileagePolicy else Q()
        return self.filter(Q(checked_by__isnull=False) | ours)


class Announced(models.Model):
    """What every change of terms carries: its notice, its maker, its checker."""

    published_at = models.DateTimeField("공고 일시")
    notice = models.CharField("공고", max_length=200, blank=True)
    notice_url = models.URLField("공고 주소", blank=True)
    legal_notice = models.ForeignKey(
        "helpdesk.Notice", models.PROTECT, null=True, blank=True, verbose_name="제도 공지", related_name="+",
        help_text="조합 공지 게시판에 이미 게시한 제도 공지입니다. 고르면 공고한 날과 제목은 그 공지를 따릅니다.",
    )  # fmt: skip
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="입안", related_name="+"
    )
    checked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )
    checked_at = models.DateTimeField("승인 일시", null=True, blank=True)
    extended_at = models.DateTimeField("적립분 연장 처리", null=True, blank=True)

    objects = TermsQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def notice_address(self) -> str:
        """Where the notice can be read; empty for the portal's own first policy."""
        if self.legal_notice_id is not None:
            return reverse("helpdesk:notice", args=[self.legal_notice_id])
        return self.notice_url


class MileagePolicy(Announced):
    """Terms of earning, versioned by effective day. Announced at least 30 days before (S19)."""

    effective_from = models.DateField("시행일", unique=True)
    earn_per_issue = models.PositiveSmallIntegerField("발급 1건당 적립 콜", default=1)
    validity_months = models.PositiveSmallIntegerField("유효 개월", default=12)

    class Meta:
        verbose_name = "마일리지 정책"
        verbose_name_plural = "마일리지 정책"
        ordering = ["-effective_from"]
        constraints = [
            announced_in_time("effective_from", "policy_announced", Q(effective_from=FIRST_POLICY)),
            approved_by_another("effective_from", "policy_by_two"),
            says_where_announced("policy_says_where", Q(effective_from=FIRST_POLICY)),
            models.CheckConstraint(
                condition=Q(effective_from=FIRST_POLICY) | Q(made_by__isnull=False), name="policy_has_maker"
            ),
            models.CheckConstraint(
                condition=Q(validity_months__gte=1, validity_months__lte=120),
                name="policy_validity",
                violation_error_message="유효 개월은 1~120개월로 정해 주세요.",
            ),
        ]
        triggers = approved_stays("effective_from")

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d} 시행"


class Suspension(Announced):
    """Days, both included, on which no calls can be spent. Lots alive at the start live as much longer (S20)."""

    starts_on = models.DateField("시작일")
    ends_on = models.DateField("종료일", help_text="이날까지 쉬고 다음 날 0시부터 다시 쓸 수 있습니다.")
    reason = models.CharField("사유", max_length=200)

    class Meta:
        verbose_name = "문자메시지서비스 중지"
        verbose_name_plural = "문자메시지서비스 중지"
        ordering = ["-starts_on"]
        constraints = [
            announced_in_time("starts_on", "suspension_announced"),
            approved_by_another("starts_on", "suspension_by_two"),
            says_where_announced("suspension_says_where"),
            models.CheckConstraint(condition=Q(made_by__isnull=False), name="suspension_has_maker"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="suspension_forward",
                violation_error_message="종료일은 시작일과 같거나 그 뒤여야 합니다.",
            ),
            ExclusionConstraint(
                name="suspension_apart",
                expressions=[
                    (
                        Func(
                            "starts_on", "ends_on", Value("[]"), function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
                violation_error_message="이미 등록된 중지 기간과 겹칩니다.",
            ),
        ]  # fmt: skip
        triggers = approved_stays("starts_on")

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m-%d} ~ {self.ends_on:%Y-%m-%d} 중지"

    @property
    def days(self) -> int:
        """Its length in calendar days."""
        return (self.ends_on - self.starts_on).days + 1


class Extension(ScopedModel):
    """That a lot got more time, by which better policy or which suspension. Once each."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="+")
    lot = models.ForeignKey("sms.Lot", models.PROTECT, verbose_name="적립분", related_name="extensions")
    policy = models.ForeignKey(
        MileagePolicy, models.PROTECT, null=True, blank=True, verbose_name="정책", related_name="+"
    )
    suspension = models.ForeignKey(
        Suspension, models.PROTECT, null=True, blank=True, verbose_name="중지", related_name="+"
    )
    old_expires_at = models.DateTimeField("전 소멸 시각")
    new_expires_at = models.DateTimeField("새 소멸 시각")
    at = models.DateTimeField("일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "유효기간 연장"
        verbose_name_plural = "유효기간 연장"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(policy__isnull=False, suspension__isnull=True)
                | Q(policy__isnull=True, suspension__isnull=False),
                name="extension_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(new_expires_at__gt=F("old_expires_at")), name="extension_only_forward"
            ),
            models.UniqueConstraint(fields=["lot", "policy"], name="extension_once_a_policy"),
            models.UniqueConstraint(fields=["lot", "suspension"], name="extension_once_a_suspension"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.policy or self.suspension)
