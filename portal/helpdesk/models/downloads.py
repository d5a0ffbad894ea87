"""자료실: forms and other files for everybody, in the two sections the site has always had (S45, S46)."""

import uuid

import pgtrigger
from django.db import models


class Section(models.TextChoices):
    FORMS = "forms", "업무서식"
    GENERAL = "general", "일반자료"


class ScanState(models.TextChoices):
    """What the virus scanner said. Without a scanner a file is handed out as staff uploaded it."""

    WAITING = "waiting", "검사 대기"
    CLEAN = "clean", "이상 없음"
    INFECTED = "infected", "악성코드 발견"
    NOT_SCANNED = "not_scanned", "검사하지 않음"


class Download(models.Model):
    """A post of the library. Its file is the latest version."""

    section = models.CharField("구분", max_length=7, choices=Section.choices)
    title = models.CharField("제목", max_length=120)
    body = models.TextField("설명", blank=True)
    is_retired = models.BooleanField("내림", default=False)
    fetched = models.PositiveIntegerField("내려받은 횟수", default=0, editable=False)
    made_at = models.DateTimeField("등록", editable=False)

    class Meta:
        verbose_name = "자료"
        verbose_name_plural = "자료"
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.title


def stored_as(file: "DownloadFile", filename: str) -> str:
    """A path that tells nothing and clashes with nothing; the name people see stands in the row."""
    return f"downloads/{file.public_id}"


class DownloadFile(models.Model):
    """One version of a file, with its checksum so that a reader can compare."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    download = models.ForeignKey(Download, models.PROTECT, verbose_name="자료", related_name="files")
    number = models.PositiveSmallIntegerField("판")
    filename = models.CharField("파일 이름", max_length=120)
    file = models.FileField("파일", upload_to=stored_as, max_length=160)
    media_type = models.CharField("형식", max_length=100)
    size = models.PositiveIntegerField("크기(바이트)")
    sha256 = models.CharField("SHA-256", max_length=64)
    note = models.CharField("바뀐 점", max_length=200, blank=True)
    scan = models.CharField("검사", max_length=11, choices=ScanState.choices, default=ScanState.WAITING)
    made_at = models.DateTimeField("올린 일시")
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="올린 사람", related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "자료 파일"
        verbose_name_plural = "자료 파일"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["download", "number"], name="download_file_once")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="frozen",
                fields=["download", "number", "filename", "file", "media_type", "size", "sha256", "made_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.number}판)"
