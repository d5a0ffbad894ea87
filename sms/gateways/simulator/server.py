"""The simulator on HTTP: one thread a connection, requests handed to the routes of wires and pages."""

import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from sms.gateways.simulator import inspection, outbox, spoiling, wire_local, wire_nhn, wire_solapi
from sms.gateways.simulator.core import Simulator
from sms.gateways.simulator.pump import Pump
from sms.gateways.simulator.store import Store
from sms.gateways.simulator.wire import BadRequest, Call, Config, Handler, Patterns, Reply, Routes, as_json

MAX_BODY = 32 * 1024 * 1024
IDLE_SECONDS = 60

# A further vendor's wire is one more entry here.
ROUTES: Routes = {**wire_local.ROUTES, **wire_solapi.ROUTES, **inspection.ROUTES, **outbox.ROUTES}
PATTERNS: Patterns = [*wire_solapi.PATTERNS, *wire_nhn.PATTERNS]

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class SimulatorServer(ThreadingHTTPServer):
    """Owns the store, the core and the pump from construction to `server_close`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], database: Path, webhook: str, config: Config) -> None:
        super().__init__(address, _Connection)
        self.config = config
        self.store = Store(database)
        self.simulator = Simulator(self.store)
        self.pump = Pump(self.simulator, webhook, config.webhook_secret, config.webhook_wire)
        self.pump.start()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_close(self) -> None:
        super().server_close()
        self.pump.stop()
        self.store.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is everyday here; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: SimulatorServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what happened stands in the store."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        try:
            body = self._body()
            reply = self._reply(url.path, dict(parse_qsl(url.query)), body)
        except BadRequest as error:
            self.close_connection = True
            reply = as_json({"error": {"code": "", "text": str(error)}}, status=400)
        with suppress(OSError):
            if spoiling.send(self.connection, reply, SECURITY):
                return
        self.close_connection = True

    def _reply(self, path: str, query: dict[str, str], body: bytes) -> Reply:
        handler, parts = _found(self.command, path)
        simulator, pump = self.server.simulator, self.server.pump
        if handler is None:
            simulator.note_stray(path)
            return as_json({"error": {"code": "", "text": "no such address"}}, status=404)
        headers = {name.lower(): value for name, value in self.headers.items()}
        config = self.server.config
        return handler(Call(path, query, headers, body, simulator, pump, config, self.command, parts))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0" if self.command in ("GET", "DELETE") else "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            raise BadRequest(f"Content-Length up to {MAX_BODY}")
        return self.rfile.read(int(length))


def _found(method: str, path: str) -> tuple[Handler | None, tuple[str, ...]]:
    if handler := ROUTES.get((method, path)):
        return handler, ()
    for verb, pattern, handler in PATTERNS:
        if verb == method and (match := pattern.fullmatch(path)):
            return handler, match.groups()
    return None, ()
