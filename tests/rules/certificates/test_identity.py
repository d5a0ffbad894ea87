"""VID: four independent encoders agree, and the resident-number path compares name and number."""

import hashlib
import random

import pytest
from asn1crypto import core as asn1  # type: ignore[import-untyped]
from cryptography.hazmat import asn1 as rust_asn1
from pyasn1.codec.der.encoder import encode as pyasn1_encode  # type: ignore[import-untyped]
from pyasn1.type import char, namedtype, univ  # type: ignore[import-untyped]

from certificates.minting.identifydata import identify_data, subject_alternative_name_of, vid_value
from certificates.minting.leaves import reissued
from certificates.refusals import Code, Refused
from certificates.x509.identity import HASHES, compute_vid, virtual_id
from certificates.x509.submission import ResidentClaim, VerificationPolicy
from tests.rules.certificates.world import NUMBER, REPRESENTATIVE, RESIDENT, judged, world

PERSONAL = VerificationPolicy(allowed_policies=frozenset({"1.2.410.200005.1.1.1"}), park=False)


class _Asn1cryptoInput(asn1.Sequence):  # type: ignore[misc]
    _fields = [("idn", asn1.PrintableString), ("random", asn1.OctetBitString)]


class _Pyasn1Input(univ.Sequence):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(
        namedtype.NamedType("idn", char.PrintableString()),
        namedtype.NamedType("random", univ.BitString()),
    )


@rust_asn1.sequence
class _RustInput:
    idn: rust_asn1.PrintableString
    random: rust_asn1.BitString


def _by_asn1crypto(number: str, r: bytes) -> bytes:
    return bytes(_Asn1cryptoInput({"idn": number, "random": r}).dump())


def _by_pyasn1(number: str, r: bytes) -> bytes:
    value = _Pyasn1Input()
    value["idn"] = number
    value["random"] = univ.BitString(hexValue=r.hex())
    return bytes(pyasn1_encode(value))


def _by_cryptography(number: str, r: bytes) -> bytes:
    value = _RustInput(idn=rust_asn1.PrintableString(number), random=rust_asn1.BitString(r, 0))
    return bytes(rust_asn1.encode_der(value))


def test_four_encoders_agree_on_a_thousand_numbers() -> None:
    draw = random.Random(20261123)
    names = list(HASHES.values())
    for position in range(1_000):
        number = "".join(draw.choices("0123456789", k=draw.choice((10, 13))))
        r = draw.randbytes(20)
        name = names[position % len(names)]
        found = {
            hashlib.new(name, hashlib.new(name, encoded(number, r)).digest()).digest()
            for encoded in (_by_asn1crypto, _by_pyasn1, _by_cryptography)
        }
        assert found == {compute_vid(number, r, name)}


@pytest.mark.parametrize("hash_name", HASHES.values())
def test_each_hash_is_read_and_compared(hash_name: str) -> None:
    leaf = reissued(world().good, vid_hash=hash_name)
    assert virtual_id(leaf.certificate).hash_name == hash_name
    assert judged(leaf).is_final


def _vid() -> bytes:
    return vid_value(NUMBER, bytes(20), "sha256")


BROKEN = [
    ("두 개", identify_data("x", _vid(), _vid())),
    ("모르는 해시", identify_data("x", _vid().replace(bytes.fromhex("608648016503040201"), b"*" * 9))),
    ("해시 길이가 다름", identify_data("x", _vid().replace(bytes.fromhex("040201"), bytes.fromhex("040203")))),
    ("이름이 UTF8String이 아님", identify_data("x", _vid()).replace(b"\x0c\x01x", b"\x13\x01x")),
]


@pytest.mark.parametrize(("_case", "data"), BROKEN, ids=[row[0] for row in BROKEN])
def test_malformed_vid(_case: str, data: bytes) -> None:
    leaf = reissued(world().good, identity=subject_alternative_name_of(data))
    with pytest.raises(Refused) as refusal:
        judged(leaf)
    assert refusal.value.code is Code.VID_MALFORMED


RESIDENTS = [
    ("이름과 번호가 맞음", REPRESENTATIVE, RESIDENT, None),
    ("번호가 다름", REPRESENTATIVE, "9901011000001", Code.HOLDER_MISMATCH),
    ("이름이 다름", "이대표", RESIDENT, Code.HOLDER_MISMATCH),
    ("등록된 이름이 없음", "", RESIDENT, Code.HOLDER_MISMATCH),
    ("번호를 봉인하지 않음", REPRESENTATIVE, "", Code.IDENTITY_NUMBER_FORMAT),
    ("숫자가 아님", REPRESENTATIVE, "99010110000a0", Code.SEALED_R_INVALID),
    ("열두 자리", REPRESENTATIVE, "990101100000", Code.SEALED_R_INVALID),
]


@pytest.mark.parametrize(("_case", "name", "number", "code"), RESIDENTS, ids=[row[0] for row in RESIDENTS])
def test_resident_number_path(_case: str, name: str, number: str, code: Code | None) -> None:
    leaf = world().faults["representative"].leaf
    submission = world().submission(leaf, resident_number=number)
    claim = ResidentClaim(name)
    if code is None:
        receipt = judged(submission, claim=claim, policy=PERSONAL)
        assert RESIDENT not in str(receipt.as_json()) + repr(receipt)
        return
    with pytest.raises(Refused) as refusal:
        judged(submission, claim=claim, policy=PERSONAL)
    assert refusal.value.code is code
    assert RESIDENT not in str(refusal.value) + refusal.value.message


def test_a_sealed_resident_number_does_not_help_where_the_business_number_counts() -> None:
    assert judged(world().submission(world().good, resident_number=RESIDENT)).is_final
    with pytest.raises(Refused) as refusal:
        judged(
            world().submission(world().faults["representative"].leaf, resident_number=RESIDENT), policy=PERSONAL
        )
    assert refusal.value.code is Code.VID_MISMATCH
