"""When a text may ring a phone (DOMAIN §4.1). E-mail is exempt; nothing here is law, advertising is not sent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")

# Seoul hours in which a text goes out: from the first (inclusive) to the second (exclusive).
ANY_HOUR = (0, 24)
NOTICE_HOURS = (8, 20)  # what goes to many at once
MEMBER_HOURS = (8, 21)  # what members write themselves; refused at other hours, not kept for the morning
RESULT_HOURS = (7, 22)  # what one person waits for

_NOTICES = frozenset({"expiry_notice", "mileage"})
_BY_MEMBERS = frozenset({"free_sms"})
_AWAKE = frozenset({"one_time_code"})  # the reader asked for it this minute


def hours(channel: str, purpose: str, results: tuple[int, int] = RESULT_HOURS) -> tuple[int, int]:
    """The Seoul hours in which a message of this purpose may go out; `results` are those of results."""
    if channel == "email" or purpose in _AWAKE:
        return ANY_HOUR
    if purpose in _BY_MEMBERS:
        return MEMBER_HOURS
    return NOTICE_HOURS if purpose in _NOTICES else results


def earliest(channel: str, purpose: str, at: datetime, results: tuple[int, int] = RESULT_HOURS) -> datetime:
    """The first instant, `at` or later, at which it may go out."""
    opens, closes = hours(channel, purpose, results)
    here = at.astimezone(SEOUL)
    if opens <= here.hour < closes:
        return at
    day = here.date() if here.hour < opens else here.date() + timedelta(days=1)
    return datetime.combine(day, time(opens), tzinfo=SEOUL)


def is_open(channel: str, purpose: str, at: datetime, results: tuple[int, int] = RESULT_HOURS) -> bool:
    """Whether it may go out at this instant."""
    return earliest(channel, purpose, at, results) == at
