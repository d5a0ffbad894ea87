"""What colleagues may read of a message that was written to one person."""

import re

from sms.models import Message, Purpose

# Some links open without a login: a beneficiary's document, the stopping of a certificate.
_LINK = re.compile(r"https?://\S+")
COVERED = "(받은 분만 여는 링크)"


def readable(message: Message) -> str:
    """The text with every link covered; nothing of a one-time code."""
    if message.purpose == Purpose.ONE_TIME_CODE:
        return ""
    return _LINK.sub(COVERED, message.body).strip()
