"""Firefox by its own remote protocol, WebDriver BiDi: Playwright cannot drive the one that Debian builds."""

import base64
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.driver import Driver, Gone, Pane, until

PROGRAM = "/usr/bin/firefox-esr"
ENTER = "\ue007"  # WebDriver's name of the key
# No first-run page and no calls home. A page that was left is gone and does not sleep, so that a script running in
# it ends; pings of links are on, since a member may have switched them on. Everything else is as Debian ships it.
PREFERENCES = {
    "app.normandy.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.send_pings": True,
    "browser.send_pings.require_same_host": False,
    "browser.sessionhistory.max_total_viewers": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "intl.accept_languages": "ko-KR",
}
LEFT = ("no such frame", "no such node", "no such element", "unknown error", "stale element reference")

_AS_FOLDER = """([what, paths]) => {
  const input = document.querySelector(what);
  input.multiple = true;
  const path = { get() { return paths[[...input.files].indexOf(this)]; } };
  Object.defineProperty(File.prototype, 'webkitRelativePath', path);
}"""
_DROP = """([what, contents]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of contents) {
    transfer.items.add(new File([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], name));
  }
  const target = document.querySelector(what);
  for (const step of ['dragover', 'drop']) {
    target.dispatchEvent(new DragEvent(step, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


class Refused(Exception):
    """The browser answered a command with an error."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error


class Bidi:
    """Commands and their answers over one socket; events that come between are kept."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self._socket.recv(timeout=60))
            if said["type"] == "event":
                self.events.append(said)
            elif said["id"] == number:
                if said["type"] == "error":
                    raise Refused(said["error"], said["message"])
                return said["result"]


class FirefoxPane(Pane):
    """A page, or with `inside` the frame in it."""

    def __init__(self, bidi: Bidi, tab: str, *, inside: bool = False) -> None:
        self._bidi, self._tab, self._inside = bidi, tab, inside

    @property
    def _context(self) -> str:
        if not self._inside:
            return self._tab
        [tree] = self._bidi.call("browsingContext.getTree", root=self._tab)["contexts"]
        if not tree["children"]:
            raise Gone("no frame")
        return tree["children"][-1]["context"]

    def run(self, function: str, argument: Any = None) -> Any:
        wrapped = f"async (given) => JSON.stringify((await ({function})(JSON.parse(given))) ?? null)"
        answer = self._call_function(wrapped, {"type": "string", "value": json.dumps(argument)})
        return json.loads(answer["value"])

    def _call_function(self, function: str, argument: dict[str, Any]) -> dict[str, Any]:
        try:
            given = self._bidi.call(
                "script.callFunction",
                functionDeclaration=function,
                arguments=[argument],
                awaitPromise=True,
                target={"context": self._context},
                userActivation=True,
            )
        except Refused as refused:
            if refused.error in LEFT:
                raise Gone(str(refused)) from None
            raise
        if given["type"] == "exception":
            raise AssertionError(given["exceptionDetails"]["text"])
        return given["result"]

    def _element(self, what: str) -> dict[str, str]:
        """How the protocol names the element there is."""
        self.find(what)
        find = "(what) => document.querySelector(what)"
        return {"sharedId": self._call_function(find, {"type": "string", "value": what})["sharedId"]}

    def click(self, what: str) -> None:
        self.wait_for(what)
        self.run("(what) => document.querySelector(what).scrollIntoView()", what)
        at = {"type": "element", "element": self._element(what)}
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": at},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def type(self, what: str, text: str) -> None:
        self.wait_for(what)
        self.run("(what) => { const it = document.querySelector(what); it.focus(); it.select(); }", what)
        self._press(*text)

    def press_enter(self, what: str) -> None:
        self.wait_for(what)
        self.run("(what) => document.querySelector(what).focus()", what)
        self._press(ENTER)

    def _press(self, *keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def _act(self, source: dict[str, Any]) -> None:
        self._bidi.call("input.performActions", context=self._context, actions=[source])

    def pick(self, what: str, files: list[Path]) -> None:
        names = [str(file) for file in files]
        self._bidi.call("input.setFiles", context=self._context, element=self._element(what), files=names)

    def pick_folder(self, what: str, folder: Path) -> None:
        """BiDi picks files only: they are picked one and all, and told the paths a folder chooser gives them."""
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        self.find(what)
        self.run(_AS_FOLDER, [what, [str(file.relative_to(folder.parent)) for file in files]])
        self.pick(what, files)

    def drop(self, what: str, files: list[Path]) -> None:
        """BiDi cannot drag from outside: the page's own handlers get an event that the test made."""
        self.find(what)
        contents = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.run(_DROP, [what, contents])


