"""The adapter for NHN Cloud's SMS v3.0 (DOMAIN §4.3).

One request carries one text to up to 1,000 numbers, so a batch of different texts is as many requests, a few at
a time, all within the time of one. Our key travels as `recipientGroupingKey` and finds the message again.
"""

import hmac
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

from sms.gateways.answers import Row, every, only_rows, read_object, unsent
from sms.gateways.nhn_answers import (
    read_callback,
    read_data,
    read_outcomes,
    read_row,
    wall,
)
from sms.gateways.protocol import (
    ErrorClass,
    ForgedReport,
    Health,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Report,
    ReportStatus,
)
from sms.gateways.transport import Answer, Channel, NeverReached, NoSureAnswer, as_json

URL = "https://sms.api.nhncloudservice.com"
KINDS = ("sms", "mms")
PAGE = 1000
MOST_PAGES = 200
# A look-up reaches back further than any message may wait for its answer, yet stays under NHN's one month.
WINDOW = timedelta(days=7)
AHEAD = timedelta(hours=1)  # their clock may be ahead of ours
QUESTIONS = timedelta(seconds=40)  # for one round of questions, under the lease of a batch
FEW_REQUESTS = 50
RESULT_DAYS = 4  # carriers give up an LMS after 80 hours
MESSAGE_TYPES = ("SMS", "LMS")


