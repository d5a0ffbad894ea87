"""Products and their terms. A product is a row, never an enum: the cooperative adds and retires them."""

from django.db import models
from django.db.models.lookups import LessThanOrEqual

from portal.sms_bytes import sms_bytes


class Family(models.TextChoices):
    """Families share rules; bid and defect guarantees release themselves and send no expiry notice (S24)."""

    BID = "bid", "입찰"
    CONTRACT = "contract", "계약"
    PERFORMANCE = "performance", "공사이행"
    ADVANCE = "advance", "선급금"
    DEFECT = "defect", "하자보수"
    SUBCONTRACT_PAYMENT = "subcontract_payment", "하도급대금지급"
    EQUIPMENT_PAYMENT = "equipment_payment", "건설기계대여대금지급"
    DAMAGES = "damages", "손해배상"
    PERMIT = "permit", "인·허가"
    MATERIAL = "material", "자재구입"
    RETENTION = "retention", "유보금"
    SUPPLY = "supply", "납품"
    WORKS_PAYMENT = "works_payment", "공사대금지급"
    TAX = "tax", "납세"
    LOAN = "loan", "대출"
    WAGE = "wage", "임금"


class Product(models.Model):
    """A kind of guarantee (보증 종류). `code` is the two characters in the guarantee number."""

    code = models.CharField("코드", max_length=2, primary_key=True)
    name = models.CharField("이름", max_length=40, unique=True)
    sms_label = models.CharField("문자용 이름", max_length=12, help_text="12바이트까지")
    family = models.CharField("계열", max_length=20, choices=Family.choices)
    obligee = models.CharField("보증채권자", max_length=60)
    purpose = models.CharField("쓰임", max_length=120, blank=True)
    expiry_sms = models.BooleanField("보증해제대상 문자", default=True)
    auto_release = models.BooleanField("자동 해제", default=False)
    limit_weight_bp = models.PositiveIntegerField("한도 가중(0.01%)", default=10_000)
    is_offered = models.BooleanField("온라인 신청", default=True)
    position = models.PositiveSmallIntegerField("순서", default=0)

    class Meta:
        verbose_name = "보증 종류"
        verbose_name_plural = "보증 종류"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(sms_bytes("sms_label"), 12),
                name="product_sms_label_fits",
                violation_error_message="문자용 이름은 12바이트(한글 6자)까지입니다.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProductTerms(models.Model):
    """Rate and terms of a product from a day on, as approved by the ministry; pinned by each application.

    `base_ppm` is the yearly rate in millionths, or the rate of the whole case when `per_case`.
    """

    product = models.ForeignKey(Product, models.PROTECT, verbose_name="보증 종류", related_name="terms")
    effective_from = models.DateField("시행일")
    base_ppm = models.PositiveIntegerField("기본 요율(ppm)")
    per_case = models.BooleanField("건당 요율", default=False)
    minimum_fee = models.PositiveIntegerField("최저 보증료(원)", default=5_000)
    version_label = models.CharField("약관 판", max_length=60, blank=True)
    coverage = models.TextField("보증내용(보증서에 인쇄)", max_length=2000, blank=True)
    approval_number = models.CharField("인가 번호", max_length=60, blank=True)
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="입안", related_name="+"
    )
    checked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )

    class Meta:
        verbose_name = "요율·약관"
        verbose_name_plural = "요율·약관"
        ordering = ["product", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["product", "effective_from"], name="terms_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True) | ~models.Q(made_by=models.F("checked_by")),
                name="terms_made_and_checked_by_two",
                violation_error_message="입안자와 승인자는 다른 사람이어야 합니다.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.effective_from:%Y-%m-%d}"


class RequiredDocument(models.Model):
    """A paper the member attaches when applying for a product."""

    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name="보증 종류", related_name="required_documents"
    )
    name = models.CharField("서류", max_length=60)
    is_required = models.BooleanField("필수", default=True)
    hint = models.CharField("설명", max_length=200, blank=True)
    position = models.PositiveSmallIntegerField("순서", default=0)

    class Meta:
        verbose_name = "구비 서류"
        verbose_name_plural = "구비 서류"
        ordering = ["product", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="document_once_a_product")]

    def __str__(self) -> str:
        return self.name
