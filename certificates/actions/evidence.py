"""Keeping a verified signature with everything that convinces years later."""

from datetime import datetime
from typing import Any

from certificates.models import Challenge, SignatureEvidence
from certificates.x509.facts import CertificateFacts
from portal.access import Actor
from portal.members.models import Member


def keep(
    *,
    challenge: Challenge,
    member: Member,
    certificate: CertificateFacts,
    signature: bytes,
    receipt: dict[str, Any],
    by: Actor,
    at: datetime,
    reference: str,
    document: str = "",
    document_sha256: str = "",
) -> SignatureEvidence:
    """One append-only row, in the caller's transaction. Holds no R: the sealed one ends with the request."""
    return SignatureEvidence.everything.create(
        member=member,
        user_id=by.user_id,
        purpose=challenge.purpose,
        reference=reference,
        text=challenge.text,
        signature=signature,
        certificate_der=certificate.der,
        cert_sha256=certificate.cert_sha256,
        document=document,
        document_sha256=document_sha256,
        receipt=receipt,
        verified_at=at,
    )
