"""Revocation lists and OCSP answers, sound or faulty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certificates.minting.authorities import Authority, issuer_key_identifier
from certificates.minting.leaves import Leaf, partition_uri

HOLD = x509.ReasonFlags.certificate_hold
REPLACED = x509.ReasonFlags.cessation_of_operation


@dataclass(frozen=True)
class Revocation:
    """One line for a list."""

    serial: int
    revoked_at: datetime
    reason: x509.ReasonFlags = REPLACED


def scope(
    partition: str | None, *, only_authorities: bool = False, indirect: bool = False
) -> x509.IssuingDistributionPoint:
    """The issuingDistributionPoint of a partition, or of the whole for None."""
    name = [x509.UniformResourceIdentifier(partition_uri(partition))] if partition else None
    return x509.IssuingDistributionPoint(
        full_name=name,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=only_authorities,
        only_some_reasons=None,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


def mint_list(
    issuer: Authority,
    revoked: Sequence[Revocation] = (),
    *,
    point: x509.IssuingDistributionPoint | None,
    number: int,
    this_update_at: datetime,
    next_update_at: datetime,
    key: RSAPrivateKey | None = None,
) -> bytes:
    """A list with a critical distribution point (None leaves it out). `key` forges the signature."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update_at)
        .next_update(next_update_at)
        .add_extension(issuer_key_identifier(issuer.certificate), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if point is not None:
        builder = builder.add_extension(point, critical=True)
    for line in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(line.serial)
            .revocation_date(line.revoked_at)
            .add_extension(x509.CRLReason(line.reason), critical=False)
            .build()
        )
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def mint_answer(
    leaf: Leaf,
    responder: Authority,
    *,
    status: ocsp.OCSPCertStatus,
    this_update_at: datetime,
    next_update_at: datetime | None,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    nonce: bytes | None = None,
) -> bytes:
    """An OCSP answer about `leaf`, signed by `responder`, whose certificate travels along."""
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate,
            issuer=leaf.issuer.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 - names the question, as every client does
            cert_status=status,
            this_update=this_update_at,
            next_update=next_update_at,
            revocation_time=revoked_at,
            revocation_reason=reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(Encoding.DER)


def mint_refusal() -> bytes:
    """A responder that says: try later."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
        Encoding.DER
    )
