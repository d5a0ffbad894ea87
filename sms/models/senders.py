from django.db import models


class SenderNumber(models.Model):
    """A sender number registered with the carriers (발신번호 사전등록). Nobody can send from another."""

    number = models.CharField("발신번호", max_length=13, unique=True)
    owner = models.CharField("명의", max_length=60)
    proof = models.CharField("증빙", max_length=100, blank=True, help_text="통신서비스 이용증명원 등")
    valid_until = models.DateField("증빙 유효일", null=True, blank=True)
    is_default = models.BooleanField("기본 번호", default=False)

    class Meta:
        verbose_name = "발신번호"
        verbose_name_plural = "발신번호"
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="sender_one_default",
                violation_error_message="기본 발신번호는 하나만 둘 수 있습니다.",
            )
        ]

    def __str__(self) -> str:
        return self.number


class SenderRegistration(models.Model):
    """Whether one gateway knows a sender number, as it said when last asked. No row: never asked."""

    sender = models.ForeignKey(SenderNumber, models.CASCADE, verbose_name="발신번호", related_name="registrations")
    gateway = models.CharField("중계사", max_length=20)
    is_registered = models.BooleanField("등록됨")
    checked_at = models.DateTimeField("확인")

    class Meta:
        verbose_name = "중계사별 발신번호"
        verbose_name_plural = "중계사별 발신번호"
        ordering = ["gateway"]
        constraints = [models.UniqueConstraint(fields=["sender", "gateway"], name="sender_gateway_once")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.sender}"
