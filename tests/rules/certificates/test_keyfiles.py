"""Key files: six schemes there and back, and with the implementations of others."""

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import SEED
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pypinksign import PinkSign  # type: ignore[import-untyped]

from certificates.minting.keyfiles import Scheme, open_key_file, with_random, write_key_file
from certificates.refusals import Code, Refused
from tests.rules.certificates.world import world

PASSWORD = b"demo-1234!"
OPENED_BY_PYPINKSIGN = (Scheme.PBE_SEED, Scheme.SEED_FIXED_IV, Scheme.PBES2_SHA1_SEED)
OPENED_BY_CRYPTOGRAPHY = (Scheme.PBES2_SHA1_AES128, Scheme.PBES2_SHA256_AES256)


def _file(scheme: Scheme, iterations: int = 2048) -> bytes:
    leaf = world().good
    return write_key_file(leaf.key, PASSWORD, scheme, random=leaf.random, iterations=iterations)


@pytest.mark.parametrize("scheme", Scheme)
def test_there_and_back(scheme: Scheme) -> None:
    opened = open_key_file(_file(scheme), PASSWORD)
    assert opened.key.private_numbers() == world().good.key.private_numbers()
    assert opened.random == world().good.random


@pytest.mark.parametrize("scheme", OPENED_BY_PYPINKSIGN)
def test_opened_by_pypinksign(scheme: Scheme) -> None:
    leaf = world().good
    other = PinkSign(pubkey_data=leaf.der)
    other.load_prikey(prikey_data=_file(scheme), prikey_password=PASSWORD)
    assert other.prikey.private_numbers() == leaf.key.private_numbers()
    assert other._rand_num.asOctets() == leaf.random


@pytest.mark.parametrize("scheme", OPENED_BY_CRYPTOGRAPHY)
def test_opened_by_cryptography(scheme: Scheme) -> None:
    leaf = world().good
    without = write_key_file(leaf.key, PASSWORD, scheme)
    key = load_der_private_key(without, PASSWORD)
    assert key.private_numbers() == leaf.key.private_numbers()  # type: ignore[union-attr]


@pytest.mark.parametrize("scheme", Scheme)
def test_wrong_password(scheme: Scheme) -> None:
    for wrong in (b"", b"demo-1234", "비밀번호".encode()):
        with pytest.raises(Refused) as refusal:
            open_key_file(_file(scheme, iterations=8), wrong)
        assert refusal.value.code is Code.WRONG_PASSWORD


def test_file_without_random() -> None:
    leaf = world().good
    assert open_key_file(write_key_file(leaf.key, PASSWORD, Scheme.PBE_SEED), PASSWORD).random == b""
    assert len(with_random(leaf.key, leaf.random)) == len(with_random(leaf.key, b"")) + 41


ITERATIONS = [(200_000, None), (200_001, Code.KEY_FILE_MALFORMED)]


@pytest.mark.parametrize(("iterations", "code"), ITERATIONS)
def test_iterations_have_a_ceiling(iterations: int, code: Code | None) -> None:
    """A file may not keep the processor busy for long."""
    data = _file(Scheme.PBES2_SHA256_AES256, iterations)
    if code is None:
        assert open_key_file(data, PASSWORD).key.key_size == 2048
        return
    with pytest.raises(Refused) as refusal:
        open_key_file(data, PASSWORD)
    assert refusal.value.code is code


VECTORS = [  # RFC 4269 appendix B
    ("00" * 16, "000102030405060708090a0b0c0d0e0f", "5ebac6e0054e166819aff1cc6d346cdb"),
    ("000102030405060708090a0b0c0d0e0f", "00" * 16, "c11f22f20140505084483597e4370f43"),
    ("4706480851e61be85d74bfb3fd956185", "83a2f8a288641fb9a4e9a5cc2f131c7d", "ee54d13ebcae706d226bc3142cd40d4a"),
    ("28dbc3bc49ffd87dcfa509b11d422be7", "b41e6be2eba84a148e2eed84593c5ec7", "9b9b7bfcd1813cb95d0b3618f40f5122"),
]


@pytest.mark.parametrize(("key", "plain", "encrypted"), VECTORS)
def test_seed_of_the_library(key: str, plain: str, encrypted: str) -> None:
    encryptor = Cipher(SEED(bytes.fromhex(key)), ECB()).encryptor()  # noqa: S305 - a single block
    assert encryptor.update(bytes.fromhex(plain)).hex() == encrypted
