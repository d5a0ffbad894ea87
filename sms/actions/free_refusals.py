"""Why a message of 문자메시지서비스 does not go out, in words the member can act on."""

from portal.refusals import Refusal
from sms.models import Channel, Purpose
from sms.rules.free_sms import MOST_A_DAY, MOST_RECIPIENTS, SECONDS_BETWEEN
from sms.rules.quiet_hours import hours

OPENS, CLOSES = hours(Channel.SMS, Purpose.FREE_SMS)


class NotASender(Refusal):
    """Somebody who is no user of the member."""

    message = "문자메시지서비스는 조합원 회사의 사용자만 쓸 수 있습니다."


class ServiceClosed(Refusal):
    """Outside the hours in which anybody may be disturbed."""

    message = (
        f"문자는 {OPENS:02d}:00부터 {CLOSES}:00 전까지 보낼 수 있습니다. 밤에는 받는 분의 쉬는 시간을 지켜야 하니 "
        "아침에 다시 보내 주세요."
    )


class ServiceOff(Refusal):
    """Staff has switched the service off."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"문자메시지서비스를 잠시 멈추었습니다. 사유: {reason} 언제 다시 여는지는 아직 정해지지 않았고, "
            "다시 열면 이 화면에서 바로 보낼 수 있습니다. 심사 결과와 보증해제대상 안내 문자는 그대로 나갑니다."
        )


class SenderMissing(Refusal):
    """The cooperative has no registered number to send from, or its registration has ended."""

    message = (
        "지금은 조합의 등록된 발신번호가 없어 문자를 보낼 수 없습니다. 담당자에게 알렸으니 잠시 후 다시 "
        "시도하시고, 급하면 관할 지점에 문의해 주세요."
    )


class NobodyToSendTo(Refusal):
    """No recipient was named."""

    message = "받는 사람이 없습니다. 번호를 적거나 수신자를 골라 주세요."


class NobodyLeft(Refusal):
    """Recipients were named, but none of them may be sent to."""

    message = (
        "고른 분이 모두 문자를 받지 않는 번호(수신거부, 없는 번호)라 보낼 수 없습니다. 다른 번호를 적거나 전화로 "
        "연락해 주세요."
    )


class TooManyRecipients(Refusal):
    """More recipients than one request takes."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"받는 사람이 {count:,}명입니다. 한 번에 {MOST_RECIPIENTS}명까지 보낼 수 있으니 나누어 보내 주세요."
        )


class DailyLimitReached(Refusal):
    """More messages than one member may send on a day."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"회사마다 하루에 {MOST_A_DAY}통까지 보낼 수 있습니다. 오늘은 {left}통을 더 보낼 수 있습니다. "
            "받는 사람을 줄이거나 내일 다시 보내 주세요."
        )


class OwnDailyLimitReached(Refusal):
    """More messages than one person may send on a day."""

    def __init__(self, left: int, most: int) -> None:
        super().__init__(
            f"한 사람이 하루에 {most}통까지 보낼 수 있습니다. 오늘은 {left}통을 더 보낼 수 있습니다. "
            "받는 사람을 줄이거나 회사의 다른 분이 보내 주세요."
        )


class TooSoon(Refusal):
    """A second request right after the first."""

    message = f"조금 전에 문자를 보냈습니다. {SECONDS_BETWEEN}초 뒤에 다시 보내 주세요."


class TextNotSendable(Refusal):
    """Characters no handset can be sent; `message` names them."""
