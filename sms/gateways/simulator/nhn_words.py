"""How NHN Cloud says what the simulator means: result codes, header codes and times."""

from datetime import datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
# The simulator's own codes on the left. A result of delivery on the right.
RESULT_CODES = {
    "1000": "1000",
    "2001": "3001",
    "2002": "3004",
    "2003": "3012",
    "2004": "3006",
}
# What the answer to a send says of one recipient.
RECIPIENT_CODES = {
    "0000": 0,
    "3001": -2018,
    "3002": -2023,
    "3009": -9998,
    "4001": -2052,
}
# The header of a request refused whole, with its HTTP status.
HEADERS = {
    "4001": (200, -2052),
    "4002": (200, -2312),
    "4003": (200, -1006),
    "4004": (200, -1007),
    "5001": (429, -9999),
    "5002": (503, -9999),
}
CALLBACK_STATUS = {"delivered": "COMPLETED", "undelivered": "FAILED", "pending": "COMPLETED"}
MESSAGE_STATUS = {"delivered": "3", "undelivered": "0", "pending": "2"}


def wall(milliseconds: int) -> str:
    """A moment in the words of the answers: Seoul's wall clock without a zone."""
    return datetime.fromtimestamp(milliseconds / 1000, SEOUL).strftime("%Y-%m-%d %H:%M:%S.0")


def moment(text: str) -> int:
    """Milliseconds since 1970 of a query's time. Raises ValueError."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SEOUL).timestamp() * 1000)
