"""Opening what the page sealed: R, bound to one challenge, and a resident number where the law allows it.

Plain text: R (20 bytes) ‖ SHA-256(challenge) (32) [‖ 13 ASCII digits], RSA-OAEP with SHA-256.
R with the certificate lets anyone search the resident number, so R lives in memory only: neither the
dataclass's repr nor any refusal shows it.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certificates.refusals import Code, Refused
from certificates.x509.identity import RANDOM_LENGTH

_BINDING_LENGTH = 32
_RESIDENT_LENGTH = 13
_SHORT = RANDOM_LENGTH + _BINDING_LENGTH
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(frozen=True)
class Unsealed:
    """R, and the resident number if one was sealed with it ("" otherwise). Never stored, never shown."""

    random: bytes = field(repr=False)
    resident_number: str = field(repr=False, default="")


def unseal(sealed: bytes, challenge: bytes, keys: Sequence[RSAPrivateKey]) -> Unsealed:
    """`keys` are the live sealing keys, newest first. Refused: R_MISSING, SEALED_R_INVALID."""
    if not sealed:
        raise Refused(Code.R_MISSING, "nothing sealed")
    plain = next((opened for key in keys if (opened := _open(sealed, key)) is not None), b"")
    if len(plain) not in (_SHORT, _SHORT + _RESIDENT_LENGTH):
        raise Refused(Code.SEALED_R_INVALID, "does not open")
    if not hmac.compare_digest(plain[RANDOM_LENGTH:_SHORT], hashlib.sha256(challenge).digest()):
        raise Refused(Code.SEALED_R_INVALID, "sealed for another challenge")
    number = plain[_SHORT:]
    if number and not (number.isascii() and number.isdigit()):
        raise Refused(Code.SEALED_R_INVALID, "number is not digits")
    return Unsealed(random=plain[:RANDOM_LENGTH], resident_number=number.decode("ascii"))


def _open(sealed: bytes, key: RSAPrivateKey) -> bytes | None:
    if len(sealed) != (key.key_size + 7) // 8:
        return None
    try:
        return key.decrypt(sealed, _OAEP)
    except ValueError:
        return None
