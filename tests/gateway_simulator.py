"""The SMS gateway simulator as a process of its own, for tests: killed and started again at will."""

import json
import signal
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from portal import clock
from sms.gateways.local import LocalGateway
from sms.gateways.nhn import NhnGateway
from sms.gateways.simulator.account import Account
from sms.gateways.solapi import SolapiGateway
from sms.gateways.transport import Channel, Limits

ROOT = Path(__file__).parent.parent
API_KEY = "test-key"
APP_KEY = "local-app"
WEBHOOK_SECRET = "test-webhook-secret"


class SimulatorProcess:
    """Use as a context manager, or `start()` and `stop()`.

    The SQLite file outlives `kill()`; after a second `start()` the port is the same, the log complete.
    """

    def __init__(
        self,
        database: Path | None = None,
        *,
        webhook: str = "",
        mail_dir: str = "",
        port: int = 0,
        wire: str = "local",
    ) -> None:
        self._folder = None if database else tempfile.TemporaryDirectory(prefix="simulator")
        self.database = database or Path(self._folder.name if self._folder else "") / "simulator.sqlite3"
        self._webhook, self._mail_dir, self._port, self._wire = webhook, mail_dir, port, wire
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> Self:
        command = [sys.executable, "-m", "sms.gateways.simulator", "--port", str(self._port)]
        command += ["--database", str(self.database), "--api-key", API_KEY]
        command += ["--webhook-secret", WEBHOOK_SECRET]
        command += ["--webhook", self._webhook, "--mail-dir", self._mail_dir, "--webhook-wire", self._wire]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the simulator did not start"
        self._port = int(self.url.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM; a folder made for the database goes with it."""
        self._end(signal.SIGTERM)
        if self._folder:
            self._folder.cleanup()

    def gateway(self, *, limits: Limits | None = None, **settings: Any) -> LocalGateway:
        """The portal's adapter for this simulator."""
        channel = Channel(self.url, limits or Limits())
        return LocalGateway(channel, settings.pop("api_key", API_KEY), WEBHOOK_SECRET, **settings)

    def solapi(self, *, limits: Limits | None = None, **settings: Any) -> SolapiGateway:
        """The portal's adapter for Solapi, pointed at this simulator."""
        settings = {"api_key": API_KEY, "api_secret": WEBHOOK_SECRET, "now": clock.now, **settings}
        return SolapiGateway(Channel(self.url, limits or Limits()), **settings)

    def nhn(self, *, limits: Limits | None = None, **settings: Any) -> NhnGateway:
        """The portal's adapter for NHN Cloud, pointed at this simulator."""
        settings = {"app_key": APP_KEY, "secret_key": API_KEY, "signature": WEBHOOK_SECRET, **settings}
        return NhnGateway(Channel(self.url, limits or Limits()), **{"now": clock.now, **settings})

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Message rows after number `since`, refused and late ones too."""
        rows: list[dict[str, Any]] = []
        while page := self.get(f"/log?since={rows[-1]['seq'] if rows else since}")["messages"]:
            rows += page
        return rows

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Request rows after number `since`, at most 10,000: kind, batch, size, answer."""
        return self.get(f"/requests?since={since}")["requests"]

    def accepted_counts(self) -> dict[UUID, int]:
        """How often each key was accepted. Any value above 1 is a text sent twice."""
        return {UUID(key): times for key, times in self.get("/accepted")["counts"].items()}

    def control(self, **given: Any) -> dict[str, Any]:
        """`account={}`, `faults=[{}]`, `clear=True`, `advance=seconds`, `push=[{}]`, `forged=True`."""
        request = urllib.request.Request(
            f"{self.url}/control", json.dumps(given).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Every switch and the clock as at the start, no fault waiting; the log stays."""
        self.control(clear=True, account=asdict(Account()))

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def _end(self, number: int) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait(timeout=10)
            assert self._process.stdout
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
