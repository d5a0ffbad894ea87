"""A stand-in for a procurement system: takes guarantees, has an officer answer them, misbehaves on request.

Everything is kept in memory. What it does with a transmission stands in the notice or contract number's end:
`-RETURN` comes back, `-REFUSE` is refused, `-LOSE` is taken and the answer lost, `-DOWN` is not taken at all,
`-WAIT` is never answered. The rest is accepted after `answer_after` seconds; a bid guarantee needs no officer.
"""

import hashlib
import html
import json
import re
import time
from base64 import b64decode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Timer
from typing import Any

from guarantees.procurement.client import sign
from sms.gateways.transport import Channel, Limits, NeverReached, NoSureAnswer

NEEDED = ("guarantee_number", "beneficiary_name", "beneficiary_number", "applicant_number", "sha256", "document")
RETURN_REASON = "보증기간이 계약기간보다 짧습니다. 다시 확인해 주세요."
REFUSAL = "공고번호 또는 계약번호를 찾을 수 없습니다."
OFFICER = "계약담당 이나래"
MOST_BYTES = 16 * 1024 * 1024
ONE = re.compile(r"/v1/guarantees/([0-9a-f-]{36})\Z")
CALLBACK_PATH = "/procurement/answers/"


@dataclass
class Taken:
    """One guarantee document as the buyer's system has it."""

    key: str
    reference: str
    number: str
    content: dict[str, Any]
    state: str = "waiting"
    by: str = ""
    reason: str = ""

    @property
    def answer(self) -> dict[str, str]:
        """What is told of it."""
        return {
            "key": self.key, "reference": self.reference, "state": self.state, "by": self.by, "reason": self.reason
        }  # fmt: skip


@dataclass
class Config:
    """`callback` is the portal's address, empty for a system that only answers questions."""

    api_key: str = "local-key"
    secret: str = "local-procurement-secret"  # noqa: S105 - a stand-in's
    callback: str = ""
    answer_after: float = 3.0


@dataclass
class Desk:
    """What was taken, by key; how often each key was sent."""

    config: Config
    taken: dict[str, Taken] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: str, content: dict[str, Any]) -> tuple[int, dict[str, str]]:
        """Status and answer for one sending of `key`."""
        with self._lock:
            self.sent.append(key)
            number = str(content.get("notice_number") or content.get("contract_number") or "")
            if number.endswith("-DOWN"):
                return 503, {}
            if key in self.taken:
                return 200, {"reference": self.taken[key].reference}
            document = b64decode(str(content.get("document", "")))
            is_whole = hashlib.sha256(document).hexdigest() == content.get("sha256")
            if number.endswith("-REFUSE") or not number or not is_whole or not all(map(content.get, NEEDED)):
                return 422, {"message": REFUSAL}
            kept = {name: value for name, value in content.items() if name != "document"}
            self.taken[key] = Taken(key, f"P{len(self.taken) + 1:06}", number, kept)
        if content.get("kind") == "bid":
            self.decide(key)
        elif not number.endswith("-WAIT"):
            timer = Timer(self.config.answer_after, self.decide, [key])
            timer.daemon = True
            timer.start()
        return 201, {"reference": self.taken[key].reference}

    def decide(self, key: str) -> None:
        """The officer answers, and the portal is called where an address is known."""
        row = self.taken[key]
        is_returned = row.number.endswith("-RETURN")
        row.state, row.by = ("returned" if is_returned else "accepted"), OFFICER
        row.reason = RETURN_REASON if is_returned else ""
        if self.config.callback and row.content.get("kind") != "bid":
            self.call_back(row)

    def call_back(self, row: Taken) -> int:
        """Tell the portal; the status it answered, 0 for none."""
        body, stamp = json.dumps(row.answer).encode(), str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Procurement-Timestamp": stamp,
            "X-Procurement-Signature": sign(self.config.secret, stamp, body),
        }
        try:
            channel = Channel(self.config.callback, Limits())
            return channel.exchange("POST", CALLBACK_PATH, headers=headers, body=body).status
        except (NeverReached, NoSureAnswer):
            return 0  # asked again by the portal


class Handler(BaseHTTPRequestHandler):
    server: "SimulatorServer"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if self.path != "/v1/guarantees" or length > MOST_BYTES:
            return self._say(404, {})
        body = self.rfile.read(length)
        if not self._is_known():
            return self._say(401, {})
        key = self.headers.get("Idempotency-Key", "")
        content = json.loads(body)
        is_first = key not in self.server.desk.sent
        status, answer = self.server.desk.take(key, content)
        number = str(content.get("notice_number") or content.get("contract_number") or "")
        if number.endswith("-LOSE") and is_first:
            self.close_connection = True
            return self.connection.close()
        return self._say(status, answer)

    def do_GET(self) -> None:
        if self.path == "/":
            return self._page()
        found = ONE.match(self.path)
        if not self._is_known():
            return self._say(401, {})
        row = self.server.desk.taken.get(found[1]) if found else None
        return self._say(200, row.answer) if row else self._say(404, {})

    def _is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.desk.config.api_key}"

    def _say(self, status: int, answer: dict[str, str]) -> None:
        self._send(status, "application/json", json.dumps(answer).encode())

    def _page(self) -> None:
        """What a visitor of the demo sees of the buyer's side."""
        rows = "".join(
            f"<tr><td>{html.escape(row.reference)}<td>{html.escape(str(row.content['guarantee_number']))}"
            f"<td>{html.escape(row.number)}<td>{html.escape(row.state)}<td>{html.escape(row.reason)}"
            for row in self.server.desk.taken.values()
        )
        text = (
            '<!DOCTYPE html><html lang="ko"><meta charset="utf-8"><title>전자조달 모의기</title>'
            "<h1>전자조달 모의기</h1><table border=1><tr><th>접수번호<th>보증번호<th>공고·계약번호<th>상태<th>사유"
            f"{rows}</table></html>"
        )
        self._send(200, "text/html; charset=utf-8", text.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the desk remembers."""


class SimulatorServer(ThreadingHTTPServer):
    """Listens on `address`; `url` names where."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], config: Config) -> None:
        self.desk = Desk(config)
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"
