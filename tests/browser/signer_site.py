"""A portal of one page with the signer in its frame, on loopback; counts every request nobody should make."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.challenge import Purpose, challenge_text
from certificates.minting.authorities import Hierarchy
from certificates.minting.revocation import mint_list, scope
from certificates.signer_page import SOURCE, build
from certificates.x509.receipt import Receipt
from certificates.x509.revocation import ListBytes
from certificates.x509.submission import BusinessClaim, ResidentClaim, Submission, VerificationPolicy
from certificates.x509.verification import verify
from tests.browser.driver import Driver, Pane, until

NUMBER = "9018112019"
COMPANY = "한빛설비(주)"
POLICIES = ("1.2.410.200005.1.1.2", "1.2.410.200005.1.1.5")

PORTAL = """<!doctype html><html lang="ko" data-signer="/signer"><title>조합</title>
<script type="module" src="/portal.js"></script></html>"""
PORTAL_JS = """
import { connectSigner } from '/static/signer/parent.js';
const say = (what) => {
  const said = document.createElement('output');
  said.textContent = JSON.stringify(what);
  document.body.append(said);
};
window.begin = (request) => {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.title = '공동인증서로 서명';
  frame.width = 700;
  frame.src = document.documentElement.dataset.signer;
  document.body.append(frame);
  connectSigner(frame, request, { onResult: say, onRefused: say, onCancel: () => say({ cancelled: true }) });
};
document.documentElement.dataset.ready = 'yes';
"""


Pages = dict[str, tuple[str, bytes, dict[str, str]]]


@dataclass
class Site:
    """The running portal; `leaks` are requests nobody should have made."""

    origin: str
    sealing_key: RSAPrivateKey
    leaks: list[str] = field(default_factory=list)

    def challenge(self, now: datetime) -> str:
        return challenge_text(
            purpose=Purpose.REPLACE,
            origin=self.origin,
            member_name=COMPANY,
            business_number=NUMBER,
            nonce=bytes(range(32)),
            issued_at=now,
        )


def _handler(pages: Pages, leaks: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body, headers = pages.get(self.path, ("text/plain", b"", {}))
            if self.path not in pages and self.path != "/favicon.ico":
                leaks.append(f"{self.command} {self.path}")
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def running_site() -> Iterator[Site]:
    sealing_key = rsa.generate_private_key(65537, 3072)
    spki = sealing_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signer = build(spki)
    pages: Pages = {
        f"/static/signer/{path.name}": ("text/javascript", path.read_bytes(), {}) for path in SOURCE.glob("*.js")
    }
    pages["/modules"] = ("text/html", b"<!doctype html><title>modules</title>", {})
    pages["/portal.js"] = ("text/javascript", PORTAL_JS.encode(), {})
    pages["/signer"] = ("text/html", signer.html.encode(), signer.headers)
    # the same without what keeps the frame from leaving, to see that the self-test can say so
    loose = {"Content-Security-Policy": signer.csp}
    pages["/loose-signer"] = ("text/html", signer.html.encode(), loose)
    pages["/open-portal"] = ("text/html", PORTAL.replace("/signer", "/loose-signer").encode(), {})
    leaks: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages, leaks))
    origin = f"http://127.0.0.1:{server.server_port}"
    policy = f"default-src 'self'; frame-src {origin}/signer; object-src 'none'; base-uri 'none'"
    pages["/portal"] = ("text/html", PORTAL.encode(), {"Content-Security-Policy": policy})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(origin, sealing_key, leaks)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def open_signer(
    browser: Driver,
    site: Site,
    text: str,
    *,
    resident: bool = False,
    policies: tuple[str, ...] = POLICIES,
    path: str = "/portal",
) -> Pane:
    """The signer's frame when it has taken or refused the portal's request to sign `text`."""
    browser.open(f"{site.origin}{path}")
    browser.page.find("html[data-ready]")
    request = {
        "challenge": {"id": "c-1", "text": text},
        "allowedPolicies": list(policies),
        "residentNumber": resident,
    }
    browser.page.run("(request) => window.begin(request)", request)
    until(lambda: browser.signer.shows("#work") or browser.page.texts("output"))
    return browser.signer


def said(browser: Driver) -> dict[str, Any]:
    """What the signer told the portal, the protocol's own fields left out."""
    message = json.loads(browser.page.text("output"))
    return {key: value for key, value in message.items() if key not in ("protocol", "version", "type")}


def judge(
    site: Site,
    hierarchy: Hierarchy,
    text: str,
    result: dict[str, Any],
    now: datetime,
    claim: BusinessClaim | ResidentClaim,
    policies: tuple[str, ...] = POLICIES,
) -> Receipt:
    """The server's verdict on what the signer sent."""
    submission = Submission(
        *(base64.b64decode(result[name]) for name in ("certificate", "signature", "sealedRandom"))
    )
    issuers = (hierarchy.old_issuer, hierarchy.new_issuer)
    issuer = next(one for one in issuers if one.certificate.subject.public_bytes() in submission.certificate)
    data = mint_list(
        issuer,
        point=scope("dp1p1"),
        number=1,
        this_update_at=now - timedelta(hours=1),
        next_update_at=now + timedelta(hours=23),
    )
    return verify(
        submission=submission,
        challenge=text.encode("utf-8"),
        claim=claim,
        trust=hierarchy.trust(),
        policy=VerificationPolicy(allowed_policies=frozenset(policies)),
        sealing_keys=[site.sealing_key],
        revocation=ListBytes(data),
        at=now,
    )
