from django.db import models


class GuaranteeImport(models.Model):
    """One file of the older books taken over, whole (S22)."""

    file_name = models.CharField("파일", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    lines = models.PositiveIntegerField("줄 수")
    added = models.PositiveIntegerField("새로 등록")
    unchanged = models.PositiveIntegerField("이미 등록됨")
    at = models.DateTimeField("일시")

    class Meta:
        verbose_name = "보증 이관"
        verbose_name_plural = "보증 이관"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.lines}줄"
