"""The code of a telephone ticket: twelve characters that can be read off a text message and typed.

60 random bits, usable once within 24 hours; only its SHA-256 is stored with the ticket. Letters are
Crockford's base 32, so that O and 0, I, L and 1 are the same to whoever types.
"""

import hashlib
import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_SPELLINGS = str.maketrans("OIL", "011")
_GAPS = re.compile(r"[\s\-–—·.]+")


def new_code() -> str:
    """A fresh code of `LENGTH` characters, without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalise(typed: str) -> str:
    """What was typed or followed as the code it means; anything else comes back as it cannot match."""
    return _GAPS.sub("", unicodedata.normalize("NFKC", typed)).upper().translate(_SPELLINGS)


def is_code(typed: str) -> bool:
    """Whether it has the form of a code, with or without hyphens."""
    code = normalise(typed)
    return len(code) == LENGTH and all(letter in ALPHABET for letter in code)


def shown(code: str) -> str:
    """`7K2M-X9QA-04TB`, as it stands in the text message."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def digest(code: str) -> str:
    """What is stored of a code, as hexadecimal SHA-256."""
    return hashlib.sha256(normalise(code).encode()).hexdigest()
