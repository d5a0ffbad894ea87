"""자주 하는 질문: entries by category. What an answer says now and said before are rows that never change."""

import pgtrigger
from django.db import models


class FaqCategory(models.Model):
    """A heading of the page; the first two are the ones members have always known (S06, S07)."""

    name = models.CharField("분류", max_length=60, unique=True)
    position = models.PositiveSmallIntegerField("순서", default=100)

    class Meta:
        verbose_name = "질문 분류"
        verbose_name_plural = "질문 분류"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class FaqEntry(models.Model):
    """A question with its own address on the page. What it says is its latest version."""

    category = models.ForeignKey(FaqCategory, models.PROTECT, verbose_name="분류", related_name="entries")
    anchor = models.SlugField("주소", max_length=60, unique=True, help_text="링크에 쓰는 영문 이름, 예: sms-free")
    position = models.PositiveSmallIntegerField("순서", default=100)
    is_shown = models.BooleanField("게시", default=True)

    class Meta:
        verbose_name = "자주 하는 질문"
        verbose_name_plural = "자주 하는 질문"
        ordering = ["category__position", "position", "id"]

    def __str__(self) -> str:
        return self.anchor


class FaqVersion(models.Model):
    """What an entry said from `made_at` on."""

    entry = models.ForeignKey(FaqEntry, models.PROTECT, verbose_name="질문", related_name="versions")
    number = models.PositiveSmallIntegerField("판")
    question = models.CharField("질문", max_length=200)
    answer = models.TextField("답")
    reason = models.CharField("고친 이유", max_length=200, blank=True)
    made_at = models.DateTimeField("작성 일시")
    made_by = models.ForeignKey(
        "members.User", models.PROTECT, null=True, verbose_name="작성자", related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "질문의 판"
        verbose_name_plural = "질문의 판"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="faq_version_once")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete), pgtrigger.ReadOnly(name="frozen")]

    def __str__(self) -> str:
        return f"{self.question} ({self.number}판)"


class FaqOpinion(models.Model):
    """Whether an answer helped one reader; `reader` is a keyed hash that names nobody."""

    version = models.ForeignKey(FaqVersion, models.PROTECT, verbose_name="판", related_name="opinions")
    reader = models.CharField("읽은 이(해시)", max_length=32)
    is_helpful = models.BooleanField("도움이 됨")
    at = models.DateTimeField("일시")

    class Meta:
        verbose_name = "질문 평가"
        verbose_name_plural = "질문 평가"
        constraints = [models.UniqueConstraint(fields=["version", "reader"], name="faq_opinion_once")]

    def __str__(self) -> str:
        return "도움이 됨" if self.is_helpful else "도움이 안 됨"