class Firefox(Driver):
    name = "firefox"

    def __init__(self, bidi: Bidi) -> None:
        self._bidi = bidi
        bidi.call("session.new", capabilities={})
        bidi.call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        bidi.call("network.addDataCollector", dataTypes=["request"], maxEncodedDataSize=100_000)
        self._user = ""
        self.clear()

    def clear(self) -> None:
        if self._user:
            self._bidi.call("browser.removeUserContext", userContext=self._user)
        self._user = self._bidi.call("browser.createUserContext")["userContext"]
        self._tab = self._bidi.call("browsingContext.create", type="tab", userContext=self._user)["context"]
        # tall, since a frame of another origin does not scroll the page around it
        self._size(1280, 2600)
        self._bidi.events.clear()
        self.page, self.signer = (
            FirefoxPane(self._bidi, self._tab),
            FirefoxPane(self._bidi, self._tab, inside=True),
        )

    def _size(self, width: int, height: int) -> None:
        self._bidi.call(
            "browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height}
        )

    def open(self, url: str) -> None:
        self._bidi.call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def close_others(self) -> None:
        for other in self._bidi.call("browsingContext.getTree")["contexts"]:
            if other["context"] != self._tab and other.get("userContext") == self._user:
                self._bidi.call("browsingContext.close", context=other["context"])

    def _noted(self, event: str) -> list[dict[str, Any]]:
        self._bidi.call("session.status")  # so that what is on its way has come
        return [one["params"] for one in self._bidi.events if one["method"] == event]

    def bodies(self) -> list[str]:
        sent = [one["request"] for one in self._noted("network.beforeRequestSent")]
        numbers = [request["request"] for request in sent if request["bodySize"]]
        return [
            self._bidi.call("network.getData", request=number, dataType="request")["bytes"]["value"]
            for number in numbers
        ]

    def complaints(self) -> list[str]:
        return [one["text"] for one in self._noted("log.entryAdded") if one["level"] == "error"]

    def photograph(self, to: Path, *, width: int) -> None:
        self._size(width, 900)
        taken = self._bidi.call("browsingContext.captureScreenshot", context=self._tab, origin="document")
        to.write_bytes(base64.b64decode(taken["data"]))
        self._size(1280, 2600)


def _preferences(folder: Path) -> None:
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (folder / "user.js").write_text("".join(lines))


def _address(folder: Path, process: subprocess.Popen) -> str:
    """Where the browser listens, which it writes into its profile."""
    told = folder / "WebDriverBiDiServer.json"

    def ask() -> str:
        assert process.poll() is None, "Firefox ended by itself"
        try:
            given = json.loads(told.read_text())
        except (OSError, ValueError):
            return ""
        return f"ws://{given['ws_host']}:{given['ws_port']}/session"

    return until(ask, patience=60)


@contextmanager
def running_firefox() -> Iterator[Firefox]:
    """With a home and a profile of its own, and no word of them left behind."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        profile = Path(home, "profile")
        profile.mkdir()
        _preferences(profile)
        command = [PROGRAM, "--headless", "--remote-debugging-port=0", "--profile", str(profile), "--no-remote"]
        quiet = subprocess.DEVNULL
        environment = {**os.environ, "HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"}
        with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:
            try:
                with connect(_address(profile, process), max_size=None, proxy=None) as socket:
                    yield Firefox(Bidi(socket))
            finally:
                process.terminate()
