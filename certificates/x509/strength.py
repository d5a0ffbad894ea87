"""The floor below which no key and no signature is looked at further."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from certificates.refusals import Code, Refused
from certificates.x509.boundary import refusing

MIN_BITS = 2048
MAX_BITS = 8192  # larger keys only cost us time
MIN_EXPONENT = 65537
_MAX_EXPONENT_BITS = 64
HASHES_ACCEPTED = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@refusing(Code.CERT_MALFORMED)
def strong_key(certificate: x509.Certificate) -> RSAPublicKey:
    """The certificate's key. Refused: WEAK_KEY unless RSA of 2048-8192 bits with e >= 65537."""
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise Refused(Code.WEAK_KEY, f"not RSA: {type(key).__name__}")
    exponent = key.public_numbers().e
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise Refused(Code.WEAK_KEY, f"{key.key_size} bits")
    if exponent < MIN_EXPONENT or exponent.bit_length() > _MAX_EXPONENT_BITS:
        raise Refused(Code.WEAK_KEY, f"exponent of {exponent.bit_length()} bits")
    return key


@refusing(Code.CERT_MALFORMED)
def strong_signature_hash(certificate: x509.Certificate) -> str:
    """Name of the hash the issuer signed with. Refused: WEAK_SIGNATURE_HASH below SHA-256."""
    algorithm = certificate.signature_hash_algorithm
    if not isinstance(algorithm, HASHES_ACCEPTED):
        raise Refused(Code.WEAK_SIGNATURE_HASH, algorithm.name if algorithm else "no hash")
    return algorithm.name
