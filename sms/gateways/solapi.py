"""The adapter for Solapi's Messages v4 (DOMAIN §4.2), by its group flow.

A group is made, its id is stored by the caller, the messages are put into it, and one last request sends it.
Until that request nothing leaves, so trouble before it is no doubt at all; after it the stored id can be asked.
A group that was not sent is deleted before anyone hears "never seen": then no late request can send it either.
"""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from sms.gateways.answers import Row, every, found_object, only_rows, read_json, read_object, unsent
from sms.gateways.protocol import (
    Accepted,
    ForgedReport,
    GatewayDown,
    Health,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Refused,
    Report,
)
from sms.gateways.solapi_answers import (
    DELETED,
    NOT_SENT_YET,
    not_begun,
    read_group,
    read_message,
    read_registered,
    read_sent,
    ref_of,
    together,
)
from sms.gateways.solapi_auth import authorization
from sms.gateways.transport import Answer, Channel, NeverReached, NoSureAnswer, NotTrusted, as_json

URL = "https://api.solapi.com"
GROUPS = "/messages/v4/groups"
PAGE = 500
MOST_PAGES = 40
WINDOW = timedelta(days=3)
AHEAD = timedelta(hours=1)  # their clock may be ahead of ours
MOST_CALLBACKS = 1000


