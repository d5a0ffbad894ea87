"""The contract (도급계약) that one company's guarantees belong to, from the bid to the defect liability."""

import uuid

from django.db import models

from portal.access import ScopedModel
from portal.members.models import ten_digits


class ContractRole(models.TextChoices):
    """도급구분: whether the member works for the owner or for another builder."""

    PRIME = "prime", "원도급"
    SUB = "sub", "하도급"


class OwnerKind(models.TextChoices):
    """발주자구분. Public owners are bound to the statutory shares."""

    STATE = "state", "국가"
    LOCAL = "local", "지방자치단체"
    PUBLIC = "public", "공공기관"
    PRIVATE = "private", "민간"


PUBLIC_OWNERS = frozenset({OwnerKind.STATE, OwnerKind.LOCAL, OwnerKind.PUBLIC})


class WorkKind(models.TextChoices):
    """공사종류, as the shares of contract and defect guarantees tell them apart."""

    WORKS = "works", "공사"
    GOODS = "goods", "물품·용역"
    STRUCTURE = "structure", "교량·터널·댐·상하수도 구조물·조경"
    HARBOUR = "harbour", "항만·공항"
    BUILDING = "building", "일반 건축·도로·관로"
    APARTMENT = "apartment", "공동주택"
    OTHER = "other", "그 밖의 공사"


class Contract(ScopedModel):
    """One contract of one member; its applications and guarantees point here."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="contracts")
    name = models.CharField("계약명(공사명)", max_length=120)
    number = models.CharField("공고·계약번호", max_length=60, blank=True)
    beneficiary_name = models.CharField("보증채권자", max_length=100)
    beneficiary_business_number = models.CharField(
        "보증채권자 사업자등록번호", max_length=10, blank=True, validators=[ten_digits]
    )
    created_at = models.DateTimeField("등록")

    class Meta(ScopedModel.Meta):
        verbose_name = "계약"
        verbose_name_plural = "계약"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name", "number", "beneficiary_name"], name="contract_once_a_member"
            )
        ]

    def __str__(self) -> str:
        return self.name
