import pgtrigger
from django.db import models

from portal.triggers import never_deleted


class Counter(models.Model):
    """The last number given in a series. Its row is locked by the transaction that uses the number, so a
    roll-back leaves no gap."""

    series = models.CharField("계열", max_length=20, primary_key=True)
    last = models.PositiveIntegerField("마지막 번호", default=0)

    class Meta:
        verbose_name = "번호 발생기"
        verbose_name_plural = "번호 발생기"
        triggers = [
            never_deleted(),
            pgtrigger.Trigger(
                name="never_back",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="RAISE EXCEPTION 'Cannot set a counter back in % table', TG_TABLE_NAME;",
                condition=pgtrigger.Q(new__last__lt=pgtrigger.F("old__last")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.last}"
