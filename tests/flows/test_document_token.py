"""The seal's key in a token: SoftHSM stands in for the hardware, by the same PKCS#11 library calls."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from guarantees.document.check import Trust, conclude
from guarantees.document.demo_ca import DemoSeal, mint
from guarantees.document.facts import Question
from guarantees.document.reading import read
from guarantees.document.render import render
from guarantees.document.seal import Seal, SealUnavailable
from guarantees.document.seal_token import Token
from guarantees.sealing import cooperative_seal
from tests.rules.document.samples import CONTRACT_GUARANTEE

# Needs Debian's softhsm2, which .ci/run installs.
pytestmark = pytest.mark.slow
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, LABEL, KEY = "73012", "cooperative", "seal"
AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def softhsm(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """SoftHSM reads where its tokens lie once, when its library is first loaded into the process."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(home / "softhsm2.conf")
    yield home
    del os.environ["SOFTHSM2_CONF"]


def put(tokens: Path, label: str, *, with_rsa: bool = False) -> DemoSeal:
    """A token of that label with a demo seal's key in it."""
    demo = mint(tokens / f"ca-{label}", name="설비공제조합", at=AT, with_rsa=with_rsa)
    key = serialization.load_pem_private_key(demo.key_files.key.read_bytes(), None)
    plain = tokens / f"{label}.pem"
    plain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    softhsm("--init-token", "--free", "--label", label, "--so-pin", "9999", "--pin", PIN)
    softhsm("--import", str(plain), "--token", label, "--label", KEY, "--id", "01", "--pin", PIN)
    return demo


@pytest.fixture(scope="module")
def demo(tokens: Path) -> DemoSeal:
    put(tokens, "rsa", with_rsa=True)
    return put(tokens, LABEL)


def is_genuine(content: bytes, demo: DemoSeal, seal: Seal) -> bool:
    answer = read(Question(demo.root.decode(), "", AT.isoformat()), content)
    trust = Trust(demo.root, frozenset({seal.fingerprint}))
    return conclude(answer, trust=trust, sha256="", is_recorded=True).is_genuine


def test_sealed_by_a_token(demo: DemoSeal, tokens: Path) -> None:
    for label in (LABEL, "rsa"):
        chain = tokens / f"ca-{label}" / "seal.pem"
        seal = Seal(Token(MODULE, label, PIN, KEY, chain).open())
        content = seal.apply(render(CONTRACT_GUARANTEE), at=AT)
        assert is_genuine(content, DemoSeal(tokens / f"ca-{label}"), seal), label
        assert seal.chain == chain.read_text()


def test_the_settings_name_the_token(demo: DemoSeal, settings: Any) -> None:
    settings.DOCUMENT_SEAL_CHAIN = str(demo.folder / "seal.pem")
    settings.DOCUMENT_SEAL_KEY = "token"
    settings.DOCUMENT_SEAL_PKCS11 = {"module": str(MODULE), "token": LABEL, "pin": PIN, "key": KEY}
    seal = cooperative_seal()
    assert is_genuine(seal.apply(render(CONTRACT_GUARANTEE), at=AT), demo, seal)
    assert cooperative_seal() is seal


@pytest.mark.parametrize(
    ("_case", "label", "pin", "key"),
    [("토큰 없음", "nobody", PIN, KEY), ("틀린 PIN", LABEL, "00000", KEY), ("열쇠 없음", LABEL, PIN, "other")],
)
def test_a_token_that_does_not_open(demo: DemoSeal, _case: str, label: str, pin: str, key: str) -> None:
    with pytest.raises(SealUnavailable) as refused:
        Token(MODULE, label, pin, key, demo.folder / "seal.pem").open()
    assert refused.value.detail.startswith("token: ")
    assert pin not in refused.value.detail


def test_another_certificate_than_the_keys(demo: DemoSeal, tmp_path: Path) -> None:
    other = mint(tmp_path / "other", name="설비공제조합", at=AT)
    with pytest.raises(SealUnavailable, match="not a pair"):
        Token(MODULE, LABEL, PIN, KEY, other.folder / "seal.pem").open()
