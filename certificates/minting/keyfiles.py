"""signPri.key in the six schemes found in the field. The server never opens a key file: this writes them,
and reads them back, for tests and the demo only.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.decrepit.ciphers.algorithms import SEED
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from certificates.minting import encode
from certificates.refusals import Code, Refused
from certificates.x509 import der
from certificates.x509.boundary import refusing
from certificates.x509.identity import RANDOM_NUMBER

MAX_KEY_FILE = 16 * 1024  # bytes
MAX_ITERATIONS = 200_000
_PBE_SEED = "1.2.410.200004.1.15"
_SEED_CBC = "1.2.410.200004.1.4"
_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_AES128 = "2.16.840.1.101.3.4.1.2"
_AES256 = "2.16.840.1.101.3.4.1.42"
_HMAC_SHA1 = "1.2.840.113549.2.7"
_HMAC_SHA256 = "1.2.840.113549.2.9"
_OLD_IV = b"0123456789012345"
_BLOCK = 16

_HMACS: dict[str, hashes.HashAlgorithm] = {
    _HMAC_SHA1: hashes.SHA1(),  # noqa: S303 - what the banks' files use
    _HMAC_SHA256: hashes.SHA256(),
    "1.2.840.113549.2.10": hashes.SHA384(),
    "1.2.840.113549.2.11": hashes.SHA512(),
}
_CIPHERS: dict[str, tuple[type[SEED] | type[AES], int]] = {
    _SEED_CBC: (SEED, 16),
    _AES128: (AES, 16),
    _AES256: (AES, 32),
}


class Scheme(StrEnum):
    """How a key file is encrypted."""

    PBE_SEED = "pbe-sha1-seed"  # 1.2.410.200004.1.15, the common one
    SEED_FIXED_IV = "seed-cbc"  # 1.2.410.200004.1.4 directly, old
    PBES2_SHA1_SEED = "pbes2-sha1-seed"
    PBES2_SHA256_SEED = "pbes2-sha256-seed"
    PBES2_SHA1_AES128 = "pbes2-sha1-aes128"
    PBES2_SHA256_AES256 = "pbes2-sha256-aes256"


_PBES2_PARTS: dict[Scheme, tuple[str, str]] = {
    Scheme.PBES2_SHA1_SEED: (_HMAC_SHA1, _SEED_CBC),
    Scheme.PBES2_SHA256_SEED: (_HMAC_SHA256, _SEED_CBC),
    Scheme.PBES2_SHA1_AES128: (_HMAC_SHA1, _AES128),
    Scheme.PBES2_SHA256_AES256: (_HMAC_SHA256, _AES256),
}


@dataclass(frozen=True)
class OpenedKey:
    """A key file's content. `random` is R, b"" when the file has none."""

    key: RSAPrivateKey = field(repr=False)
    random: bytes = field(repr=False)


def write_key_file(
    key: RSAPrivateKey, password: bytes, scheme: Scheme, *, random: bytes = b"", iterations: int = 2048
) -> bytes:
    """EncryptedPrivateKeyInfo with R as attribute (left out when empty)."""
    plain = with_random(key, random)
    salt = secrets.token_bytes(8)
    if scheme in _PBES2_PARTS:
        return _write_pbes2(plain, password, salt, iterations, *_PBES2_PARTS[scheme])
    cipher_key, iv = _pbkdf1(password, salt, iterations)
    dotted = _PBE_SEED
    if scheme is Scheme.SEED_FIXED_IV:
        dotted, iv = _SEED_CBC, _OLD_IV
    parameters = encode.sequence(encode.octets(salt), encode.integer(iterations))
    algorithm = encode.sequence(encode.oid(dotted), parameters)
    return encode.sequence(algorithm, encode.octets(_encrypt(SEED(cipher_key), iv, plain)))