@dataclass(frozen=True, slots=True)
class NhnGateway:
    """`app_key` stands in the address, `secret_key` in the header; `signature` is the callbacks' fixed word."""

    channel: Channel
    app_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    signature: str = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    quarantine: timedelta = timedelta(minutes=1)
    rate: int = 0
    supports_lookup: bool = field(default=True, init=False)
    name: str = field(default="nhn", init=False)
    max_batch: int = field(default=1000, init=False)
    max_in_flight: int = field(default=4, init=False)

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        keys = [message.key for message in messages]
        if not 1 <= len(keys) <= self.max_batch or len(set(keys)) != len(keys):
            raise ValueError(f"a batch holds 1-{self.max_batch} messages, each key once")
        end = time.monotonic() + self.channel.limits.whole
        same: dict[tuple[str, str, str, str], list[OutgoingText]] = defaultdict(list)
        for message in messages:
            same[message.kind, message.sender, message.subject, message.text].append(message)
        groups, ours, strangers = list(same.values()), dict[str, Outcome](), dict[str, Outcome]()
        with ThreadPoolExecutor(self.max_in_flight) as pool:
            answers = list(pool.map(lambda group: self._send(batch_id, group, end), groups))
        for group, found in zip(groups, answers, strict=True):
            ours |= {message.key: found.pop(message.key) for message in group}
            strangers |= found
        return strangers | ours  # what one request says of another's message counts for nothing

    def look_up(self, keys: Collection[str]) -> dict[str, Report | None]:
        end = time.monotonic() + QUESTIONS.total_seconds()
        asked = list(set(keys))
        with ThreadPoolExecutor(self.max_in_flight) as pool:
            return dict(zip(asked, pool.map(lambda key: self._seen(key, end), asked), strict=True))

    def reports(self, refs: Collection[str]) -> list[Report]:
        wanted = set(refs)
        requests = {ref.partition(":")[0] for ref in wanted if ":" in ref}
        if len(requests) > FEW_REQUESTS:
            return self._recent_results(wanted)
        end = time.monotonic() + QUESTIONS.total_seconds()
        sizes = Counter(ref.partition(":")[0] for ref in wanted)
        singles = [ref for ref in wanted if sizes[ref.partition(":")[0]] == 1]
        several = [request for request in requests if sizes[request] > 1]
        with ThreadPoolExecutor(self.max_in_flight) as pool:
            found = [*pool.map(lambda ref: self._single(ref, end), singles)]
            found += pool.map(lambda request: self._of_kinds({"requestId": request}, end), several)
        return [report for reports in found for report in reports if report.provider_ref in wanted]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        hooks = self._hooks("MESSAGE_RESULT_UPDATE", headers, body)
        return [report for row in hooks if (report := read_callback(row))]

    def parse_refusals(self, headers: Mapping[str, str], body: bytes) -> list[str]:
        return [str(row.get("recipientNo", "")) for row in self._hooks("UNSUBSCRIBE", headers, body)]

    def refused_numbers(self) -> list[str]:
        end = time.monotonic() + QUESTIONS.total_seconds()
        rows = self._pages("/blockservice/recipients", {}, end)
        return [str(row.get("recipientNo", "")) for row in rows]

    def balance(self) -> int:
        raise LookUpFailed("NHN Cloud is paid afterwards")

    def health(self) -> Health:
        query = urlencode({"useYn": "Y", "blockYn": "N", "pageNum": 1, "pageSize": PAGE})
        try:
            rows, _total = self._found(self.channel, f"/sendNos?{query}")
        except LookUpFailed as error:
            return Health(usable=False, reason=str(error))
        senders = frozenset(str(row["sendNo"]) for row in rows if row.get("sendNo"))
        return Health(usable=bool(senders), reason="" if senders else "no sender number", senders=senders)

    def _send(self, batch_id: UUID, group: Sequence[OutgoingText], end: float) -> dict[str, Outcome]:
        """One text to its recipients, by one request."""
        keys, first = [message.key for message in group], group[0]
        body = _as_wire(batch_id, group)
        try:
            path = "/sender/sms" if first.kind == "sms" else "/sender/mms"
            answer = self._ask(self.channel.until(end), "POST", path, body)
        except (NeverReached, NoSureAnswer) as error:
            return every(keys, unsent(error))
        return read_outcomes(keys, answer)

    def _seen(self, key: str, end: float) -> Report | None:
        """What became of this key. The vendor's duplicate block is no end: the message it repeats is."""
        window = {"startCreateDate": wall(self.now() - WINDOW), "endCreateDate": wall(self.now() + AHEAD)}
        found = self._of_kinds({**window, "recipientGroupingKey": key}, end)
        ours = [report for report in found if report.key == key]
        ours.sort(key=lambda report: (report.error_class is ErrorClass.DUPLICATE, -_rank(report)))
        return ours[0] if ours else None

    def _single(self, ref: str, end: float) -> list[Report]:
        """One message. Its kind is not in the reference, and the other kind's address knows nothing of it."""
        request, _, recipient = ref.partition(":")
        for kind in KINDS:
            path = f"/sender/{kind}/{quote(request, safe='')}?{urlencode({'recipientSeq': recipient})}"
            try:
                rows, _total = self._found(self._until(end), path)
            except LookUpFailed as error:
                if not str(error).startswith("header"):
                    raise
                continue
            return [_understood(row) for row in rows]
        return []

    def _of_kinds(self, query: Mapping[str, str], end: float) -> list[Report]:
        for kind in KINDS:
            if found := self._listed(f"/sender/{kind}", query, end):
                return found
        return []

    def _recent_results(self, wanted: set[str]) -> list[Report]:
        """Results of the last days, newest first, until each wanted one is found. One question holds a day."""
        end, found = time.monotonic() + QUESTIONS.total_seconds(), dict[str, Report]()
        latest = self.now() + AHEAD
        for day in range(RESULT_DAYS):
            since, until = latest - timedelta(days=day + 1), latest - timedelta(days=day)
            for message_type in MESSAGE_TYPES:
                query = {"startUpdateDate": wall(since), "endUpdateDate": wall(until), "messageType": message_type}
                rows = self._listed("/message-results", query, end)
                found |= {row.provider_ref: row for row in reversed(rows) if row.provider_ref in wanted}
            if len(found) == len(wanted):
                break
        return list(found.values())

    def _listed(self, path: str, query: Mapping[str, str], end: float) -> list[Report]:
        return [_understood(row) for row in self._pages(path, query, end)]

    def _pages(self, path: str, query: Mapping[str, str], end: float) -> list[Row]:
        """Every row of every page. Raises LookUpFailed when fewer came than were counted."""
        found: list[Row] = []
        for page in range(1, MOST_PAGES + 1):
            asked = urlencode({**query, "pageNum": page, "pageSize": PAGE})
            rows, total = self._found(self._until(end), f"{path}?{asked}")
            found += rows
            if len(found) >= total:
                return found
            if not rows:
                raise LookUpFailed(f"{len(found)} of {total} rows listed")
        raise LookUpFailed("the list does not end")

    def _hooks(self, event: str, headers: Mapping[str, str], body: bytes) -> list[Row]:
        """What a callback tells of one kind of event. Raises ForgedReport."""
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-toast-webhook-signature", "")
        # A fixed word, not made from the body: it proves the sender, and what it says is replayed harmlessly.
        if not self.signature or not hmac.compare_digest(signature.encode(), self.signature.encode()):
            raise ForgedReport("signature")
        found = read_object(body)
        return (only_rows(found.get("hooks")) or []) if found.get("event") == event else []

    def _until(self, end: float) -> Channel:
        try:
            return self.channel.until(end)
        except NeverReached as error:
            raise LookUpFailed(str(error)) from error

    def _found(self, channel: Channel, path: str) -> tuple[list[Row], int]:
        try:
            return read_data(self._ask(channel, "GET", path))
        except (NeverReached, NoSureAnswer) as error:
            raise LookUpFailed(str(error)) from error

    def _ask(self, channel: Channel, method: str, path: str, body: object = None) -> Answer:
        """Raises as Channel.exchange does."""
        headers = {"X-Secret-Key": self.secret_key, "Content-Type": "application/json;charset=UTF-8"}
        sent = None if body is None else as_json(body)
        whole = f"/sms/v3.0/appKeys/{quote(self.app_key, safe='')}{path}"
        return channel.exchange(method, whole, headers=headers, body=sent)


def _rank(report: Report) -> int:
    return [ReportStatus.UNDELIVERED, ReportStatus.PENDING, ReportStatus.DELIVERED].index(report.status)


def _understood(row: Row) -> Report:
    report = read_row(row)
    if report is None:
        raise LookUpFailed("a message was not understood")
    return report


def _as_wire(batch_id: UUID, group: Sequence[OutgoingText]) -> dict[str, object]:
    first = group[0]
    found: dict[str, object] = {
        "body": first.text,
        "sendNo": first.sender,
        "senderGroupingKey": str(batch_id),
        "recipientList": [
            {"recipientNo": message.to, "countryCode": "82", "recipientGroupingKey": message.key}
            for message in group
        ],
    }
    # NHN wants a title on every long text.
    return {**found, "title": first.subject or "안내"} if first.kind == "lms" else found
