"""The simulator on HTTP: the provider's wire for the portal, and pages for the visitor of the demo."""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from guarantees.payments.simulator import page
from guarantees.payments.simulator.bank import Answer, Bank, Error, Payment, shown
from guarantees.payments.simulator.callbacks import Callbacks
from portal import clock

MAX_BODY = 1024 * 1024
SLOW_SECONDS = 30
STYLE = Path(__file__).parent / "assets" / "bank.css"
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PaymentSimulator(ThreadingHTTPServer):
    """Owns bank and callbacks from construction to `server_close`. `bank` may be used directly by tests."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], *, secret_key: str, database: Path | str = ":memory:", webhook: str = "",
        slow_seconds: int = SLOW_SECONDS,
    ) -> None:  # fmt: skip
        super().__init__(address, _Connection)
        self.authorization = "Basic " + b64encode(f"{secret_key}:".encode()).decode()
        self.slow_seconds = slow_seconds
        self.callbacks = Callbacks(webhook)
        self.bank = Bank(database, clock.now, self.callbacks.add, self.url)
        self.callbacks.start()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_close(self) -> None:
        super().server_close()
        self.callbacks.stop()
        self.bank.end()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: PaymentSimulator

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self._json(Answer(400, {"code": "INVALID_REQUEST"}))
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what happened stands in the orders."""

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        with suppress(OSError):
            if url.path.startswith("/v1/"):
                self._wire(url.path, body)
            else:
                self._visitor(url.path, dict(parse_qsl(url.query)), dict(parse_qsl(body.decode())))

    # The provider's wire

    def _wire(self, path: str, body: bytes) -> None:
        if not hmac.compare_digest(self.headers.get("Authorization", ""), self.server.authorization):
            self._json(Answer(401, {"code": "UNAUTHORIZED_KEY"}))
            return
        fault = self.server.bank.fault(path)
        if fault == "down":
            self._json(Answer(500, {"code": "FAILED_INTERNAL_SYSTEM_PROCESSING"}))
            return
        if fault == "refuse":
            self._json(Answer(400, {"code": self.server.bank.switches.code}))
            return
        answer = self._wire_answer(path, body)
        if fault == "slow":
            time.sleep(self.server.slow_seconds)
        if fault == "lost":  # done, and nobody hears of it
            self.close_connection = True
            self.connection.close()
            return
        self._json(answer)

    def _wire_answer(self, path: str, body: bytes) -> Answer:
        try:
            if self.command == "GET" and path.startswith("/v1/payments/orders/"):
                payment = self.server.bank.by_order(unquote(path.rpartition("/")[2]))
                if payment is None:
                    raise Error(404, "NOT_FOUND_PAYMENT")
                return Answer(200, shown(payment))
            work = self._work(path, json.loads(body))
            return self.server.bank.once(self.headers.get("Idempotency-Key", ""), work)
        except Error as error:
            return Answer(error.status, {"code": error.code, "message": "simulated"})
        except (ValueError, KeyError, TypeError):
            return Answer(400, {"code": "INVALID_REQUEST", "message": "simulated"})

    def _work(self, path: str, given: Mapping[str, Any]) -> Callable[[], Payment]:
        bank = self.server.bank
        if self.command == "POST" and path.endswith("/cancel"):
            return lambda: bank.cancel(unquote(path.split("/")[3]), given)
        found = {
            "/v1/virtual-accounts": bank.open_account,
            "/v1/payments": bank.start_transfer,
            "/v1/payments/confirm": bank.confirm,
        }.get(path)
        if self.command != "POST" or found is None:
            raise Error(404, "NOT_FOUND")
        return lambda: found(given)

    # The visitor's pages

    def _visitor(self, path: str, query: Mapping[str, str], form: Mapping[str, str]) -> None:
        bank = self.server.bank
        try:
            match self.command, path.strip("/").split("/"):
                case "GET", [""]:
                    self._page(page.orders(bank.latest(), bank.switches, query.get("order", "")))
                case "GET", ["bank.css"]:
                    self._send(200, "text/css; charset=utf-8", STYLE.read_bytes(), {})
                case "GET", ["checkout", key]:
                    self._page(page.checkout(bank.by_key(key)))
                case "POST", ["checkout", key]:
                    self._leave(key, form.get("do", ""))
                case "POST", ["deposit"]:
                    self._deposit(form)
                case "POST", ["switches"]:
                    self._switch(form)
                case _:
                    self._page(page.missing(), 404)
        except (Error, ValueError):
            self._page(page.missing(), 404)

    def _deposit(self, form: Mapping[str, str]) -> None:
        self.server.bank.deposit(form["order"], int(form["amount"].replace(",", "")), at=form.get("at", ""))
        self._redirect("/?" + urlencode({"order": form["order"]}))

    def _switch(self, form: Mapping[str, str]) -> None:
        switches = self.server.bank.switches
        fault, callbacks = form.get("fault", ""), form.get("callbacks", "on")
        if fault in ("", "refuse", "down", "lost", "slow") and callbacks in ("on", "off", "twice"):
            switches.next_fault, switches.path = fault, ""
            switches.times, switches.callbacks = (1 if fault else 0), callbacks
        self._redirect("/")

    def _leave(self, key: str, do: str) -> None:
        bank = self.server.bank
        payment = bank.turn_away(key) if do == "cancel" else bank.agree(key, broke=do == "broke")
        if payment["status"] == "ABORTED":
            given = {"code": "PAY_PROCESS_CANCELED", "orderId": payment["orderId"]}
            self._redirect(f"{payment['_fail']}?{urlencode(given)}")
            return
        given = {"paymentKey": key, "orderId": payment["orderId"], "amount": payment["_asked"]}
        self._redirect(f"{payment['_success']}?{urlencode(given)}")

    def _page(self, text: str, status: int = 200) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode(), SECURITY)

    def _json(self, answer: Answer) -> None:
        body = json.dumps(answer.body, ensure_ascii=False).encode()
        self._send(answer.status, "application/json", body, {})

    def _redirect(self, url: str) -> None:
        self._send(303, "text/plain", b"", {"Location": url})

    def _send(self, status: int, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
