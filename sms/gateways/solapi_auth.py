"""Solapi's request signature (Messages v4, DOMAIN §4.2)."""

import hmac
from datetime import datetime
from hashlib import sha256


def sign(secret: str, date: str, salt: str) -> str:
    """Hex HMAC-SHA256 over date and salt, as they stand in the header."""
    return hmac.new(secret.encode(), (date + salt).encode(), sha256).hexdigest()


def authorization(*, key: str, secret: str, at: datetime, salt: str) -> str:
    """The header's value. `at` within 15 minutes of Solapi's clock; `salt` 12-64 characters, used once."""
    date = at.isoformat(timespec="seconds")
    signature = sign(secret, date, salt)
    return f"HMAC-SHA256 apiKey={key}, date={date}, salt={salt}, signature={signature}"
