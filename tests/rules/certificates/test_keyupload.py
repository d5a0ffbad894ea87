"""A private key is recognised in every form it may be uploaded in, and a certificate is not mistaken for one."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from certificates.minting.keyfiles import Scheme, write_key_file
from certificates.x509.keyupload import holds_private_key
from tests.rules.certificates.world import world

LOCKED = BestAvailableEncryption(b"pw")


def _forms() -> dict[str, bytes]:
    key = world().good.key
    curve = ec.generate_private_key(ec.SECP256R1())
    forms = {f"signPri.key {scheme}": write_key_file(key, b"pw", scheme) for scheme in Scheme}
    return forms | {
        "PKCS#8 DER": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "PKCS#8 PEM": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "PKCS#8 잠긴 PEM": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, LOCKED),
        "PKCS#1 DER": key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "PKCS#1 PEM": key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "OpenSSH": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        "SEC 1 DER": curve.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "PFX": pkcs12.serialize_key_and_certificates(b"x", key, world().good.certificate, None, LOCKED),
        "JWK": json.dumps({"kty": "RSA", "n": "x", "d": "y"}).encode(),
        "PuTTY": b"PuTTY-User-Key-File-3: ssh-rsa\n",
        "JKS": bytes.fromhex("feedfeed00000002"),
    }


@pytest.mark.parametrize("form", list(_forms()))
def test_recognised(form: str) -> None:
    assert holds_private_key(_forms()[form])


def test_public_things_are_not_keys() -> None:
    here = world()
    assert not holds_private_key(here.good.der)
    assert not holds_private_key(here.good.certificate.public_bytes(Encoding.PEM))
    assert not holds_private_key(here.hierarchy.new_root.der)
    assert not holds_private_key(here.old_list)
    assert not holds_private_key(b"")
    assert not holds_private_key(b"\x30\x00")
