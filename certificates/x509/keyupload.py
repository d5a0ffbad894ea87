"""Recognises a private key in an upload, so that it is turned away and never stored (RELIABILITY C6)."""

from certificates.x509 import der

_PEM_MARKS = (b"PRIVATE KEY-----", b"PuTTY-User-Key-File", b"SSH2 ENCRYPTED")
_JWK_MARKS = (b'"kty"', b'"d"')
_ENCRYPTION_ARCS = (
    "1.2.840.113549.1.5.",  # PKCS#5
    "1.2.840.113549.1.12.1.",  # PKCS#12 PBE
    "1.2.410.200004.1.",  # SEED
    "1.2.410.200046.1.1.",  # ARIA
)
_PFX_VERSION = 3
_RSA_PRIVATE_MEMBERS = 9
_JKS = bytes.fromhex("feedfeed")
_SEARCHED = 64 * 1024  # bytes looked at for text marks


def holds_private_key(data: bytes) -> bool:
    """True for PEM, OpenSSH, PuTTY, JWK, JKS, PKCS#1, SEC 1, PKCS#8 (plain or encrypted) and PFX."""
    head = data[:_SEARCHED]
    if any(mark in head for mark in _PEM_MARKS) or data.startswith(_JKS):
        return True
    if all(mark in head for mark in _JWK_MARKS):
        return True
    try:
        return _is_key_structure(data)
    except der.NotDer:
        return False


def _is_key_structure(data: bytes) -> bool:
    members = der.sequence(data)
    if len(members) < 2:
        return False
    first, second = members[0], members[1]
    if first.tag == der.INTEGER:
        return _is_plain_or_pfx(int.from_bytes(first.value, "big"), members)
    if first.tag != der.SEQUENCE or second.tag != der.OCTET_STRING:
        return False
    algorithm = next(der.children(first), None)
    return algorithm is not None and der.oid(algorithm).startswith(_ENCRYPTION_ARCS)


def _is_plain_or_pfx(version: int, members: list[der.Element]) -> bool:
    second = members[1].tag
    if version == _PFX_VERSION:
        return second == der.SEQUENCE
    if len(members) >= _RSA_PRIVATE_MEMBERS and all(m.tag == der.INTEGER for m in members[:9]):
        return True
    if second == der.OCTET_STRING:  # SEC 1
        return version == 1
    return second == der.SEQUENCE and len(members) > 2 and members[2].tag == der.OCTET_STRING
