"""The registered certificate of a member. One active at a time, for a member and for a key (S36)."""

from django.db import models

from portal.access import ScopedModel


class Status(models.TextChoices):
    ACTIVE = "active", "사용 중"
    REPLACED = "replaced", "교체됨"
    REVOKED = "revoked", "폐지됨"
    EXPIRED = "expired", "기간 만료"
    DISABLED = "disabled", "사용 중지"


class Method(models.TextChoices):
    SELF = "self", "홈페이지"
    TICKET = "ticket", "전화 접수"


class StopReason(models.TextChoices):
    """Why a certificate was stopped. What follows for the next registration: rules/replacing.py."""

    COMPROMISED = "compromised", "도용·유출 의심"
    UNWANTED = "unwanted", "조합원이 모르는 등록"
    MISTAKEN = "mistaken", "잘못된 등록"
    ASKED = "asked", "조합원의 요청"
    FROZEN = "frozen", "대표이사의 중지 요청"
    REVIEW = "review", "직원 확인에서 거절"
    TICKET = "ticket", "전화 갱신 접수"


class BankCertificate(ScopedModel):
    """A certificate as registered, with its bytes as evidence. Holds no R, no key, no resident number."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name="조합원", related_name="bank_certificates"
    )
    status = models.CharField("상태", max_length=8, choices=Status.choices, default=Status.ACTIVE)
    is_suspended = models.BooleanField("효력정지", default=False)
    der = models.BinaryField("인증서")
    cert_sha256 = models.CharField("지문", max_length=64)
    spki_sha256 = models.CharField("공개키 지문", max_length=64)
    issuer_der = models.BinaryField("발급기관 이름(DER)")
    issuer_name = models.CharField("발급기관", max_length=200)
    serial_hex = models.CharField("일련번호", max_length=64)
    subject_name = models.CharField("주체", max_length=300)
    bank_code = models.CharField("은행 코드", max_length=3, blank=True)
    bank_name = models.CharField("은행", max_length=40, blank=True)
    policy_oid = models.CharField("정책", max_length=60)
    purpose_name = models.CharField("용도", max_length=80)
    valid_from_at = models.DateTimeField("유효기간 시작")
    valid_until_at = models.DateTimeField("유효기간 끝")
    crl_point = models.CharField("폐지목록 구역", max_length=300, blank=True)
    registered_at = models.DateTimeField("등록")
    registered_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="등록자", related_name="+"
    )
    method = models.CharField("등록 방법", max_length=6, choices=Method.choices)
    ended_at = models.DateTimeField("사용 종료", null=True, blank=True)
    ended_because = models.CharField("종료 사유", max_length=100, blank=True)
    stopped_for = models.CharField("중지 구분", max_length=11, choices=StopReason.choices, blank=True)
    checked_at = models.DateTimeField("최근 상태 확인", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "등록된 인증서"
        verbose_name_plural = "등록된 인증서"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(status="active"), name="certificate_one_active_a_member"
            ),
            models.UniqueConstraint(
                fields=["spki_sha256"], condition=models.Q(status="active"), name="certificate_one_active_a_key"
            ),
            models.UniqueConstraint(
                fields=["cert_sha256", "member", "registered_at"], name="certificate_registration"
            ),
            models.CheckConstraint(
                condition=models.Q(status="active", ended_at__isnull=True)
                | (~models.Q(status="active") & models.Q(ended_at__isnull=False)),
                name="certificate_ended_has_time",
            ),
            models.CheckConstraint(
                condition=(models.Q(status="disabled") & ~models.Q(stopped_for=""))
                | (~models.Q(status="disabled") & models.Q(stopped_for="")),
                name="certificate_stopped_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["valid_until_at"], name="certificate_ending", condition=models.Q(status="active"))
        ]

    def __str__(self) -> str:
        return f"{self.bank_name or self.issuer_name} {self.serial_hex}"


class Warned(models.Model):
    """That a member was warned so many days before the end, or of a revocation; each once."""

    certificate = models.ForeignKey(BankCertificate, models.PROTECT, related_name="warnings")
    what = models.CharField("경고", max_length=20)
    at = models.DateTimeField("일시")

    class Meta:
        verbose_name = "인증서 경고"
        verbose_name_plural = "인증서 경고"
        constraints = [models.UniqueConstraint(fields=["certificate", "what"], name="warned_once")]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.what}"
