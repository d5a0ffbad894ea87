"""What happens to a message is decided by the last four digits of a 010-0000-xxxx number (DOMAIN §4.5)."""

from dataclasses import dataclass

SECOND = 1000
HOUR = 3600 * SECOND

# The wire's result codes with the sentence shown to people.
SENTENCES = {
    "0000": "접수되었습니다",
    "1000": "전달되었습니다",
    "1100": "결과를 기다리고 있습니다",
    "2001": "없는 번호입니다",
    "2002": "전원이 꺼져 있습니다",
    "2003": "스팸으로 차단되었습니다",
    "2004": "080 수신거부 번호입니다",
    "3001": "휴대전화 번호가 아닙니다",
    "3002": "보낼 수 없는 글자가 있거나 너무 깁니다",
    "3003": "이미 접수된 메시지입니다",
    "3009": "잠시 뒤 다시 보내 주십시오",
    "4001": "등록되지 않은 발신번호입니다",
    "4002": "잔액이 부족합니다",
    "4003": "인증키가 맞지 않습니다",
    "4004": "요청 시각이 맞지 않습니다",
    "5001": "요청이 너무 많습니다",
    "5002": "점검 중입니다",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One delivery report: `after` in milliseconds since acceptance, sent as a callback `copies` times."""

    after: int
    status: str
    code: str
    copies: int = 1


ORDINARY = (Step(2 * SECOND, "delivered", "1000"),)

# The reports an accepted message to these numbers will get, in order; to any other number: ORDINARY.
SCRIPTS: dict[str, tuple[Step, ...]] = {
    "01000009001": (Step(2 * SECOND, "undelivered", "2001"),),
    "01000009002": (Step(2 * SECOND, "undelivered", "2002"),),
    "01000009003": (Step(2 * SECOND, "undelivered", "2003"),),
    "01000009004": (Step(2 * SECOND, "undelivered", "2004"),),
    "01000009005": (),
    "01000009006": (Step(2 * SECOND, "delivered", "1000", copies=3),),
    "01000009007": (Step(2 * SECOND, "undelivered", "2002"), Step(4 * SECOND, "delivered", "1000")),
    "01000009011": (Step(0, "delivered", "1000"),),
    "01000009012": (Step(25 * HOUR, "delivered", "1000"),),
}

# How the whole request is answered after all in it is accepted.
ANSWER_TROUBLE = {"01000009008": "500", "01000009009": "reset"}
REFUSED_AT_REGISTRATION = "01000009010"
# Its callback goes out before the send request is answered.
REPORTED_FIRST = "01000009011"


def script(recipient: str) -> tuple[Step, ...]:
    """The reports an accepted message to this number will get, in order."""
    return SCRIPTS.get(recipient, ORDINARY)
