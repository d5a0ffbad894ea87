from django.db import models


class Heartbeat(models.Model):
    """When a scheduled task last went the whole way: beat, queue, worker, database."""

    name = models.CharField("이름", max_length=40, primary_key=True)
    at = models.DateTimeField("마지막 성공")

    class Meta:
        verbose_name = "작동 신호"
        verbose_name_plural = "작동 신호"

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
