"""문의 게시판: a question of a visitor or member, and what the cooperative answers (S02, S03)."""

import uuid

import pgtrigger
from django.db import models

from portal.letters import Letter

Q = models.Q


class Question(models.Model):
    """A question as it is shown: personal numbers are masked before it is stored.

    `asked_by` is the member's user, or empty for a visitor, whose private question opens by a link in his e-mail.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey(
        "members.User",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="작성한 조합원",
        related_name="questions",
    )
    name = models.CharField("이름", max_length=30)
    email = models.EmailField("이메일")
    title = models.CharField("제목", max_length=100)
    body = models.TextField("내용", max_length=4000)
    is_private = models.BooleanField("비밀글", default=True)
    asked_at = models.DateTimeField("작성 일시")
    edited_at = models.DateTimeField("고친 일시", null=True, blank=True)
    answered_at = models.DateTimeField("답변 일시", null=True, blank=True)
    hidden_at = models.DateTimeField("가린 일시", null=True, blank=True)
    hidden_because = models.CharField("가린 이유", max_length=200, blank=True)

    class Meta:
        verbose_name = "문의"
        verbose_name_plural = "문의"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_because="")
                | Q(hidden_at__isnull=False) & ~Q(hidden_because=""),
                name="question_hidden_has_reason",
            )
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], name="question_waiting", condition=Q(answered_at=None, hidden_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def standing(self) -> str:
        """The words of its state (S03)."""
        return "답변완료" if self.answered_at else "접수"


def stored_as(attachment: "Attachment", filename: str) -> str:
    """A path that tells nothing and clashes with nothing."""
    return f"questions/{attachment.public_id}"


class Attachment(models.Model):
    """A file beside a question, of a type found by its content. Only the asker and staff may have it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    question = models.ForeignKey(Question, models.PROTECT, verbose_name="문의", related_name="attachments")
    filename = models.CharField("파일 이름", max_length=120)
    file = models.FileField("파일", upload_to=stored_as, max_length=160)
    media_type = models.CharField("형식", max_length=100)
    size = models.PositiveIntegerField("크기(바이트)")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = "문의 첨부"
        verbose_name_plural = "문의 첨부"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.filename


class Answer(Letter):
    """What the cooperative says; a later one adds to it. The asker is told by e-mail, at least once."""

    question = models.ForeignKey(Question, models.PROTECT, verbose_name="문의", related_name="answers")
    body = models.TextField("답변")
    answered_at = models.DateTimeField("답변 일시")
    answered_by = models.ForeignKey("members.User", models.PROTECT, verbose_name="답변자", related_name="+")

    class Meta:
        verbose_name = "답변"
        verbose_name_plural = "답변"
        ordering = ["id"]
        indexes = [models.Index(fields=["mail_after"], name="answer_mail_due", condition=Q(mail="due"))]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="frozen", fields=["question", "body", "answered_at", "answered_by"]),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} 답변"
