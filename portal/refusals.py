"""What every anticipated "no" has in common: a sentence a member or a clerk can act on."""


class Refusal(Exception):
    """A business rule said no. `message` tells in Korean what happened, why, and what to do next."""

    message = "요청을 처리할 수 없습니다. 잠시 후 다시 시도하시고, 계속되면 관할 지점에 문의해 주세요."

    def __init__(self, message: str | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)