def with_random(key: RSAPrivateKey, random: bytes) -> bytes:
    """PKCS#8 with the attribute randomNum; without it when `random` is empty."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if not random:
        return plain
    attribute = encode.sequence(encode.oid(RANDOM_NUMBER), encode.tlv(der.SET, encode.bits(random)))
    members = [member.encoded for member in der.sequence(plain)]
    return encode.sequence(*members, encode.tlv(0xA0, attribute))


@refusing(Code.KEY_FILE_MALFORMED)
def open_key_file(data: bytes, password: bytes) -> OpenedKey:
    """Refused: KEY_FILE_MALFORMED, KEY_FILE_UNSUPPORTED, WRONG_PASSWORD."""
    if len(data) > MAX_KEY_FILE:
        raise Refused(Code.UPLOAD_TOO_LARGE, f"{len(data)} bytes")
    der.scan(data)
    algorithm, encrypted = der.sequence(data)
    plain = _unpad(_decrypt(algorithm, der.parse(encrypted.encoded, tag=der.OCTET_STRING).value, password))
    return _opened(plain)


@refusing(Code.WRONG_PASSWORD)
def _opened(plain: bytes) -> OpenedKey:
    members = der.sequence(plain)
    bare = encode.sequence(*(member.encoded for member in members[:3]))
    key = load_der_private_key(bare, None)
    if not isinstance(key, RSAPrivateKey):
        raise Refused(Code.KEY_FILE_UNSUPPORTED, "not RSA", oid="RSA 아님")
    return OpenedKey(key, _random(members[3:]))


def _random(attributes: list[der.Element]) -> bytes:
    for holder in attributes:
        for attribute in der.children(holder):
            kind, values = der.sequence(attribute.encoded)
            if der.oid(kind) == RANDOM_NUMBER:
                value = next(der.children(values))
                return value.value[1:]
    return b""


def _decrypt(algorithm: der.Element, encrypted: bytes, password: bytes) -> bytes:
    kind, parameters = der.children(algorithm)
    dotted = der.oid(kind)
    if dotted == _PBES2:
        return _decrypt_pbes2(parameters, encrypted, password)
    if dotted not in (_PBE_SEED, _SEED_CBC):
        raise Refused(Code.KEY_FILE_UNSUPPORTED, dotted, oid=dotted)
    salt, iterations = der.children(parameters)
    cipher_key, iv = _pbkdf1(password, salt.value, _count(iterations))
    return _run(SEED(cipher_key), _OLD_IV if dotted == _SEED_CBC else iv, encrypted)


def _decrypt_pbes2(parameters: der.Element, encrypted: bytes, password: bytes) -> bytes:
    derivation, encryption = der.children(parameters)
    kdf, kdf_parameters = der.children(derivation)
    cipher, iv = der.children(encryption)
    for dotted, known in ((der.oid(kdf), (_PBKDF2,)), (der.oid(cipher), tuple(_CIPHERS))):
        if dotted not in known:
            raise Refused(Code.KEY_FILE_UNSUPPORTED, dotted, oid=dotted)
    salt, iterations, *rest = der.children(kdf_parameters)
    prf = next((der.oid(next(der.children(one))) for one in rest if one.tag == der.SEQUENCE), _HMAC_SHA1)
    if prf not in _HMACS:
        raise Refused(Code.KEY_FILE_UNSUPPORTED, prf, oid=prf)
    algorithm, length = _CIPHERS[der.oid(cipher)]
    derived = PBKDF2HMAC(_HMACS[prf], length, salt.value, _count(iterations)).derive(password)
    return _run(algorithm(derived), iv.value, encrypted)


def _count(iterations: der.Element) -> int:
    number = int.from_bytes(iterations.value, "big")
    if iterations.tag != der.INTEGER or not 1 <= number <= MAX_ITERATIONS:
        raise der.NotDer("iterations")
    return number


def _write_pbes2(plain: bytes, password: bytes, salt: bytes, iterations: int, prf: str, cipher: str) -> bytes:
    algorithm, length = _CIPHERS[cipher]
    iv = secrets.token_bytes(_BLOCK)
    derived = PBKDF2HMAC(_HMACS[prf], length, salt, iterations).derive(password)
    # the default PRF, HMAC-SHA1, is left out, as DER demands
    named = [] if prf == _HMAC_SHA1 else [encode.sequence(encode.oid(prf), encode.NULL)]
    kdf = encode.sequence(
        encode.oid(_PBKDF2), encode.sequence(encode.octets(salt), encode.integer(iterations), *named)
    )
    parameters = encode.sequence(kdf, encode.sequence(encode.oid(cipher), encode.octets(iv)))
    return encode.sequence(
        encode.sequence(encode.oid(_PBES2), parameters),
        encode.octets(_encrypt(algorithm(derived), iv, plain)),
    )


def _pbkdf1(password: bytes, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    """Key and IV of the KISA scheme: 16 of 20 derived bytes, and SHA-1 of the other four."""
    derived = password + salt
    for _ in range(iterations):
        derived = hashlib.sha1(derived, usedforsecurity=False).digest()
    iv = hashlib.sha1(derived[16:20], usedforsecurity=False).digest()[:_BLOCK]
    return derived[:16], iv


def _encrypt(algorithm: BlockCipherAlgorithm, iv: bytes, plain: bytes) -> bytes:
    padder = padding.PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(algorithm, CBC(iv)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def _run(algorithm: BlockCipherAlgorithm, iv: bytes, encrypted: bytes) -> bytes:
    if len(iv) != _BLOCK or not encrypted or len(encrypted) % _BLOCK:
        raise der.NotDer("block length")
    decryptor = Cipher(algorithm, CBC(iv)).decryptor()
    return decryptor.update(encrypted) + decryptor.finalize()


@refusing(Code.WRONG_PASSWORD)
def _unpad(padded: bytes) -> bytes:
    unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
