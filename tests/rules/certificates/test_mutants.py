"""Changed bytes: refusals and nothing else, and no acceptance of anything but the original."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.x509.ocsp import OCSPCertStatus

from certificates.minting.keyfiles import Scheme, open_key_file, write_key_file
from certificates.minting.revocation import mint_answer
from certificates.refusals import Refused
from certificates.x509.facts import read_certificate
from certificates.x509.keyupload import holds_private_key
from certificates.x509.revocation import AnswerBytes, ListBytes
from tests.rules.certificates.world import AT, judged, world

pytestmark = pytest.mark.slow

SEED = 20261123
PASSWORD = b"pw"


def _mutant(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    kind = draw.randrange(6)
    at = draw.randrange(len(changed))
    if kind == 0:
        changed[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        changed[at] = draw.randrange(256)
    elif kind == 2:
        del changed[at : at + draw.randrange(1, 9)]
    elif kind == 3:
        changed[at:at] = draw.randbytes(draw.randrange(1, 9))
    elif kind == 4:
        del changed[at:]
    else:
        other = draw.randrange(len(changed))
        length = draw.randrange(1, 33)
        changed[at : at + length] = changed[other : other + length]
    return bytes(changed)


def _certificate(data: bytes) -> None:
    holds_private_key(data)
    read_certificate(data)
    judged(replace(world().submission(world().good), certificate=data))


def _list(data: bytes) -> None:
    judged(world().good, revocation=ListBytes(data))


def _answer(data: bytes) -> None:
    judged(world().good, revocation=AnswerBytes(data))


def _original(kind: str) -> bytes:
    here = world()
    if kind == "certificate":
        return here.good.der
    if kind == "list":
        return here.old_list
    return mint_answer(
        here.good,
        here.hierarchy.old_responder,
        status=OCSPCertStatus.GOOD,
        this_update_at=AT,
        next_update_at=AT + timedelta(hours=1),
    )


JUDGES: list[tuple[str, Callable[[bytes], None]]] = [
    ("certificate", _certificate),
    ("list", _list),
    ("answer", _answer),
]
TIERS = [
    pytest.param(334, id="quick"),
    pytest.param(5_000, id="slow", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
]


@pytest.mark.parametrize("count", TIERS)
@pytest.mark.parametrize(("kind", "judge"), JUDGES, ids=[row[0] for row in JUDGES])
def test_changed_bytes_are_refused(kind: str, judge: Callable[[bytes], None], count: int) -> None:
    draw = random.Random(f"{SEED}{kind}")
    original = _original(kind)
    judge(original)
    refused = 0
    for _ in range(count):
        data = _mutant(original, draw)
        if data == original:
            refused += 1
            continue
        with pytest.raises(Refused):
            judge(data)
        refused += 1
    assert refused == count


@pytest.mark.parametrize("count", TIERS)
def test_changed_key_files_open_to_nothing_else(count: int) -> None:
    """Encrypted bytes are not signed: a change may spare the key, but raises nothing but refusals."""
    draw = random.Random(SEED)
    leaf = world().good
    originals = [write_key_file(leaf.key, PASSWORD, one, random=leaf.random, iterations=8) for one in Scheme]
    for position in range(count):
        data = _mutant(originals[position % len(originals)], draw)
        try:
            open_key_file(data, PASSWORD)
        except Refused:
            continue
