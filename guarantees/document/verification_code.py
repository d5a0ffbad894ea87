"""The code printed on a document that proves its reader holds it: 80 random bits as 16 letters and digits.

Crockford's base32 leaves out I, L, O and U, so that a code read aloud or copied by hand has one reading.
Only its keyed hash is stored: a copy of the database does not give the codes away.
"""

import hashlib
import hmac
import re
import secrets

from portal.identifiers import normalize_digits

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
SMALLEST_KEY = 32  # bytes
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}\Z")
_AS_READ = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PURPOSE = b"guarantee document verification code\0"  # this key may serve other purposes, this hash none


class InvalidCode(ValueError):
    """Not a code this cooperative can have printed. `message` is the Korean sentence for the form."""

    def __init__(self) -> None:
        self.message = (
            "확인코드가 맞지 않습니다. 보증서에 적힌 16자리(숫자와 영문)를 다시 확인해 주세요. "
            "예: 7K3M-9QXD-2F5T-W8HN"
        )
        super().__init__(self.message)


def new_code() -> str:
    """Sixteen characters of ALPHABET from the system's random source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def format_code(code: str) -> str:
    """As printed: 7K3M-9QXD-2F5T-W8HN."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def parse_code(text: str) -> str:
    """Read a code typed in any case or width, spaced or not, O for 0, I or L for 1. Raises InvalidCode."""
    code = normalize_digits(text).upper().translate(_AS_READ)
    if not _CODE.match(code):
        raise InvalidCode
    return code


def stored_hash(code: str, *, key: bytes) -> str:
    """64 hexadecimal digits: HMAC-SHA256 of the code. Raises ValueError for a key under SMALLEST_KEY."""
    if len(key) < SMALLEST_KEY:
        raise ValueError(f"key shorter than {SMALLEST_KEY} bytes")
    return hmac.new(key, _PURPOSE + code.encode(), hashlib.sha256).hexdigest()


def matches(code: str, stored: str, *, key: bytes) -> bool:
    """Whether `stored` is the hash of `code`, compared in a time that tells nothing."""
    return hmac.compare_digest(stored_hash(code, key=key), stored)
