"""보증한도: what a member may have guaranteed at once, and what the figure rests on. Amounts in whole won."""

import pgtrigger
from django.db import models

from guarantees.models.policies import Dated, two_people
from guarantees.models.products import Product
from guarantees.rules.limit import GRADE_PCT
from portal.access import ScopedModel

Q = models.Q
GRADES = [(grade, "등급 없음" if grade == "none" else grade) for grade in GRADE_PCT]


def default_grades() -> dict[str, int]:
    """Per cent of the limit for each credit grade."""
    return dict(GRADE_PCT)


class LimitPolicy(Dated):
    """한도 기준: won of limit for each share held, and per cent for each credit grade."""

    unit_limit = models.BigIntegerField("1좌당 한도(원)", default=1_500_000)
    grade_pct = models.JSONField("신용등급별 비율(%)", default=default_grades)

    class Meta:
        verbose_name = "한도 기준"
        verbose_name_plural = "한도 기준"
        ordering = ["-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["effective_from"], name="limit_policy_once_a_day"),
            two_people("limit_policy_by_two"),
            models.CheckConstraint(condition=Q(unit_limit__gt=0), name="limit_policy_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d} 시행"


class Capital(Dated):
    """조합 자본: paid-in capital and reserves. All guarantees together stay under 35 times of it (영 제57조)."""

    amount = models.BigIntegerField("출자금과 적립금(원)")

    class Meta:
        verbose_name = "조합 자본"
        verbose_name_plural = "조합 자본"
        ordering = ["-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["effective_from"], name="capital_once_a_day"),
            two_people("capital_by_two"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="capital_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d} 기준"


class MemberLimit(ScopedModel):
    """거래 조건 of a member. Its row is locked by whatever takes from or gives back to the limit."""

    member = models.OneToOneField("members.Member", models.PROTECT, verbose_name="조합원", related_name="limit")
    shares = models.PositiveIntegerField("출자좌수", default=0)
    grade = models.CharField("신용등급", max_length=4, choices=GRADES, default="none")
    special_limit = models.BigIntegerField("특별한도(원)", default=0)
    post_pay_until = models.DateField("후납 허용 기한", null=True, blank=True)
    changed_at = models.DateTimeField("최근 변경")

    class Meta(ScopedModel.Meta):
        verbose_name = "조합원 한도"
        verbose_name_plural = "조합원 한도"
        ordering = ["member__name"]
        constraints = [
            models.CheckConstraint(condition=Q(grade__in=list(GRADE_PCT)), name="member_limit_grade_known"),
            models.CheckConstraint(condition=Q(special_limit__gte=0), name="member_limit_special"),
        ]

    def __str__(self) -> str:
        return f"{self.member} 한도"


class SubLimit(ScopedModel):
    """개별한도: the most one member may have of one product within its integrated limit."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="sub_limits")
    product = models.ForeignKey(Product, models.PROTECT, verbose_name="보증 종류", related_name="+")
    amount = models.BigIntegerField("개별한도(원)")

    class Meta(ScopedModel.Meta):
        verbose_name = "개별한도"
        verbose_name_plural = "개별한도"
        ordering = ["member", "product"]
        constraints = [
            models.UniqueConstraint(fields=["member", "product"], name="sub_limit_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="sub_limit_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.product}"


class LimitChange(ScopedModel):
    """One change of a member's terms, as it was before and after; never rewritten."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="limit_changes"
    )
    before = models.JSONField("변경 전", default=dict)
    after = models.JSONField("변경 후", default=dict)
    reason = models.CharField("사유", max_length=200)
    at = models.DateTimeField("일시")
    by = models.ForeignKey("members.User", models.PROTECT, null=True, verbose_name="담당", related_name="+")

    class Meta(ScopedModel.Meta):
        verbose_name = "한도 변경 이력"
        verbose_name_plural = "한도 변경 이력"
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member} {self.at:%Y-%m-%d}"
