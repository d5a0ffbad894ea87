"""One message as a row of a page: to whom, what became of it, and whether its calls came back."""

from dataclasses import dataclass
from datetime import datetime

from portal.identifiers import mask_email, mask_mobile
from sms.models import Channel, Message
from sms.queries import MessageState
from sms.reading import readable

TONES = {"waiting": "info", "good": "ok", "bad": "danger", "quiet": "done"}
# States in which a text did not reach its recipient and never will.
FAILED = frozenset({"undelivered", "refused", "skipped", "expired"})
ARRIVED = frozenset({"delivered"})


@dataclass(frozen=True)
class Row:
    """A message and its present state; `refunded` calls came back for it."""

    message: Message
    state: MessageState
    is_held: bool = False
    refunded: int = 0

    @property
    def tone(self) -> str:
        """Tone of the badge."""
        return "warn" if self.is_held else TONES[self.state.tone]

    @property
    def label(self) -> str:
        """The state in a word."""
        return "보류" if self.is_held else self.state.label

    @property
    def detail(self) -> str:
        """Why, or until when; may be empty."""
        return "문자메시지서비스가 다시 열리면 보냅니다" if self.is_held else self.state.detail

    @property
    def moments(self) -> list[tuple[str, datetime]]:
        """When it was written, handed over and delivered, as far as it came; otherwise when it ended."""
        state, steps = self.state, [("작성", self.message.created_at)]
        if state.handed_over_at:
            steps.append(("넘김", state.handed_over_at))
        if state.code in ARRIVED and state.at:
            steps.append(("도착", state.at))
        elif state.code in FAILED and state.at:
            steps.append(("확인", state.at))
        return steps

    @property
    def outcome(self) -> str:
        """`failed`, `arrived` or `waiting`, as the page's filter calls them."""
        if self.state.code in FAILED:
            return "failed"
        return "arrived" if self.state.code in ARRIVED else "waiting"

    @property
    def to(self) -> str:
        """Enough of the number or address to know whose it is."""
        return (mask_email if self.message.channel == Channel.EMAIL else mask_mobile)(self.message.to)

    @property
    def text(self) -> str:
        """What may be read of it by every colleague; empty for a one-time code."""
        return readable(self.message)
