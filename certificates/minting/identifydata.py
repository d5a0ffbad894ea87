"""The subjectAltName of KISA's profile: an otherName with the real name and, for holders, the VID."""

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from certificates.minting import encode
from certificates.x509.identity import HASHES, IDENTIFY_DATA, VID, compute_vid

HASH_OIDS = {hash_name: dotted for dotted, hash_name in HASHES.items()}


def vid_value(number: str, random: bytes, hash_name: str) -> bytes:
    """The VID structure for an identity number and R."""
    digest = compute_vid(number, random, hash_name)
    algorithm = encode.sequence(encode.oid(HASH_OIDS[hash_name]))
    return encode.sequence(algorithm, encode.tlv(0xA0, encode.octets(digest)))


def identify_data(real_name: str, *vids: bytes) -> bytes:
    """Identify data with any number of VID values; none leaves userInfo out."""
    info = [encode.sequence(encode.oid(VID), vid) for vid in vids]
    return encode.sequence(encode.utf8(real_name), *([encode.sequence(*info)] if info else []))


def subject_alternative_name(real_name: str, *vids: bytes) -> x509.SubjectAlternativeName:
    return subject_alternative_name_of(identify_data(real_name, *vids))


def subject_alternative_name_of(data: bytes) -> x509.SubjectAlternativeName:
    """Around any bytes, for the malformed ones too (they must be DER or the builder refuses)."""
    return x509.SubjectAlternativeName([x509.OtherName(ObjectIdentifier(IDENTIFY_DATA), data)])
