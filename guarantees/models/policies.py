"""Dated terms of business: each row counts from its day on, made by one person and checked by another."""

from typing import ClassVar

from django.db import models

from guarantees.models.contracts import WorkKind
from guarantees.models.products import Product
from portal.access import ScopedModel

Q = models.Q


class Dated(models.Model):
    """Terms with an effective day, an approval number, a maker and a checker.

    A row nobody made came with the portal; one a person made counts once another has checked it.
    """

    effective_from = models.DateField("시행일")
    approval_number = models.CharField("인가·결재 번호", max_length=60, blank=True)
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="입안", related_name="+"
    )
    checked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )

    class Meta:
        abstract = True


def two_people(name: str) -> models.CheckConstraint:
    """The constraint that maker and checker are not the same person."""
    return models.CheckConstraint(
        condition=Q(checked_by__isnull=True) | ~Q(made_by=models.F("checked_by")),
        name=name,
        violation_error_message="입안자와 승인자는 다른 사람이어야 합니다.",
    )


class ScreeningPolicy(Dated):
    """업무 기준: who may decide on what, how long anybody has, what is given back. Amounts in whole won."""

    officer_up_to = models.BigIntegerField("지점 담당 전결(원)", default=100_000_000)
    head_up_to = models.BigIntegerField("지점장 전결(원)", default=1_000_000_000)
    second_person_above = models.BigIntegerField("심사자와 결정자를 나누는 금액(원)", default=100_000_000)
    supplement_business_days = models.PositiveSmallIntegerField("보완 기한(영업일)", default=10)
    approval_business_days = models.PositiveSmallIntegerField("승인 뒤 약정·납부 기한(영업일)", default=7)
    minimum_delta = models.PositiveIntegerField("정산하지 않는 변경 보증료(원 미만)", default=1_000)
    refunds_pro_rata = models.BooleanField("조기 해제 때 남은 기간만큼 환급", default=False)
    auto_screening_up_to = models.BigIntegerField(
        "자동 심사 금액(원)", default=0, help_text="0이면 자동 심사를 하지 않습니다. 결정은 언제나 사람이 합니다."
    )

    class Meta:
        verbose_name = "업무 기준"
        verbose_name_plural = "업무 기준"
        ordering = ["-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["effective_from"], name="screening_policy_once_a_day"),
            two_people("screening_policy_by_two"),
            models.CheckConstraint(
                condition=Q(officer_up_to__gt=0, head_up_to__gte=models.F("officer_up_to")),
                name="screening_policy_authority_rises",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d} 시행"


class AmountRule(Dated):
    """법정 보증비율: the share of the contract a product must reach, by kind of work.

    `share_bp` in basis points (15 % = 1,500). An empty kind of work stands for all others.
    """

    product = models.ForeignKey(Product, models.PROTECT, verbose_name="보증 종류", related_name="amount_rules")
    work_kind = models.CharField("공사종류", max_length=12, choices=WorkKind.choices, blank=True)
    share_bp = models.PositiveIntegerField("비율(0.01%)")
    source = models.CharField("근거", max_length=120, blank=True)

    class Meta:
        verbose_name = "법정 보증비율"
        verbose_name_plural = "법정 보증비율"
        ordering = ["product", "work_kind", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["product", "work_kind", "effective_from"], name="amount_rule_once"),
            two_people("amount_rule_by_two"),
            models.CheckConstraint(condition=Q(share_bp__gt=0, share_bp__lte=10_000), name="amount_rule_share"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.work_kind or '그 밖'} {self.share_bp / 100:g}%"


class FeeAdjustment(Dated, ScopedModel):
    """할인·할증 of one member: `add_ppm` (may be negative) on the base rate, `disc_bp` off the result."""

    MEMBER_PATH: ClassVar[str] = "member_id"
    BRANCH_PATH: ClassVar[str] = "member__branch_id"

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="fee_adjustments"
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, verbose_name="보증 종류", related_name="+"
    )
    effective_until = models.DateField("종료일", null=True, blank=True)
    add_ppm = models.IntegerField("할증(ppm)", default=0)
    disc_bp = models.PositiveIntegerField("할인(0.01%)", default=0)
    reason = models.CharField("사유", max_length=200)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증료 할인·할증"
        verbose_name_plural = "보증료 할인·할증"
        ordering = ["-effective_from", "-id"]
        constraints = [
            two_people("fee_adjustment_by_two"),
            models.CheckConstraint(condition=Q(disc_bp__lte=10_000), name="fee_adjustment_discount"),
            models.CheckConstraint(
                condition=Q(effective_until__isnull=True) | Q(effective_until__gte=models.F("effective_from")),
                name="fee_adjustment_period_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.add_ppm:+d}ppm -{self.disc_bp / 100:g}%"
