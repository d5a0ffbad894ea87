"""An OCSP responder in a thread: answers about the minted certificates what it is told to say of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.x509 import ocsp

from certificates.minting.leaves import Leaf
from certificates.minting.revocation import mint_answer
from certificates.models import Authority
from tests.rules.certificates.world import AT, world


@contextmanager
def responder(
    *, revoked: tuple[Leaf, ...] = (), meanwhile: Callable[[], object] = lambda: None
) -> Iterator[tuple[str, list[int]]]:
    """Its address and the serials it was asked about. `meanwhile` runs before each answer.

    By the path it says /revoked of all, is /stale, answers too /large a thing or /garbage, or sends /away.
    """
    asked: list[int] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(question.serial_number)
            meanwhile()
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                return
            odd = {"/large": bytes(64 * 1024), "/garbage": b"\x30\x00"}
            body = odd[self.path] if self.path in odd else _about(question, revoked, self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def _about(question: ocsp.OCSPRequest, revoked: tuple[Leaf, ...], path: str) -> bytes:
    nonce = question.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    leaves = {one.leaf.certificate.serial_number: one.leaf for one in (*world().sound, *world().faults.values())}
    leaf = leaves[question.serial_number]
    late = timedelta(days=2) if path == "/stale" else timedelta(0)
    is_revoked = leaf in revoked or path == "/revoked"
    return mint_answer(
        leaf,
        world().hierarchy.old_responder,
        status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
        this_update_at=AT - timedelta(minutes=1) - late,
        next_update_at=AT + timedelta(hours=1) - late,
        revoked_at=AT - timedelta(days=1) if is_revoked else None,
        nonce=nonce,
    )


def switch_on(address: str) -> None:
    """The option is on for every issuer."""
    Authority.objects.filter(role="issuer").update(ocsp_endpoint=address)
