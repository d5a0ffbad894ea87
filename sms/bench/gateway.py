"""The gateway simulator beside a bench, in a process of its own, and the barest way to speak to it."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from sys import executable
from uuid import uuid4

from portal.processes import Children, Program
from sms.gateways.local import LocalGateway
from sms.gateways.transport import Channel

KEY, SECRET = "bench-key", "bench-webhook-secret"
READY_SECONDS = 30


class BenchGateway:
    """Started at once; `close` ends it. It takes everything it is given, the same message also twice."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bench-gateway-"))
        log = self._folder / "simulator.log"
        self._children = Children(environment)
        database = ["--database", str(self._folder / "simulator.sqlite3")]
        self._children.start(
            Program("문자 발송 모의기", log, (executable, "-m", "sms.gateways.simulator", "--port", "0", *database,
                                     "--api-key", KEY, "--webhook-secret", SECRET))
        )  # fmt: skip
        self._bare: HTTPConnection | None = None
        self.url = self._announced(log)
        self._bare = HTTPConnection(self.url.removeprefix("http://"))

    def adapter(self) -> LocalGateway:
        """As the portal speaks to it."""
        return LocalGateway(Channel(self.url), KEY, SECRET)

    def answer_after(self, milliseconds: int) -> None:
        """How long each answer to a send takes from now on. The connection is a new one: an idle one is closed."""
        if self._bare:
            self._bare.close()
        self._post("/control", json.dumps({"account": {"latency": milliseconds / 1_000}}).encode())

    def request_of(self, texts: Sequence[tuple[str, str, str, str]]) -> bytes:
        """One request of (key, to, sender, text)."""
        rows = [
            {"key": key, "to": to, "from": sender, "kind": "sms", "subject": "", "text": text}
            for key, to, sender, text in texts
        ]
        return json.dumps({"batch": str(uuid4()), "messages": rows}).encode()

    def send(self, request: bytes) -> bytes:
        """The answer, over a connection that is kept."""
        return self._post("/v1/messages", request)

    def _post(self, path: str, body: bytes) -> bytes:
        if self._bare is None:
            raise RuntimeError("closed")
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        self._bare.request("POST", path, body, headers)
        answer = self._bare.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"the simulator answers {answer.status}")
        return content

    def _announced(self, log: Path) -> str:
        """Its address, which it writes first."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            lines = log.read_text().splitlines()
            if lines and lines[0].startswith("http"):
                return lines[0]
            time.sleep(0.05)
        self.close()
        raise RuntimeError("the simulator does not start")

    def close(self) -> None:
        """Ends the process and forgets what it took."""
        if self._bare:
            self._bare.close()
        self._children.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
