"""A revocation list of any length: `cryptography` takes quadratic time for one, so its bytes are laid here."""

from collections.abc import Iterable
from datetime import UTC

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from certificates.minting import encode
from certificates.minting.authorities import Authority
from certificates.minting.revocation import HOLD, REPLACED, Revocation
from certificates.x509 import der

_UTC_TIME, _ENUMERATED = 0x17, 0x0A
_REASON = encode.oid("2.5.29.21")
_REASON_NUMBERS = {REPLACED: 5, HOLD: 6}  # RFC 5280 §5.3.1
_BEFORE_LINES = 5  # version, algorithm, issuer, thisUpdate, nextUpdate


def lengthened(empty: bytes, issuer: Authority, lines: Iterable[Revocation]) -> bytes:
    """The list `empty`, which `mint_list` made without lines, with these and signed anew by its issuer."""
    listed, algorithm, _signature = der.sequence(empty)
    fields = [element.encoded for element in der.children(listed)]
    fields.insert(_BEFORE_LINES, encode.sequence(*(_line(line) for line in lines)))
    signed = encode.sequence(*fields)
    signature = issuer.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return encode.sequence(signed, algorithm.encoded, encode.bits(signature))


def _line(line: Revocation) -> bytes:
    at = encode.tlv(_UTC_TIME, f"{line.revoked_at.astimezone(UTC):%y%m%d%H%M%SZ}".encode("ascii"))
    number = encode.tlv(_ENUMERATED, bytes([_REASON_NUMBERS[line.reason]]))
    reason = encode.sequence(_REASON, encode.octets(number))
    return encode.sequence(encode.integer(line.serial), at, encode.sequence(reason))
