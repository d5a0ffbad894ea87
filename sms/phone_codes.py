"""The six digits of a one-time code, and the keyed fingerprint by which alone the portal remembers them."""

import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

from portal.identifiers import normalize_digits
from sms.rules.phone_codes import DIGITS

SALT = "sms.phone_codes"


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def fingerprint(code: str, *, recipient_id: int) -> str:
    """64 hexadecimal digits, of one row only; keyed with SECRET_KEY, since a million codes are soon tried."""
    return salted_hmac(f"{SALT}:{recipient_id}", code, algorithm="sha256").hexdigest()


def matches(typed: str, kept: str, *, recipient_id: int) -> bool:
    """Whether the typed digits, in whatever width and with gaps, are the code of fingerprint `kept`."""
    code = normalize_digits(typed)
    return constant_time_compare(fingerprint(code, recipient_id=recipient_id), kept)
