"""Archive time stamps: asked over HTTP after the issue, entered at once, and both files stay genuine (B-LTA)."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from guarantees import tasks
from guarantees.actions import issuing, stamping
from guarantees.document.check import Point, Verdict, conclude
from guarantees.document.facts import Question
from guarantees.document.reading import read
from guarantees.documents import content_of, document_in_force, store, trust
from guarantees.models import GuaranteeDocument
from guarantees.time_stamps import HttpAuthority, time_stamp_authority
from portal.access import Actor
from portal.audit.models import AuditEvent
from tests.stories import FRIDAY, Cast, admin, approved, make_cast, traces

AT = FRIDAY + timedelta(hours=3)
LATER = AT + timedelta(minutes=10)
SYSTEM = Actor.system("시험")


class Authority:
    """A time-stamp authority on this machine: pyHanko's stand-in behind HTTP. `mood` says how it answers."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test TSA")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(AT - timedelta(days=1))
            .not_valid_after(AT + timedelta(days=3650))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.root = certificate.public_bytes(serialization.Encoding.PEM)
        self.stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(secret),
            fixed_dt=LATER,
        )
        self.mood, self.asked = "well", 0
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/tsa"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked += 1
                status, answer = authority.answer(self.path, self.headers["Content-Type"], body)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler

    def answer(self, path: str, media_type: str, body: bytes) -> tuple[int, bytes]:
        assert (path, media_type) == ("/tsa", "application/timestamp-query")
        if self.mood == "down":
            return 503, b""
        if self.mood == "garbled":
            return 200, b"no stamp at all"
        if self.mood == "refusing":
            return 200, tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
        request = tsp.TimeStampReq.load(body)
        return 200, asyncio.run(self.stamper.async_request_tsa_response(request)).dump()


@pytest.fixture(scope="module")
def the_authority() -> Iterator[Authority]:
    authority = Authority()
    yield authority
    authority.server.shutdown()
    authority.server.server_close()


@pytest.fixture
def authority(the_authority: Authority, settings: Any, tmp_path: Path) -> Authority:
    (tmp_path / "roots.pem").write_bytes(the_authority.root)
    settings.DOCUMENT_TSA_URL, settings.DOCUMENT_TSA_ROOTS = the_authority.url, str(tmp_path / "roots.pem")
    settings.DOCUMENT_FOLDER = tmp_path / "documents"
    the_authority.mood, the_authority.asked = "well", 0
    return the_authority


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def issued(cast: Cast) -> GuaranteeDocument:
    application = approved(cast)
    guarantee = issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )
    document = document_in_force(guarantee)
    assert document is not None
    return document


def stamp() -> int:
    authority = time_stamp_authority()
    assert authority is not None
    return stamping.stamp_documents(authority=authority, by=SYSTEM, at=LATER)


def judged(document: GuaranteeDocument, content: bytes) -> Verdict:
    trusting = trust()
    question = Question(trusting.roots.decode(), trusting.stamp_roots.decode(), document.sealed_at.isoformat())
    return conclude(read(question, content), trust=trusting, sha256="", is_recorded=True)


def test_stamped_after_the_issue_and_both_files_are_genuine(cast: Cast, authority: Authority) -> None:
    document = issued(cast)
    sealed = content_of(document)
    assert (document.stamped_at, authority.asked) == (None, 0)
    assert stamp() == 1
    document.refresh_from_db()
    stamped = content_of(document)
    assert stamped.startswith(sealed)
    assert (document.stamped_at, document.size) == (LATER, len(stamped))
    assert document.sha256 != document.sealed_sha256
    assert store().read(document.sealed_sha256) == sealed
    assert judged(document, stamped).is_genuine
    assert judged(document, sealed).is_genuine
    assert AuditEvent.everything.get(action="guaranteedocument.stamp").detail["stamped"] == document.sha256


def test_once_is_enough(cast: Cast, authority: Authority) -> None:
    issued(cast)
    stamp()
    before, asked = traces(), authority.asked
    assert stamp() == 0
    assert (traces(), authority.asked) == (before, asked)


@pytest.mark.parametrize("mood", ["down", "garbled", "refusing"])
def test_an_authority_in_trouble_leaves_the_sealed_file(cast: Cast, authority: Authority, mood: str) -> None:
    """fault-94: the document stands without its stamp. And the next run makes up for it."""
    document = issued(cast)
    before = traces()
    authority.mood = mood
    assert stamp() == 0
    assert traces() == before
    authority.mood = "well"
    assert stamp() == 1
    document.refresh_from_db()
    assert document.stamped_at == LATER


def test_an_authority_that_is_not_there(cast: Cast, authority: Authority) -> None:
    issued(cast)
    before = traces()
    nobody = HttpAuthority("http://127.0.0.1:1/tsa")
    assert stamping.stamp_documents(authority=nobody, by=SYSTEM, at=LATER) == 0
    assert traces() == before


def test_an_authority_we_do_not_know(cast: Cast, authority: Authority, settings: Any, tmp_path: Path) -> None:
    """Its roots are not ours: no stamp is entered. And a stamp whose roots were taken away is an addition."""
    document = issued(cast)
    chain = Path(settings.DOCUMENT_TSA_ROOTS).read_bytes()
    Path(settings.DOCUMENT_TSA_ROOTS).write_bytes(document.seal.chain.encode())
    assert stamp() == 0
    Path(settings.DOCUMENT_TSA_ROOTS).write_bytes(chain)
    assert stamp() == 1
    document.refresh_from_db()
    stamped = content_of(document)
    Path(settings.DOCUMENT_TSA_ROOTS).write_bytes(b"")
    verdict = judged(document, stamped)
    assert Point.WHOLE in {finding.point for finding in verdict.findings if finding.passed is False}


def test_changed_after_the_stamp(cast: Cast, authority: Authority) -> None:
    document = issued(cast)
    stamp()
    document.refresh_from_db()
    content = content_of(document)
    assert not judged(document, content + b"\n% more\n%%EOF\n").is_genuine
    assert not judged(document, content.replace(b"2026-C1-000001-2", b"2026-C1-000009-2")).is_genuine


def test_a_damaged_file_does_not_keep_the_others_waiting(cast: Cast, authority: Authority) -> None:
    bad, good = issued(cast), issued(cast)
    store().path_of(bad.sha256).unlink()
    assert stamp() == 1
    good.refresh_from_db()
    assert good.stamped_at == LATER


def test_without_an_authority_nothing_is_asked(cast: Cast, authority: Authority, settings: Any) -> None:
    settings.DOCUMENT_TSA_URL = ""
    issued(cast)
    tasks.stamp_documents()
    assert authority.asked == 0
