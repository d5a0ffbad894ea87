"""The keys R is sealed to: RSA-3072, several live at once, newest first. The private half stays on the server."""

import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

BITS = 3072
_OWNER_ONLY = 0o700


def sealing_keys() -> tuple[RSAPrivateKey, ...]:
    """The live keys, newest first. Outside production the first use makes one.

    Raises ImproperlyConfigured for a file that is missing, unreadable or no RSA key of 3072 bits.
    """
    paths = [Path(path) for path in settings.CERTIFICATE_SEALING_KEYS]
    if not paths:
        paths = [_own_key()]
    return tuple(_load(path, path.stat().st_mtime_ns if path.exists() else 0) for path in paths)


def newest_spki(keys: Sequence[RSAPrivateKey]) -> bytes:
    """DER SubjectPublicKeyInfo of the key the signer page seals to."""
    return keys[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=8)
def _load(path: Path, changed_at: int) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"CERTIFICATE_SEALING_KEYS: {path}: {type(error).__name__}") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS:
        raise ImproperlyConfigured(f"CERTIFICATE_SEALING_KEYS: {path}: not an RSA key of {BITS} bits")
    return key


def _own_key() -> Path:
    """The development key, made once; of two processes that make one the first wins."""
    if settings.IN_PRODUCTION:
        raise ImproperlyConfigured("CERTIFICATE_SEALING_KEYS is empty")
    path = Path(settings.DATA_DIR) / "sealing" / "sealing-1.pem"
    if not path.exists():
        mint(path)
    return path


def mint(path: Path) -> None:
    """Write a new key to `path`, readable by its owner only; an existing file stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
    key = rsa.generate_private_key(65537, BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
