from django.db import models


class AuthorityRole(models.TextChoices):
    ROOT = "root", "최상위기관"
    ISSUER = "issuer", "발급기관"
    RESPONDER = "responder", "상태확인 응답기관"


class Authority(models.Model):
    """An accepted authority, pinned by SHA-256: one person proposes, another types the digest again.

    Giving one up takes two people too. A proposal nobody approved may be taken back by one.
    """

    role = models.CharField("구분", max_length=9, choices=AuthorityRole.choices)
    name = models.CharField("이름", max_length=80)
    der = models.BinaryField("인증서")
    sha256 = models.CharField("SHA-256", max_length=64)
    valid_until_at = models.DateTimeField("유효기간 끝")
    crl_endpoint = models.CharField(
        "폐지목록 서버",
        max_length=200,
        blank=True,
        help_text="ldap://호스트:포트. 인증서에 적힌 주소는 쓰지 않습니다.",
    )
    ocsp_endpoint = models.CharField("상태확인 서버", max_length=200, blank=True)
    note = models.CharField("확인 경로", max_length=200, blank=True)
    proposed_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="등록 요청", related_name="+"
    )
    proposed_at = models.DateTimeField("요청 일시")
    approved_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="승인", related_name="+"
    )
    approved_at = models.DateTimeField("승인 일시", null=True, blank=True)
    retire_asked_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="중지 요청", related_name="+"
    )
    retire_asked_at = models.DateTimeField("중지 요청 일시", null=True, blank=True)
    retire_reason = models.CharField("중지 사유", max_length=200, blank=True)
    retired_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, blank=True, verbose_name="중지 승인", related_name="+"
    )
    retired_at = models.DateTimeField("사용 중지 일시", null=True, blank=True)

    class Meta:
        verbose_name = "신뢰 기관"
        verbose_name_plural = "신뢰 기관"
        ordering = ["role", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=models.Q(retired_at__isnull=True),
                name="authority_once",
                violation_error_message="이미 등록된 기관 인증서입니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | models.Q(proposed_by__isnull=True)
                | ~models.Q(approved_by=models.F("proposed_by")),
                name="authority_by_two_people",
                violation_error_message="요청자와 승인자는 다른 사람이어야 합니다.",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True)
                | models.Q(retired_by__isnull=True)
                | models.Q(retire_asked_by__isnull=False) & ~models.Q(retired_by=models.F("retire_asked_by")),
                name="authority_retired_by_two_people",
                violation_error_message="요청자와 승인자는 다른 사람이어야 합니다.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
