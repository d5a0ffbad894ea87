"""What was asked to be signed, and what was signed."""

import uuid

import pgtrigger
from django.db import models

from portal.access import ScopedModel
from portal.clock import SEOUL


class Challenge(models.Model):
    """A text to sign, usable once within three minutes, by the session it was given to, for one purpose.

    `member` is empty where the number belongs to nobody: the visitor is asked to sign all the same.
    `outcome` is the receipt shown to him: checks made, code and sentence of a refusal.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField("용도", max_length=10)
    member = models.ForeignKey("members.Member", models.PROTECT, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(
        "certificates.ReplacementTicket", models.PROTECT, null=True, blank=True, related_name="+"
    )
    reference = models.CharField("대상", max_length=100, blank=True, help_text="사업자등록번호 또는 신청.")
    by_resident_number = models.BooleanField("주민등록번호로 확인", default=False)
    text = models.TextField("내용")
    nonce_sha256 = models.CharField("난수 지문", max_length=64, unique=True)
    session_hash = models.CharField("세션 지문", max_length=64)
    address = models.GenericIPAddressField("접속 주소", null=True, blank=True)
    issued_at = models.DateTimeField("발급")
    expires_at = models.DateTimeField("만료")
    used_at = models.DateTimeField("사용", null=True, blank=True)
    outcome = models.JSONField("결과", null=True, blank=True)

    class Meta:
        verbose_name = "서명 요청"
        verbose_name_plural = "서명 요청"
        indexes = [
            models.Index(fields=["expires_at"], name="challenge_expires"),
            models.Index(fields=["reference", "issued_at"], name="challenge_by_reference"),
            models.Index(fields=["address", "issued_at"], name="challenge_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.issued_at.astimezone(SEOUL):%Y-%m-%d %H:%M:%S}"


class SignatureEvidence(ScopedModel):
    """A verified signature with everything needed to convince years later. Never changed."""

    member = models.ForeignKey("members.Member", models.PROTECT, verbose_name="조합원", related_name="signatures")
    user = models.ForeignKey("members.User", models.PROTECT, null=True, blank=True, related_name="+")
    purpose = models.CharField("용도", max_length=10)
    reference = models.CharField("대상", max_length=100, blank=True)
    text = models.TextField("서명한 내용")
    signature = models.BinaryField("서명값")
    certificate_der = models.BinaryField("인증서")
    cert_sha256 = models.CharField("인증서 지문", max_length=64)
    document_sha256 = models.CharField("문서 지문", max_length=64, blank=True)
    document = models.TextField("서명한 문서", blank=True)
    receipt = models.JSONField("검증 내역")
    verified_at = models.DateTimeField("검증 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "전자서명 증거"
        verbose_name_plural = "전자서명 증거"
        ordering = ["-id"]
        indexes = [models.Index(fields=["reference"], name="evidence_reference")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.purpose} {self.verified_at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
