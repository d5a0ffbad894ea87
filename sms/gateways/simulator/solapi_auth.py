"""Who may ask, as Solapi judges it: an HMAC over date and salt, fresh, and each signature once."""

import hmac
import re
import time
from datetime import datetime
from hashlib import sha256

from sms.gateways.simulator.wire import Call

SKEW = 15 * 60
_FIELD = re.compile(r"\s*([A-Za-z]+)=([^,]*)")


def refusal(call: Call) -> str:
    """The errorCode of a request that is not let in; empty when it is.

    Names in the header are compared without case: the Python and the Node SDK write them differently.
    """
    method, _, rest = call.headers.get("authorization", "").partition(" ")
    given = {name.lower(): value.strip() for name, value in _FIELD.findall(rest)}
    if method != "HMAC-SHA256" or given.get("apikey") != call.config.api_key:
        return "InvalidAPIKey"
    date, salt, signature = given.get("date", ""), given.get("salt", ""), given.get("signature", "")
    if not 12 <= len(salt) <= 64:
        return "SignatureDoesNotMatch"
    signed = hmac.new(call.config.webhook_secret.encode(), (date + salt).encode(), sha256).hexdigest()
    if not hmac.compare_digest(signed.encode(), signature.encode()):
        return "SignatureDoesNotMatch"
    if not _is_fresh(date):
        return "RequestTimeTooSkewed"
    return "" if _is_first(call, signature) else "DuplicatedSignature"


def _is_fresh(date: str) -> bool:
    """By the machine's clock, for the caller's is not set ahead either."""
    try:
        at = datetime.fromisoformat(date)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(time.time() - at.timestamp()) <= SKEW


def _is_first(call: Call, signature: str) -> bool:
    now = int(time.time())
    with call.simulator.store.transaction() as db:
        db.execute("DELETE FROM solapi_signature WHERE at < ?", (now - SKEW,))
        inserted = db.execute("INSERT OR IGNORE INTO solapi_signature VALUES (?, ?)", (signature, now))
        return inserted.rowcount == 1
