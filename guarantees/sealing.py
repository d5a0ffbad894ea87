"""The cooperative's seal, opened as the settings say: a key in files, a key in a token, or a demo's own.

Opened once in a process and held, since opening costs more than sealing; opened again when its files change,
and after a fork, because a token's session stays with the process that began it.
"""

import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from guarantees.document.demo_ca import mint
from guarantees.document.seal import KeyFiles, Seal, SealUnavailable
from guarantees.document.seal_token import Token

# A demo tells of past and coming years.
DEMO_SINCE, DEMO_YEARS = datetime(2015, 1, 1, tzinfo=UTC), 30


def cooperative_seal() -> Seal:
    """The seal every document gets. Raises SealUnavailable."""
    if settings.IN_PRODUCTION or settings.DOCUMENT_SEAL_CHAIN:
        files = KeyFiles(
            Path(settings.DOCUMENT_SEAL_KEY),
            Path(settings.DOCUMENT_SEAL_CHAIN),
            settings.DOCUMENT_SEAL_PASSWORD.encode() or None,
        )
        return _token_seal(files.certificates) if settings.DOCUMENT_SEAL_PKCS11["module"] else _file_seal(files)
    folder = Path(settings.DATA_DIR) / "demo-seal"
    demo = mint(folder, name=settings.COOPERATIVE["name"], at=DEMO_SINCE, years=DEMO_YEARS)
    return _file_seal(demo.key_files)


def _file_seal(files: KeyFiles) -> Seal:
    return _opened(files, _changed_at(files.key), _changed_at(files.certificates), os.getpid())


def _token_seal(certificates: Path) -> Seal:
    told = settings.DOCUMENT_SEAL_PKCS11
    token = Token(Path(told["module"]), told["token"], told["pin"], told["key"], certificates)
    return _opened(token, 0, _changed_at(certificates), os.getpid())


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise SealUnavailable(f"key files: {type(error).__name__}") from None


@lru_cache(maxsize=2)
def _opened(place: KeyFiles | Token, key_at: int, certificates_at: int, process: int) -> Seal:
    """The other arguments only tell when what was opened is not good any more."""
    return Seal(place.open())
