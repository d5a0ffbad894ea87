"""KISA identify data: the holder's name and VID, the hidden identity number (KCAC.TS.SIVID).

subjectAltName carries an otherName identifyData:
  SEQUENCE { realName UTF8String, userInfo SEQUENCE OF SEQUENCE { type OID, value ANY } OPTIONAL }
with, of type VID, SEQUENCE { hashAlg SEQUENCE { OID }, virtualID [0] EXPLICIT OCTET STRING }.
VID = H(H(DER(SEQUENCE { idn PrintableString, randomNum BIT STRING }))), the same H twice.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography import x509

from certificates.refusals import Code, Refused
from certificates.x509 import der
from certificates.x509.boundary import refusing

IDENTIFY_DATA = "1.2.410.200004.10.1.1"
VID = f"{IDENTIFY_DATA}.1"
RANDOM_NUMBER = f"{IDENTIFY_DATA}.3"
RANDOM_LENGTH = 20  # bytes of R
_PRINTABLE_STRING = 0x13
_EXPLICIT_0 = 0xA0

HASHES: dict[str, str] = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@dataclass(frozen=True)
class VirtualId:
    """The VID of a certificate: hashlib's name of H and the digest."""

    hash_name: str
    digest: bytes


def compute_vid(number: str, random: bytes, hash_name: str) -> bytes:
    """VID of an identity number (digits only) and R. Lengths stay below 128, so one length octet each."""
    digits = number.encode("ascii")
    inner = bytes((_PRINTABLE_STRING, len(digits))) + digits
    inner += bytes((der.BIT_STRING, len(random) + 1, 0)) + random
    once = hashlib.new(hash_name, bytes((der.SEQUENCE, len(inner))) + inner).digest()
    return hashlib.new(hash_name, once).digest()


def real_name(certificate: x509.Certificate) -> str:
    """Name of the holder in identify data, or "" where it is absent or malformed."""
    try:
        data = _identify_data(certificate)
        return _name_and_info(data)[0] if data is not None else ""
    except (ValueError, x509.UnsupportedGeneralNameType):
        return ""


@refusing(Code.VID_MALFORMED)
def virtual_id(certificate: x509.Certificate) -> VirtualId:
    """The certificate's VID. Refused: VID_MISSING, VID_MALFORMED."""
    data = _identify_data(certificate)
    if data is None:
        raise Refused(Code.VID_MISSING, "no identify data")
    _, info = _name_and_info(data)
    found = [value for kind, value in info if kind == VID]
    if not found:
        raise Refused(Code.VID_MISSING, "no VID in identify data")
    if len(found) > 1:
        raise Refused(Code.VID_MALFORMED, "more than one VID")
    return _vid(found[0])


def matches(vid: VirtualId, *, number: str, random: bytes) -> bool:
    """Whether `number` and R give this VID, compared in constant time. Anything but digits never does."""
    if not (number.isascii() and number.isdigit()):
        return False
    return hmac.compare_digest(compute_vid(number, random, vid.hash_name), vid.digest)


def _identify_data(certificate: x509.Certificate) -> bytes | None:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    found = [
        other.value
        for other in names.get_values_for_type(x509.OtherName)
        if other.type_id.dotted_string == IDENTIFY_DATA
    ]
    if len(found) > 1:
        raise der.NotDer("more than one identify data")
    return found[0] if found else None


def _name_and_info(data: bytes) -> tuple[str, list[tuple[str, der.Element]]]:
    members = der.sequence(data)
    if not 1 <= len(members) <= 2 or members[0].tag != der.UTF8_STRING:
        raise der.NotDer("identify data")
    info: list[tuple[str, der.Element]] = []
    for item in der.sequence(members[1].encoded) if len(members) == 2 else ():
        kind, value = der.sequence(item.encoded)
        info.append((der.oid(kind), value))
    return members[0].value.decode("utf-8"), info


def _vid(value: der.Element) -> VirtualId:
    algorithm, wrapped = der.sequence(value.encoded)
    hash_oid, *parameters = der.sequence(algorithm.encoded)
    if any(parameter.encoded != b"\x05\x00" for parameter in parameters) or len(parameters) > 1:
        raise der.NotDer("hash parameters")
    hash_name = HASHES[der.oid(hash_oid)]
    if wrapped.tag != _EXPLICIT_0:
        raise der.NotDer("virtual id")
    digest = der.parse(wrapped.value, tag=der.OCTET_STRING).value
    if len(digest) != hashlib.new(hash_name).digest_size:
        raise der.NotDer("digest length")
    return VirtualId(hash_name, digest)
