"""A person's calendar address (iCalendar subscription): who may read it, by a secret nobody keeps."""

from typing import ClassVar

from django.db import models

from portal.access import ScopedModel


class CalendarFeed(ScopedModel):
    """One person's address; `secret_hash` is the SHA-256 of the secret in it, empty once he has revoked it."""

    MEMBER_PATH: ClassVar[str] = "user__member_id"
    BRANCH_PATH: ClassVar[str] = "user__member__branch_id"

    user = models.OneToOneField(
        "members.User", models.PROTECT, verbose_name="사용자", related_name="calendar_feed"
    )
    secret_hash = models.CharField("주소(해시)", max_length=64, blank=True)
    changed_at = models.DateTimeField("만들거나 없앤 일시")

    class Meta(ScopedModel.Meta):
        verbose_name = "달력 주소"
        verbose_name_plural = "달력 주소"
        constraints = [
            models.UniqueConstraint(
                fields=["secret_hash"], condition=~models.Q(secret_hash=""), name="calendar_feed_secret"
            ),
            models.CheckConstraint(
                condition=models.Q(secret_hash__regex=r"^([0-9a-f]{64})?$"),  # noqa: S106 - a pattern
                name="calendar_feed_is_hashed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
