"""보증서: the sealed files, one for each version of a guarantee, and the nightly look at all of them."""

import uuid
from typing import ClassVar

from django.db import models

from guarantees.models.guarantees import Guarantee
from portal.access import ScopedModel
from portal.triggers import never_deleted, written_once

Q = models.Q


class SealCertificate(models.Model):
    """A certificate of the cooperative's own seal, kept as long as any document bears it."""

    fingerprint = models.CharField("지문(SHA-256)", max_length=64, unique=True)
    chain = models.TextField("인증서 체인(PEM)")
    first_used_at = models.DateTimeField("처음 쓴 일시")

    class Meta:
        verbose_name = "조합 전자서명 인증서"
        verbose_name_plural = "조합 전자서명 인증서"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.fingerprint[:16]


class GuaranteeDocument(ScopedModel):
    """One version of a guarantee's document. The file lies in the store under its hash.

    `sha256` is the file handed out; `sealed_sha256` the one sealed at issue, equal to it until an archive
    time stamp was added. The verification code is kept only as a keyed hash. `printed` holds what stands on
    the document, so that verification compares against the paper and not against today's rows.
    """

    MEMBER_PATH: ClassVar[str] = "guarantee__member_id"
    BRANCH_PATH: ClassVar[str] = "guarantee__member__branch_id"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    guarantee = models.ForeignKey(Guarantee, models.PROTECT, verbose_name="보증", related_name="documents")
    version = models.PositiveSmallIntegerField("변경 차수", default=0)
    sha256 = models.CharField("SHA-256", max_length=64)
    sealed_sha256 = models.CharField("발급 때 SHA-256", max_length=64)
    size = models.PositiveIntegerField("크기(바이트)")
    code_hash = models.CharField("확인코드(해시)", max_length=64)
    seal = models.ForeignKey(
        SealCertificate, models.PROTECT, verbose_name="전자서명 인증서", related_name="documents"
    )
    printed = models.JSONField("보증서 내용", default=dict)
    issued_on = models.DateField("발급일")
    sealed_at = models.DateTimeField("발급 일시")
    stamped_at = models.DateTimeField("시점확인 일시", null=True, blank=True)
    superseded_at = models.DateTimeField("대체 일시", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "보증서"
        verbose_name_plural = "보증서"
        ordering = ["-guarantee", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["guarantee", "version"], name="document_version_once"),
            models.UniqueConstraint(
                fields=["guarantee"], condition=Q(superseded_at__isnull=True), name="document_one_in_force"
            ),
            models.UniqueConstraint(fields=["sha256"], name="document_sha256"),
            models.UniqueConstraint(fields=["sealed_sha256"], name="document_sealed_sha256"),
            models.UniqueConstraint(fields=["code_hash"], name="document_code"),
        ]
        # `sha256` alone moves on, when an archive time stamp is added to the sealed file.
        triggers = [
            never_deleted(),
            written_once(
                "guarantee", "version", "sealed_sha256", "code_hash", "seal", "printed", "issued_on", "sealed_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guarantee} {self.version}차" if self.version else str(self.guarantee)


class DocumentCheck(models.Model):
    """One nightly hash of every kept file. `damaged`: sha256 and what is wrong with it."""

    at = models.DateTimeField("일시")
    files = models.PositiveIntegerField("확인한 파일")
    damaged = models.JSONField("문제", default=list)

    class Meta:
        verbose_name = "보증서 파일 점검"
        verbose_name_plural = "보증서 파일 점검"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.files}건"
