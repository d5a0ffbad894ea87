"""The seal's key in a hardware token (PKCS#11), where pyHanko's extra `pkcs11` is installed.

Apart from `seal`, because the extra needs a compiled library that few machines have. The token holds the key;
the certificates are public and lie in a file, as for a key in files.
"""

import asyncio
import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto.x509 import Certificate as Asn1Certificate
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import load_der_x509_certificate
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.signers import Signer

from guarantees.document.seal import DIGEST, SealUnavailable

try:
    from pyhanko.sign import pkcs11
except ImportError:
    IS_POSSIBLE = False
else:
    IS_POSSIBLE = True

PROBE = b"signed once at opening, to see that key and certificate belong together"


@dataclass(frozen=True)
class Token:
    """Where the key is: the maker's library, the labels of token and key; and the chain of certificates (PEM)."""

    module: Path
    token_label: str
    pin: str
    key_label: str
    certificates: Path

    def __repr__(self) -> str:
        return f"Token({self.token_label!r}, {self.key_label!r})"  # the PIN stays out of logs

    def open(self) -> Signer:
        """A signer whose session stays open for the life of the process. Raises SealUnavailable."""
        if not IS_POSSIBLE:
            raise SealUnavailable("token: pyHanko's extra 'pkcs11' is not installed")
        try:
            own, *issuers = load_certs_from_pemder_data(self.certificates.read_bytes())
            signer = pkcs11.PKCS11Signer(
                _session(self.module, self.token_label, self.pin, os.getpid()),
                key_label=self.key_label,
                signing_cert=own,
                ca_chain=issuers,
                # Hashed here: not every token knows "ECDSA with SHA-256". pyHanko has this for curves alone.
                use_raw_mechanism=own.public_key.algorithm == "ec",
            )
            signature = asyncio.run(signer.async_sign_raw(PROBE, DIGEST))
        except Exception as error:
            # The makers' libraries raise what they like; the text may quote the PIN.
            raise SealUnavailable(f"token: {type(error).__name__}") from None
        if not _is_by(own, signature):
            raise SealUnavailable("token: key and certificate are not a pair")
        return signer


@functools.lru_cache(maxsize=2)
def _session(module: Path, token_label: str, pin: str, process: int) -> Any:
    """One for the life of a process: a second login to the same token would be refused."""
    return pkcs11.open_pkcs11_session(str(module), token_criteria=TokenCriteria(label=token_label), user_pin=pin)


def _is_by(own: Asn1Certificate, signature: bytes) -> bool:
    key = load_der_x509_certificate(own.dump()).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, PROBE, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, PROBE, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True
