"""A procurement system behind HTTP, by a wire of our own.

The real systems (나라장터 and its kin) are joined by a contract and a dedicated line; their formats are not
public. This wire carries the keys they are known to need (DOMAIN §2.3), and `simulator` speaks its other end.
Tried only against that simulator: the retries, the doubt and the callback's proof, not anybody's real format.

    POST /v1/guarantees         Authorization: Bearer KEY, Idempotency-Key
                                201|200 {"reference"}, 422 {"message"}: never as it is
    GET  /v1/guarantees/{key}   200 {"reference", "state", "by", "reason"}, 404: never seen
    callback POST, X-Procurement-Timestamp (Unix seconds), X-Procurement-Signature = HMAC-SHA256(secret, ts.body)
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from guarantees.procurement.protocol import (
    ForgedAnswer,
    NotThere,
    ProcurementSystem,
    Received,
    Refused,
    Standing,
    Transmission,
    Unclear,
)
from sms.gateways.transport import Answer, Channel, Limits, NeverReached, NoSureAnswer

STATES = frozenset({"waiting", "accepted", "returned"})
OLDEST_CALLBACK = timedelta(minutes=5)
LONGEST = {"reference": 80, "by": 60, "reason": 300, "message": 150}
NOT_SET_UP = "전자조달시스템 전송이 설정되어 있지 않습니다. 이메일이나 직접 제출로 바꾸어 주세요."
REFUSED = "전자조달시스템이 받지 않았습니다"


@dataclass(frozen=True)
class HttpSystem:
    """The system at one address. `secret` proves its callbacks; without one every callback is refused."""

    channel: Channel
    api_key: str
    secret: str

    def submit(self, transmission: Transmission) -> Received | Refused | Unclear:
        headers = {"Idempotency-Key": transmission.key, "Content-Type": "application/json"}
        answer = self._ask("POST", "/v1/guarantees", headers, _body(transmission))
        if isinstance(answer, Unclear):
            return answer
        content = _content(answer)
        if answer.status in (200, 201) and _text(content, "reference"):
            return Received(_text(content, "reference"))
        if answer.status == 422:
            said = _text(content, "message")
            return Refused(f"{REFUSED}: {said}" if said else f"{REFUSED}.")
        return Unclear(f"HTTP {answer.status}")

    def look_up(self, key: str) -> Standing | NotThere | Unclear:
        answer = self._ask("GET", f"/v1/guarantees/{key}", {}, None)
        if isinstance(answer, Unclear):
            return answer
        if answer.status == 404:
            return NotThere()
        found = _standing({**_content(answer), "key": key}) if answer.status == 200 else None
        return found or Unclear(f"HTTP {answer.status}")

    def read_callback(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Standing:
        """Raises ForgedAnswer also for one older than OLDEST_CALLBACK, which may be a repeated one."""
        stamp = headers.get("X-Procurement-Timestamp", "")
        expected = sign(self.secret, stamp, body)
        if not self.secret or not hmac.compare_digest(expected, headers.get("X-Procurement-Signature", "")):
            raise ForgedAnswer("signature")
        if not stamp.isdigit() or abs(at.timestamp() - int(stamp)) > OLDEST_CALLBACK.total_seconds():
            raise ForgedAnswer("time")
        found = _standing(_json(body))
        if found is None:
            raise ForgedAnswer("content")
        return found

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer | Unclear:
        try:
            sent = {"Authorization": f"Bearer {self.api_key}", **headers}
            return self.channel.exchange(method, path, headers=sent, body=body)
        except (NeverReached, NoSureAnswer) as error:
            return Unclear(f"{type(error).__name__}: {error}")


class NoSystem:
    """Where no address is set: nothing is taken, and it is said so at once."""

    def submit(self, transmission: Transmission) -> Refused:
        return Refused(NOT_SET_UP)

    def look_up(self, key: str) -> NotThere:
        return NotThere()

    def read_callback(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Standing:
        raise ForgedAnswer("no system is set up")


def procurement_system() -> ProcurementSystem:
    """The system PROCUREMENT_URL names."""
    if not settings.PROCUREMENT_URL:
        return NoSystem()
    channel = Channel(settings.PROCUREMENT_URL, Limits())
    return HttpSystem(channel, settings.PROCUREMENT_KEY, settings.PROCUREMENT_SECRET)


def sign(secret: str, stamp: str, body: bytes) -> str:
    """The proof a callback carries: 64 hexadecimal digits."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()


def _body(transmission: Transmission) -> bytes:
    reference = "notice_number" if transmission.is_bid else "contract_number"
    told = {
        "kind": "bid" if transmission.is_bid else "contract",
        "guarantee_number": transmission.guarantee_number,
        reference: transmission.reference_number,
        "beneficiary_name": transmission.beneficiary_name,
        "beneficiary_number": transmission.beneficiary_number,
        "applicant_number": transmission.applicant_number,
        "amount": transmission.amount,
        "starts_on": transmission.starts_on.isoformat(),
        "ends_on": transmission.ends_on.isoformat(),
        "sha256": transmission.sha256,
        "document": base64.b64encode(transmission.content).decode(),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _standing(content: Mapping[str, Any]) -> Standing | None:
    """None for one that says nothing understandable, or gives back without saying why."""
    state = _text(content, "state")
    reason = _text(content, "reason")
    if state not in STATES or not isinstance(content.get("key"), str) or (state == "returned" and not reason):
        return None
    return Standing(content["key"], _text(content, "reference"), state, _text(content, "by"), reason)


def _content(answer: Answer) -> dict[str, Any]:
    return _json(answer.body)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(content: Mapping[str, Any], name: str) -> str:
    """A text on one line, no longer than we keep."""
    value = content.get(name, "")
    return " ".join(value.split())[: LONGEST.get(name, 20)] if isinstance(value, str) else ""
