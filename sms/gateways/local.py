"""The adapter for the simulator's own JSON wire. It knows nothing of the simulator but that wire."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sms.gateways.answers import every, found_object, only_rows, read_key, unsent
from sms.gateways.local_answers import read_outcomes, read_report, read_rows
from sms.gateways.protocol import ForgedReport, Health, LookUpFailed, Outcome, OutgoingText, Report
from sms.gateways.transport import Answer, Channel, NeverReached, NoSureAnswer, as_json

WEBHOOK_AGE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LocalGateway:
    """`quarantine` and `supports_lookup` follow what the simulator was told to play."""

    channel: Channel
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    quarantine: timedelta = timedelta(minutes=1)
    supports_lookup: bool = True
    rate: int = 0
    name: str = field(default="local", init=False)
    max_batch: int = field(default=1000, init=False)
    max_in_flight: int = field(default=2, init=False)

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        keys = [message.key for message in messages]
        if not 1 <= len(keys) <= self.max_batch or len(set(keys)) != len(keys):
            raise ValueError(f"a batch holds 1-{self.max_batch} messages, each key once")
        body = {"batch": str(batch_id), "messages": [_as_wire(message) for message in messages]}
        try:
            answer = self._ask("/v1/messages", body)
        except (NeverReached, NoSureAnswer) as error:
            return every(keys, unsent(error))
        return read_outcomes(keys, answer)

    def look_up(self, keys: Collection[str]) -> dict[str, Report | None]:
        if not self.supports_lookup:
            raise LookUpFailed("this account cannot be asked")
        asked = set(keys)
        found: dict[str, Report | None] = {}
        for row in self._question("/v1/look-up", {"keys": list(asked)}):
            key = read_key(row.get("key"))
            if key is None or key not in asked or "report" not in row:
                continue
            report = read_report(row["report"])
            if report is None and row["report"] is not None:
                raise LookUpFailed("a report was not understood")
            found[key] = found.get(key) or report  # seen once is seen
        if len(found) != len(asked):
            raise LookUpFailed(f"{len(found)} of {len(asked)} keys answered")
        return found

    def reports(self, refs: Collection[str]) -> list[Report]:
        asked = set(refs)
        read = (read_report(row) for row in self._question("/v1/reports", {"refs": sorted(asked)}))
        return [report for report in read if report and report.provider_ref in asked]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        given = {name.lower(): value for name, value in headers.items()}
        stamp = given.get("x-simulator-timestamp", "")
        signed = sign(self.webhook_secret, stamp, body)
        if not hmac.compare_digest(signed.encode(), given.get("x-simulator-signature", "").encode()):
            raise ForgedReport("signature")
        if not _is_recent(stamp, at):
            raise ForgedReport("timestamp")
        return [report for row in read_rows(body, "reports") or [] if (report := read_report(row))]

    def balance(self) -> int:
        amount = self._found("/v1/balance").get("balance")
        if not isinstance(amount, int):
            raise LookUpFailed("no balance in the answer")
        return amount

    def health(self) -> Health:
        try:
            found = self._found("/v1/health")
        except LookUpFailed as error:
            return Health(usable=False, reason=str(error))
        senders = found.get("senders")
        known = frozenset(map(str, senders)) if isinstance(senders, list) else None
        is_usable = found.get("ok") is True
        return Health(is_usable, str(found.get("reason", "")), known, is_refusal=not is_usable)

    def _ask(self, path: str, body: object = None) -> Answer:
        """POST with a body, GET without. Raises as Channel.exchange does."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if body is None:
            return self.channel.exchange("GET", path, headers=headers)
        headers["Content-Type"] = "application/json"
        return self.channel.exchange("POST", path, headers=headers, body=as_json(body))

    def _found(self, path: str, body: object = None) -> dict[str, Any]:
        try:
            answer = self._ask(path, body)
        except (NeverReached, NoSureAnswer) as error:
            raise LookUpFailed(str(error)) from error
        return found_object(answer)

    def _question(self, path: str, body: object) -> list[dict[str, Any]]:
        rows = only_rows(self._found(path, body).get("results"))
        if rows is None:
            raise LookUpFailed("no results in the answer")
        return rows


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over `stamp.body`; callbacks carry it with the stamp (Unix seconds)."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()


def _as_wire(message: OutgoingText) -> dict[str, str]:
    return {
        "key": message.key,
        "to": message.to,
        "from": message.sender,
        "kind": message.kind,
        "subject": message.subject,
        "text": message.text,
    }


def _is_recent(stamp: str, at: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return False
    return abs(at - datetime.fromtimestamp(int(stamp), UTC)) <= WEBHOOK_AGE
