"""The keys R is sealed to: made once outside production, several live, refused when missing or weak."""

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured

from certificates.keys import mint, newest_spki, sealing_keys
from certificates.minting.page import seal
from certificates.x509.sealing import unseal


def test_made_once_for_its_owner_alone(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    first, second = sealing_keys(), sealing_keys()
    assert [key.private_numbers() for key in first] == [key.private_numbers() for key in second]
    assert first[0].key_size == 3072
    (file,) = (tmp_path / "sealing").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_page_opened_before_the_rotation_still_works(settings: Any, tmp_path: Path) -> None:
    paths = [tmp_path / "new.pem", tmp_path / "old.pem"]
    for path in paths:
        mint(path)
    settings.CERTIFICATE_SEALING_KEYS = [str(path) for path in paths]
    new, old = sealing_keys()
    assert newest_spki([new, old]) == newest_spki([new]) != newest_spki([old])
    sealed = seal(b"r" * 20, b"text", old.public_key())
    assert unseal(sealed, b"text", [new, old]).random == b"r" * 20


def weak(path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("_case", "made"),
    [("없는 파일", lambda path: None), ("키가 아님", lambda path: path.write_text("x")), ("2048비트", weak)],
)
def test_refused(settings: Any, tmp_path: Path, _case: str, made: Any) -> None:
    path = tmp_path / "key.pem"
    made(path)
    settings.CERTIFICATE_SEALING_KEYS = [str(path)]
    with pytest.raises(ImproperlyConfigured, match="CERTIFICATE_SEALING_KEYS"):
        sealing_keys()


def test_production_makes_none(settings: Any, tmp_path: Path) -> None:
    settings.IN_PRODUCTION, settings.DATA_DIR = True, tmp_path
    with pytest.raises(ImproperlyConfigured):
        sealing_keys()
    assert list(tmp_path.iterdir()) == []
