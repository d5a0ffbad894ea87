"""Revocation data as fetched and checked: the list's header once, its serials for look-up."""

from django.db import models


class RevocationList(models.Model):
    """The newest accepted list of a partition. A lower number is never taken (rollback)."""

    issuer_sha256 = models.CharField("발급기관 지문", max_length=64)
    point = models.CharField("구역", max_length=300)
    header = models.JSONField("머리글")
    number = models.CharField("번호", max_length=60)
    this_update_at = models.DateTimeField("발행")
    next_update_at = models.DateTimeField("다음 발행 예정")
    sha256 = models.CharField("SHA-256", max_length=64)
    entries = models.PositiveIntegerField("폐지 건수")
    fetched_at = models.DateTimeField("가져옴")
    source = models.CharField("경로", max_length=10)

    class Meta:
        verbose_name = "폐지목록"
        verbose_name_plural = "폐지목록"
        constraints = [models.UniqueConstraint(fields=["issuer_sha256", "point"], name="list_once_a_partition")]

    def __str__(self) -> str:
        return f"{self.point} {self.number}호"


class RevokedSerial(models.Model):
    """One revoked or suspended certificate of a list."""

    list = models.ForeignKey(RevocationList, models.CASCADE, related_name="serials", db_index=False)
    serial_hex = models.CharField("일련번호", max_length=64)
    revoked_at = models.DateTimeField("폐지")
    on_hold = models.BooleanField("효력정지", default=False)

    class Meta:
        verbose_name = "폐지된 인증서"
        verbose_name_plural = "폐지된 인증서"
        constraints = [models.UniqueConstraint(fields=["list", "serial_hex"], name="serial_once_a_list")]

    def __str__(self) -> str:
        return self.serial_hex


class RevocationFetch(models.Model):
    """One attempt to get a list, for the operator who asks why data is old."""

    point = models.CharField("구역", max_length=300)
    source = models.CharField("경로", max_length=10)
    at = models.DateTimeField("일시")
    outcome = models.CharField("결과", max_length=40)

    class Meta:
        verbose_name = "폐지목록 수집"
        verbose_name_plural = "폐지목록 수집"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.point} {self.outcome}"
