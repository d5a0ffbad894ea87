"""Times in which a member cannot change by itself whom we tell things. Apps above register when."""

from collections.abc import Callable
from datetime import datetime

from portal.clock import SEOUL
from portal.refusals import Refusal

# The end of the member's hold at an instant, or None.
Hold = Callable[[int, datetime], datetime | None]
_holds: list[Hold] = []


class ContactsHeld(Refusal):
    """The registered certificate was exchanged a short while ago without the old one's signature."""

    def __init__(self, until: datetime) -> None:
        here = until.astimezone(SEOUL)
        super().__init__(
            f"인증서가 교체된 직후라 {here.month}월 {here.day}일 {here:%H:%M}까지 "
            "연락처와 수신자를 바꾸거나 사용자를 초대할 수 없습니다. "
            "그 뒤에 다시 하시거나 관할 지점에 전화로 요청해 주세요."
        )


def register(hold: Hold) -> None:
    """Called once by an app that holds members."""
    _holds.append(hold)


def refuse_held(*, member_id: int, at: datetime) -> None:
    """Raises ContactsHeld."""
    ends = [until for hold in _holds if (until := hold(member_id, at)) is not None]
    if ends:
        raise ContactsHeld(max(ends))
