"""Proof of possession: a raw RSASSA-PKCS1-v1_5/SHA-256 signature over the challenge text."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from certificates.refusals import Code, Refused
from certificates.x509.boundary import refusing


@refusing(Code.SIGNATURE_INVALID)
def check_signature(key: RSAPublicKey, signature: bytes, challenge: bytes) -> None:
    """Refused: SIGNATURE_INVALID."""
    try:
        key.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Refused(Code.SIGNATURE_INVALID, "signature does not fit challenge and key") from None
