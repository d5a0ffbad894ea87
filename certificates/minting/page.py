"""What the signer page would send, made in Python: signature and sealed R for a challenge."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from certificates.minting.leaves import Leaf
from certificates.x509.submission import Submission


def seal(random: bytes, challenge: bytes, key: RSAPublicKey, *, resident_number: str = "") -> bytes:
    """R bound to the challenge, for the holder of the sealing key."""
    plain = random + hashlib.sha256(challenge).digest() + resident_number.encode("ascii")
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return key.encrypt(plain, oaep)


def answer(leaf: Leaf, challenge: bytes, key: RSAPublicKey, *, resident_number: str = "") -> Submission:
    """The page's answer; without R in the key file nothing is sealed."""
    sealed = b""
    if leaf.spec.with_random:
        sealed = seal(leaf.random, challenge, key, resident_number=resident_number)
    return Submission(certificate=leaf.der, signature=leaf.sign(challenge), sealed_random=sealed)
