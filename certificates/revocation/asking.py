"""Asking an OCSP responder about one certificate: by HTTP, at the configured address, once, without following."""

import hashlib
import logging
import secrets
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certificates.x509.ocsp import MAX_ANSWER
from certificates.x509.revocation import AnswerBytes
from certificates.x509.trust import PinnedCertificate
from sms.gateways.transport import Channel, Limits, NeverReached, NoSureAnswer

log = logging.getLogger(__name__)

LIMITS = Limits(connect=2.0, read=3.0, whole=5.0, answer_bytes=MAX_ANSWER)
_HEADERS = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
_OK = 200


def ask(certificate: x509.Certificate, issuer: PinnedCertificate, endpoint: str) -> AnswerBytes | None:
    """The unjudged answer with the nonce it was asked with, or None when there is none. `endpoint` is the
    authority's configured `http(s)://host[:port]`; the certificate's own address is not read."""
    nonce = secrets.token_bytes(32)
    question = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(certificate, issuer.certificate, hashes.SHA1())  # noqa: S303 - names, not proof (RFC 6960)
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )
    place = urlsplit(endpoint)
    channel = Channel(f"{place.scheme}://{place.netloc}", LIMITS)
    try:
        answer = channel.exchange("POST", place.path or "/", headers=_HEADERS, body=question)
    except (NeverReached, NoSureAnswer) as error:
        log.warning("no OCSP answer from %s: %s", place.hostname, type(error).__name__)
        return None
    if answer.status != _OK:
        log.warning("OCSP responder %s answered %d", place.hostname, answer.status)
        return None
    log.info("OCSP answer %s", hashlib.sha256(answer.body).hexdigest())
    return AnswerBytes(answer.body, nonce)
