"""The guarantee itself (보증), issued here or brought over from the cooperative's older books."""

import uuid

from django.db import models

from guarantees.models.applications import Application, Channel
from guarantees.models.contracts import Contract
from guarantees.models.labels import GUARANTEE_STATES
from guarantees.models.products import Product
from guarantees.rules.expiry import MINIMUM_AMOUNT
from guarantees.rules.states import GuaranteeState
from portal.access import ScopedModel
from portal.members.models import ten_digits
from portal.triggers import never_deleted, written_once

Q = models.Q


class Guarantee(ScopedModel):
    """An issued guarantee. `starts_on` and `ends_on` are both inclusive; amounts are whole won.

    Past its end it is EXPIRED but still uses the limit until it is released (S23).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("보증번호", max_length=40, db_collation="C")
    sms_number = models.CharField("문자용 번호", max_length=9)
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, verbose_name="신청", related_name="guarantee"
    )
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="guarantees", db_index=False
    )
    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name="보증 종류", related_name="guarantees", db_index=False
    )
    channel = models.CharField("발급 경로", max_length=8, choices=Channel.choices)
    state = models.CharField(
        "상태",
        max_length=9,
        choices=GUARANTEE_STATES,
        default=GuaranteeState.ACTIVE.value,
    )
    version = models.PositiveSmallIntegerField("변경 차수", default=0, db_default=0)
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="계약",
        related_name="guarantees",
    )
    contract_name = models.CharField("계약명(공사명)", max_length=120)
    contract_number = models.CharField("공고·계약번호", max_length=60, blank=True)
    contract_amount = models.BigIntegerField("계약금액", null=True, blank=True)
    contracted_on = models.DateField("계약일", null=True, blank=True)
    completes_on = models.DateField("준공(예정)일", null=True, blank=True)
    beneficiary_name = models.CharField("보증채권자", max_length=100)
    beneficiary_business_number = models.CharField(
        "보증채권자 사업자등록번호", max_length=10, blank=True, validators=[ten_digits]
    )
    amount = models.BigIntegerField("보증금액")
    outstanding = models.BigIntegerField("보증잔액")
    collateral = models.BigIntegerField("담보 금액", default=0, db_default=0)
    starts_on = models.DateField("보증 시작일")
    ends_on = models.DateField("보증 종료일")
    issued_on = models.DateField("발급일")
    issued_at = models.DateTimeField("발급 일시", null=True, blank=True)
    issued_by = models.ForeignKey(
        "members.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="발급자",
        related_name="+",
        db_index=False,
    )
    special_terms = models.TextField("특약", blank=True, max_length=1000)
    fee = models.BigIntegerField("보증료", null=True, blank=True)
    is_imported = models.BooleanField("이관 자료", default=False)
    imported_at = models.DateTimeField("이관 일시", null=True, blank=True)
    released_at = models.DateTimeField("해제 일시", null=True, blank=True)
    release_reason = models.CharField("해제 사유", max_length=200, blank=True)
    cancelled_at = models.DateTimeField("취소 일시", null=True, blank=True)
    cancel_reason = models.CharField("취소 사유", max_length=200, blank=True, db_default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "보증"
        verbose_name_plural = "보증"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="guarantee_number"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in GuaranteeState]), name="guarantee_state_known"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=models.F("ends_on")), name="guarantee_period_forward"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0, outstanding__gte=0), name="guarantee_amounts_within"),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(outstanding=0), name="guarantee_released_owes_nothing"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "expired"], released_at__isnull=True)
                | Q(state__in=["released", "cancelled"]),
                name="guarantee_live_is_not_released",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_at__isnull=False, outstanding=0)
                | (~Q(state="cancelled") & Q(cancelled_at__isnull=True)),
                name="guarantee_cancelled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(outstanding__lte=models.F("amount")), name="guarantee_outstanding_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(is_imported=True) | Q(application__isnull=False),
                name="guarantee_has_application",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-id"], name="guarantee_member"),
            models.Index(
                fields=["ends_on"],
                include=["id", "member", "product"],
                condition=Q(state="active", outstanding__gte=MINIMUM_AMOUNT),
                name="guarantee_due",
            ),
            models.Index(fields=["ends_on"], condition=Q(state="active"), name="guarantee_ending"),
            # What the expiry run passes over, and what it missed: few days, whatever the state.
            models.Index(fields=["ends_on"], name="guarantee_end"),
        ]
        # What stands on paper. Amount and period change by an endorsement, which is a version of its own.
        triggers = [
            never_deleted(),
            written_once(
                "number", "application", "member", "product", "channel", "issued_on", "issued_at", "is_imported"
            ),
        ]

    def __str__(self) -> str:
        return self.number