@dataclass(frozen=True, slots=True)
class SolapiGateway:
    """`now` tells the date each request is signed with; Solapi's clock may differ by 15 minutes.

    `quarantine` is only a pause here: "never seen" is made true by deleting the group, not by waiting.
    """

    channel: Channel
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    quarantine: timedelta = timedelta(minutes=1)
    rate: int = 0
    supports_lookup: bool = field(default=True, init=False)
    name: str = field(default="solapi", init=False)
    max_batch: int = field(default=1000, init=False)
    max_in_flight: int = field(default=2, init=False)

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        group = self.open_group()
        keys = [message.key for message in messages]
        return self.send_group(group, messages) if isinstance(group, str) else every(keys, group)

    def open_group(self) -> str | Refused | GatewayDown:
        # Two guarantees of one company make two different texts to one phone: no duplicates of each other.
        try:
            return read_group(self._ask(self.channel, "POST", GROUPS, {"allowDuplicates": True}))
        except NotTrusted as error:
            return GatewayDown("tls", str(error))
        except (NeverReached, NoSureAnswer) as error:
            return not_begun(f"group: {error}")

    def send_group(self, group: str, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        keys = [message.key for message in messages]
        if not 1 <= len(keys) <= self.max_batch or len(set(keys)) != len(keys):
            raise ValueError(f"a batch holds 1-{self.max_batch} messages, each key once")
        end = time.monotonic() + self.channel.limits.whole
        body = {"messages": [_as_wire(message) for message in messages]}
        try:
            answer = self._ask(self.channel.until(end), "PUT", f"{GROUPS}/{group}/messages", body)
        except NotTrusted as error:
            return every(keys, GatewayDown("tls", str(error)))
        except (NeverReached, NoSureAnswer) as error:
            return every(keys, not_begun(f"put: {error}"))
        registered = read_registered(keys, group, answer)
        if not isinstance(registered, dict):
            return every(keys, registered)
        if not any(isinstance(outcome, Accepted) for outcome in registered.values()):
            return together(registered, not_begun("nothing registered"))
        return together(registered, self._send(group, end))

    def look_up(self, keys: Collection[str]) -> dict[str, Report | None]:
        """Reads the list of the last days, since it cannot be searched by our key: slow, for want of a group."""
        window = {
            "startDate": (self.now() - WINDOW).isoformat(timespec="seconds"),
            "endDate": (self.now() + AHEAD).isoformat(timespec="seconds"),
        }
        groups: dict[str, set[str]] = defaultdict(set)
        for report in self._listed(window):
            if report.key is not None and report.key in keys:
                groups[report.provider_ref.partition("/")[0]].add(report.key)
        found: dict[str, Report | None] = dict.fromkeys(keys)
        for group, ours in groups.items():  # being listed is not being sent: the group says that
            for key, seen in self.look_up_group(group, ours).items():
                found[key] = found[key] or seen
        return found

    def look_up_group(self, group: str, keys: Collection[str]) -> dict[str, Report | None]:
        status = self._found("GET", f"{GROUPS}/{group}").get("status")
        if status == NOT_SENT_YET:
            # From here on it cannot be sent any more, or it just was and the deletion is refused.
            status = self._found("DELETE", f"{GROUPS}/{group}").get("status")
            if status != DELETED:
                raise LookUpFailed(f"group {status} instead of deleted")
        if status == DELETED:
            return dict.fromkeys(keys)
        found = {report.key: report for report in self._of_group(group) if not report.code.startswith("1")}
        return {key: found.get(key) for key in keys}

    def reports(self, refs: Collection[str]) -> list[Report]:
        wanted: dict[str, set[str]] = defaultdict(set)
        for ref in refs:
            group, _, message_id = ref.partition("/")
            if message_id:
                wanted[group].add(message_id)
        return [report for group, ids in wanted.items() for report in self._reports(group, ids)]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        """Solapi signs nothing: what a callback names is asked for, and only that answer is believed."""
        rows = only_rows(read_json(body))
        if rows is None or len(rows) > MOST_CALLBACKS:
            raise ForgedReport("not a list of events")
        told = [data for row in rows if isinstance(data := row.get("data"), dict)]
        named = (read_message(str(data.get("messageId", "")), data) for data in told)
        return self.reports({report.provider_ref for report in named if report})

    def balance(self) -> int:
        found = self._found("GET", "/cash/v1/balance")
        amounts = [found.get("balance"), found.get("point")]
        won = [int(amount) for amount in amounts if isinstance(amount, int | float)]
        if not won:
            raise LookUpFailed("no balance in the answer")
        return sum(won)

    def health(self) -> Health:
        try:
            left = self.balance()
        except LookUpFailed as error:
            return Health(usable=False, reason=str(error))
        return Health(left > 0, "" if left > 0 else "NotEnoughBalance", is_refusal=left <= 0)

    def _send(self, group: str, end: float) -> Outcome | None:
        """The last step. None when the group is sent."""
        try:
            answer = self._ask(self.channel.until(end), "POST", f"{GROUPS}/{group}/send")
        except (NeverReached, NoSureAnswer) as error:
            return unsent(error)
        return read_sent(group, answer)

    def _reports(self, group: str, ids: set[str]) -> Iterator[Report]:
        """A single message is asked for by its id, several by their group."""
        query = {"messageId": next(iter(ids))} if len(ids) == 1 else {"groupId": group}
        refs = {ref_of(group, message_id) for message_id in ids}
        yield from (report for report in self._listed(query) if report.provider_ref in refs)

    def _of_group(self, group: str) -> list[Report]:
        """Every message of a group that was sent. Raises LookUpFailed when the list is shorter than the group."""
        found = list(self._listed({"groupId": group}))
        count = self._found("GET", f"{GROUPS}/{group}").get("count")
        total = count.get("registeredSuccess") if isinstance(count, dict) else None
        if not isinstance(total, int) or len(found) < total:
            raise LookUpFailed(f"{len(found)} of {total} messages listed")
        return found

    def _listed(self, query: Mapping[str, str]) -> Iterator[Report]:
        start = ""
        for _page in range(MOST_PAGES):
            asked = {**query, "limit": str(PAGE), **({"startKey": start} if start else {})}
            found = self._found("GET", f"/messages/v4/list?{urlencode(asked)}")
            rows = found.get("messageList")
            if not isinstance(rows, dict):
                raise LookUpFailed("no messages in the answer")
            for message_id, row in rows.items():
                yield _report(message_id, row)
            start = str(found.get("nextKey") or "")
            if not start:
                return
        raise LookUpFailed("the list does not end")

    def _ask(self, channel: Channel, method: str, path: str, body: object = None) -> Answer:
        """Raises as Channel.exchange does."""
        signed = authorization(key=self.api_key, secret=self.api_secret, at=self.now(), salt=secrets.token_hex(16))
        headers = {"Authorization": signed, "Content-Type": "application/json"}
        sent = b"{}" if body is None and method == "POST" else None if body is None else as_json(body)
        return channel.exchange(method, path, headers=headers, body=sent)

    def _found(self, method: str, path: str) -> Row:
        try:
            answer = self._ask(self.channel, method, path)
        except (NeverReached, NoSureAnswer) as error:
            raise LookUpFailed(str(error)) from error
        if answer.status != 200 and (code := read_object(answer.body).get("errorCode")):
            raise LookUpFailed(f"HTTP {answer.status} {code}"[:100])
        return found_object(answer)


def _report(message_id: str, row: object) -> Report:
    report = read_message(message_id, row) if isinstance(row, dict) else None
    if report is None:
        raise LookUpFailed("a message was not understood")
    return report


def _as_wire(message: OutgoingText) -> dict[str, object]:
    found: dict[str, object] = {
        "to": message.to,
        "from": message.sender,
        "text": message.text,
        "type": message.kind.upper(),
        "country": "82",
        "autoTypeDetect": False,
        "customFields": {"key": message.key},
    }
    return {**found, "subject": message.subject} if message.subject else found
