"""The carrier's own measure of a text: an opinion independent of the portal's."""

import re

LIMITS = {"sms": 90, "lms": 2000}
SUBJECT_LIMIT = 40
_MOBILE = re.compile(r"01[016789][0-9]{7,8}\Z")


def is_mobile(number: str) -> bool:
    return bool(_MOBILE.match(number))


def size(text: str) -> int | None:
    """Bytes in EUC-KR (KS X 1001); None when a character has no place there."""
    try:
        encoded = text.encode("euc_kr")
        # The codec spells a missing syllable, which no handset shows, in eight bytes that begin like this.
        # The pair may also straddle two sound characters, so only then each one is looked at.
        if b"\xa4\xd4" in encoded and any(len(char.encode("euc_kr")) > 2 for char in text):
            return None
    except UnicodeEncodeError:
        return None
    return len(encoded)


def is_sendable(kind: str, subject: str, bytes_text: int | None) -> bool:
    """Whether a text of this `size` may go out as this kind under this subject."""
    bytes_subject = size(subject) if subject else 0
    if bytes_text is None or bytes_subject is None or kind not in LIMITS:
        return False
    return 0 < bytes_text <= LIMITS[kind] and bytes_subject <= (SUBJECT_LIMIT if kind == "lms" else 0)
