"""The outbox page: what was sent, as its recipients would see it."""

from pathlib import Path

from sms.gateways.simulator import mailbox, outbox_page
from sms.gateways.simulator.wire import Call, Handler, Reply, Routes

ASSETS = Path(__file__).parent / "assets"
MESSAGES = 300
MAILS = 50


def page(call: Call) -> Reply:
    """The newest 300 messages (with `number`, to numbers containing its digits) and the newest 50 e-mails."""
    digits = "".join(char for char in call.query.get("number", "") if char in "0123456789")[:11]
    rows = call.simulator.store.rows(
        "SELECT * FROM message WHERE state <> 'late' AND instr(recipient, ?) ORDER BY seq DESC LIMIT ?",
        digits,
        MESSAGES,
    )
    mails = mailbox.latest(call.config.mail_dir, MAILS)
    html = outbox_page.render(rows, mails, digits)
    return Reply(200, html.encode(), "text/html; charset=utf-8")


def asset(name: str, content_type: str) -> Handler:
    return lambda _call: Reply(200, (ASSETS / name).read_bytes(), content_type)


ROUTES: Routes = {
    ("GET", "/"): page,
    ("GET", "/outbox.css"): asset("outbox.css", "text/css; charset=utf-8"),
    ("GET", "/outbox.js"): asset("outbox.js", "text/javascript; charset=utf-8"),
    ("GET", "/icon.svg"): asset("icon.svg", "image/svg+xml"),
}
