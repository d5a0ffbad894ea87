"""The application (보증 신청) and the evidence of each step it took."""

import uuid
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from guarantees.models.contracts import Contract, ContractRole, OwnerKind, WorkKind
from guarantees.models.labels import APPLICATION_STATES, DELIVERY_CHANNELS
from guarantees.models.products import Product, ProductTerms
from guarantees.rules.states import ApplicationState
from portal.access import ScopedModel
from portal.members.models import mobile_digits, ten_digits

Q = models.Q
UNDER_REVIEW = ("in_review", "supplement", "approved", "signed", "fee_paid", "issued", "rejected")
APPROVED = ("approved", "signed", "fee_paid", "issued")
ENDED = ("issued", "rejected", "lapsed", "withdrawn")


class Channel(models.TextChoices):
    """Where it was applied for. Only the internet earns mileage (S08, S15)."""

    INTERNET = "internet", "인터넷"
    BRANCH = "branch", "지점"


class Application(ScopedModel):
    """A member's request for one guarantee. States change only through `guarantees.actions`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("접수번호", max_length=12, null=True, blank=True)  # noqa: DJ001 - drafts have none
    form_key = models.UUIDField("양식 키", default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="applications"
    )
    product = models.ForeignKey(Product, models.PROTECT, verbose_name="보증 종류", related_name="applications")
    terms = models.ForeignKey(
        ProductTerms, models.PROTECT, null=True, blank=True, verbose_name="적용 요율", related_name="+"
    )
    channel = models.CharField("신청 경로", max_length=8, choices=Channel.choices, default=Channel.INTERNET)
    state = models.CharField(
        "상태",
        max_length=12,
        choices=APPLICATION_STATES,
        default=ApplicationState.DRAFT.value,
    )

    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, verbose_name="계약", related_name="applications"
    )
    contract_role = models.CharField("도급구분", max_length=5, choices=ContractRole.choices, blank=True)
    owner_kind = models.CharField("발주자구분", max_length=7, choices=OwnerKind.choices, blank=True)
    work_kind = models.CharField("공사종류", max_length=12, choices=WorkKind.choices, blank=True)
    contract_name = models.CharField("계약명(공사명)", max_length=120, blank=True)
    contract_number = models.CharField("공고·계약번호", max_length=60, blank=True)
    contract_amount = models.BigIntegerField("계약금액", null=True, blank=True, validators=[MinValueValidator(1)])
    contracted_on = models.DateField("계약일", null=True, blank=True)
    completes_on = models.DateField("준공(예정)일", null=True, blank=True)
    site_address = models.CharField("현장 주소", max_length=200, blank=True)
    required_amount = models.BigIntegerField(
        "계약서에서 정한 보증금액", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    advance_amount = models.BigIntegerField("선급금", null=True, blank=True, validators=[MinValueValidator(0)])
    payment_cycle_months = models.PositiveSmallIntegerField("대금 지급 주기(개월)", null=True, blank=True)
    beneficiary_name = models.CharField("보증채권자", max_length=100, blank=True)
    beneficiary_business_number = models.CharField(
        "보증채권자 사업자등록번호", max_length=10, blank=True, validators=[ten_digits]
    )

    delivery_channel = models.CharField("송부 방법", max_length=11, choices=DELIVERY_CHANNELS, default="print")
    beneficiary_email = models.EmailField("보증채권자 이메일", blank=True)

    amount = models.BigIntegerField("보증금액", null=True, blank=True, validators=[MinValueValidator(1)])
    starts_on = models.DateField("보증 시작일", null=True, blank=True)
    ends_on = models.DateField("보증 종료일", null=True, blank=True)
    special_terms = models.TextField("특약", blank=True, max_length=1000)
    quoted_fee = models.BigIntegerField("예상 보증료", null=True, blank=True)
    # Pinned with the terms: the member's own surcharge and discount on the day of the quote.
    add_ppm = models.IntegerField("할증(ppm)", default=0)
    disc_bp = models.PositiveIntegerField("할인(0.01%)", default=0)
    collateral = models.BigIntegerField("담보 금액", default=0, validators=[MinValueValidator(0)])

    contact_name = models.CharField("담당자", max_length=60, blank=True)
    contact_mobile = models.CharField("담당자 휴대폰", max_length=11, blank=True, validators=[mobile_digits])
    contact_email = models.EmailField("담당자 이메일", blank=True)

    created_at = models.DateTimeField("작성")
    created_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="작성자", related_name="+"
    )
    changed_at = models.DateTimeField("최근 수정")
    submitted_at = models.DateTimeField("접수", null=True, blank=True)
    submitted_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="접수자", related_name="+"
    )
    auto_screened_at = models.DateTimeField("자동 심사", null=True, blank=True)
    taken_at = models.DateTimeField("심사 시작", null=True, blank=True)
    reviewer = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="심사 담당", related_name="+"
    )
    supplement_due_on = models.DateField("보완 기한", null=True, blank=True)
    decision_count = models.PositiveSmallIntegerField("통지 차수", default=0)
    decision = models.CharField(
        "심사 결과", max_length=8, blank=True, choices=[("approved", "승인"), ("rejected", "반려")]
    )
    decided_at = models.DateTimeField("심사 완료", null=True, blank=True)
    decided_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="결정자", related_name="+"
    )
    reason_code = models.CharField("사유 구분", max_length=30, blank=True)
    reason = models.TextField("사유", blank=True, max_length=1000)
    signed_at = models.DateTimeField("약정", null=True, blank=True)
    fee_paid_at = models.DateTimeField("수수료 납부", null=True, blank=True)
    closed_at = models.DateTimeField("종결", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증 신청"
        verbose_name_plural = "보증 신청"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="application_number"),
            models.UniqueConstraint(fields=["member", "form_key"], name="application_form_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ApplicationState]),
                name="application_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(
                    number__isnull=False,
                    submitted_at__isnull=False,
                    terms__isnull=False,
                    amount__isnull=False,
                    starts_on__isnull=False,
                    ends_on__isnull=False,
                    quoted_fee__isnull=False,
                ),
                name="application_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=UNDER_REVIEW)
                | Q(taken_at__isnull=False, reviewer__isnull=False)
                | Q(state="in_review", taken_at__isnull=False, auto_screened_at__isnull=False),
                name="application_review_has_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state="supplement") | Q(supplement_due_on__isnull=False),
                name="application_supplement_has_due",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="application_decision_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=APPROVED) | Q(decision="approved"), name="application_approved_decided"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | (Q(decision="rejected") & ~Q(reason="")),
                name="application_rejected_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "fee_paid", "issued"]) | Q(signed_at__isnull=False),
                name="application_signed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["fee_paid", "issued"]) | Q(fee_paid_at__isnull=False),
                name="application_paid_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, closed_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(closed_at__isnull=True)),
                name="application_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(starts_on__lte=models.F("ends_on")),
                name="application_period_forward",
                violation_error_message="보증 종료일은 시작일과 같거나 뒤여야 합니다.",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="application_amount_positive"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="application_queue"),
            models.Index(fields=["member", "-id"], name="application_member"),
        ]

    def __str__(self) -> str:
        return self.number or f"작성 중인 신청 {self.pk}"


class SupplementItem(ScopedModel):
    """One thing the branch asked for (보완 요청 항목)."""

    MEMBER_PATH: ClassVar[str] = "application__member_id"
    BRANCH_PATH: ClassVar[str] = "application__member__branch_id"

    application = models.ForeignKey(
        Application, models.CASCADE, verbose_name="신청", related_name="supplement_items"
    )
    round = models.PositiveSmallIntegerField("차수")
    reason_code = models.CharField("보완 구분", max_length=30, blank=True)
    text = models.CharField("보완할 내용", max_length=300)

    class Meta(ScopedModel.Meta):
        verbose_name = "보완 항목"
        verbose_name_plural = "보완 항목"
        ordering = ["round", "id"]

    def __str__(self) -> str:
        return self.text


def stored_as(document: "ApplicationDocument", filename: str) -> str:
    """Files lie by content, under a name nobody chose: the same bytes are kept once."""
    digest = document.sha256
    return f"applications/{digest[:2]}/{digest[2:4]}/{digest}"


class ApplicationDocument(ScopedModel):
    """A file attached to an application, of a type found by its content."""

    MEMBER_PATH: ClassVar[str] = "application__member_id"
    BRANCH_PATH: ClassVar[str] = "application__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, verbose_name="신청", related_name="documents")
    name = models.CharField("서류", max_length=60)
    filename = models.CharField("파일 이름", max_length=120)
    file = models.FileField("파일", upload_to=stored_as, max_length=160)
    media_type = models.CharField("형식", max_length=100)
    size = models.PositiveIntegerField("크기(바이트)")
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField("올린 일시")
    uploaded_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="올린 사람", related_name="+"
    )
    is_withdrawn = models.BooleanField("삭제 표시", default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "첨부 서류"
        verbose_name_plural = "첨부 서류"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name} {self.filename}"
