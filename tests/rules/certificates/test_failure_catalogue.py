"""Every code a certificate can be refused with on the server, one row each."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from certificates.minting.faults import sound_spec
from certificates.minting.keyfiles import Scheme, write_key_file
from certificates.minting.leaves import Leaf, mint_leaf, reissued
from certificates.refusals import Code, Refused
from certificates.x509.receipt import CheckName
from certificates.x509.submission import BusinessClaim, Submission, VerificationPolicy
from tests.rules.certificates.world import AT, CHALLENGE, HOLDER, NUMBER, judged, world

FAULTS = [
    ("유효기간 끝", "expired", Code.EXPIRED, 422, "2026.11.22"),
    ("아직 시작 전", "not-yet-valid", Code.NOT_YET_VALID, 422, "2026.11.24"),
    ("폐지", "revoked", Code.REVOKED, 422, "2026.11.20"),
    ("효력정지", "suspended", Code.SUSPENDED, 422, "6개월"),
    ("모르는 발급기관", "stranger", Code.UNKNOWN_CA, 422, "yessign"),
    ("발급기관 이름만 같음", "forged", Code.UNKNOWN_CA, 422, "yessign"),
    ("kmCert", "km-cert", Code.KEY_USAGE, 422, "signCert.der"),
    ("전자세금계산서 전용", "e-tax", Code.POLICY_NOT_ALLOWED, 422, "전자세금계산서 전용"),
    ("개인 인증서", "personal", Code.PERSONAL_WHERE_CORPORATE, 422, "사업자용"),
    ("대표자 개인 인증서", "representative", Code.PERSONAL_WHERE_CORPORATE, 422, "사업자용"),
    ("다른 사업자", "other-number", Code.VID_MISMATCH, 422, "관할 지점"),
    ("VID 없음", "vid-missing", Code.VID_MISSING, 422, "재발급"),
    ("본인확인 정보 없음", "no-identity", Code.VID_MISSING, 422, "재발급"),
    ("VID 깨짐", "vid-malformed", Code.VID_MALFORMED, 422, "재발급"),
    ("본인확인 정보 깨짐", "identity-malformed", Code.VID_MALFORMED, 422, "재발급"),
    ("R 없음", "r-missing", Code.R_MISSING, 422, "인증서 복사"),
    ("RSA 1024", "weak-key", Code.WEAK_KEY, 422, "재발급"),
    ("SHA-1", "sha1", Code.WEAK_SIGNATURE_HASH, 422, "재발급"),
]


@pytest.mark.parametrize(("_case", "label", "code", "status", "said"), FAULTS, ids=[row[1] for row in FAULTS])
def test_faulty_certificate(_case: str, label: str, code: Code, status: int, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        judged(world().faults[label].leaf)
    assert refusal.value.code is code
    assert refusal.value.status == status
    assert said in refusal.value.message
    assert world().faults[label].expected is code


def _good() -> Submission:
    return world().submission(world().good)


def _pem(data: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def _key_file() -> bytes:
    return write_key_file(world().good.key, b"pw", Scheme.PBE_SEED)


def _sealed_for(challenge: bytes) -> bytes:
    return world().submission(world().good, challenge).sealed_random


def _key_of(**changes: Any) -> Leaf:
    spec = sound_spec(HOLDER, today=AT.date())
    return mint_leaf(world().hierarchy.old_issuer, replace(spec, **changes))


def _with(**changes: bytes) -> Callable[[], Submission]:
    return lambda: replace(_good(), **changes)


def _damaged(part: str, damage: Callable[[bytes], bytes]) -> Callable[[], Submission]:
    return lambda: replace(_good(), **{part: damage(getattr(_good(), part))})


def _signed(made: Callable[[], bytes]) -> Callable[[], Submission]:
    return lambda: replace(_good(), signature=made())


SUBMISSIONS: list[tuple[str, Callable[[], Submission], Code, int]] = [
    ("빈 파일", _with(certificate=b""), Code.CERT_MALFORMED, 422),
    ("PEM", _damaged("certificate", _pem), Code.CERT_MALFORMED, 422),
    ("끝에 남은 바이트", _damaged("certificate", lambda data: data + b"\0"), Code.CERT_MALFORMED, 422),
    ("잘린 파일", _damaged("certificate", lambda data: data[:-1]), Code.CERT_MALFORMED, 422),
    ("DER이지만 인증서 아님", _with(certificate=b"\x30\0"), Code.CERT_MALFORMED, 422),
    ("8 KiB 꼭 맞음", _with(certificate=bytes(8192)), Code.CERT_MALFORMED, 422),
    ("8 KiB 넘음", _with(certificate=bytes(8193)), Code.UPLOAD_TOO_LARGE, 413),
    ("서명이 너무 김", _with(signature=bytes(1025)), Code.UPLOAD_TOO_LARGE, 413),
    ("개인키를 올림", _damaged("certificate", lambda _: _key_file()), Code.PRIVATE_KEY_UPLOADED, 422),
    ("RSA 2040", lambda: world().submission(_key_of(key_bits=2040)), Code.WEAK_KEY, 422),
    ("공개지수 3", lambda: world().submission(_key_of(key_exponent=3)), Code.WEAK_KEY, 422),
    ("빈 서명", _with(signature=b""), Code.SIGNATURE_INVALID, 422),
    ("고친 서명", _damaged("signature", _flipped), Code.SIGNATURE_INVALID, 422),
    ("남의 서명", _signed(lambda: world().newest.sign(CHALLENGE)), Code.SIGNATURE_INVALID, 422),
    ("다른 글에 한 서명", _signed(lambda: world().good.sign(b"other")), Code.SIGNATURE_INVALID, 422),
    ("봉인 깨짐", _damaged("sealed_random", _flipped), Code.SEALED_R_INVALID, 400),
    ("봉인 길이", _with(sealed_random=b"x"), Code.SEALED_R_INVALID, 400),
    ("다른 요청의 봉인", _damaged("sealed_random", lambda _: _sealed_for(b"old")), Code.SEALED_R_INVALID, 400),
    ("봉인 없음", _with(sealed_random=b""), Code.R_MISSING, 422),
]


@pytest.mark.parametrize(("_case", "made", "code", "status"), SUBMISSIONS, ids=[row[0] for row in SUBMISSIONS])
def test_faulty_submission(_case: str, made: Callable[[], Submission], code: Code, status: int) -> None:
    with pytest.raises(Refused) as refusal:
        judged(made())
    assert (refusal.value.code, refusal.value.status) == (code, status)


@pytest.mark.parametrize("position", range(7))
def test_sound_certificate_gives_a_receipt(position: int) -> None:
    leaf = world().sound[position].leaf
    receipt = judged(leaf)
    assert [check.name for check in receipt.checks] == list(CheckName)
    assert all(check.passed and check.evidence for check in receipt.checks)
    assert (receipt.is_final, receipt.pending) == (True, None)
    assert receipt.certificate.der == leaf.der
    stored = str(receipt.as_json())
    assert leaf.random.hex() not in stored
    assert repr(leaf.random)[2:-1] not in stored + repr(receipt)


ORDER: list[tuple[str, Callable[[], Submission], Code, list[CheckName]]] = [
    (
        "약한 키가 서명보다 먼저",
        lambda: replace(world().submission(world().faults["weak-key"].leaf), signature=b"x"),
        Code.WEAK_KEY,
        [CheckName.SIZE, CheckName.FORM],
    ),
    (
        "서명이 발급기관보다 먼저: 남의 인증서로는 아무것도 알 수 없다",
        lambda: replace(world().submission(world().faults["stranger"].leaf), signature=b"x"),
        Code.SIGNATURE_INVALID,
        [CheckName.SIZE, CheckName.FORM, CheckName.STRENGTH],
    ),
    (
        "발급기관이 유효기간보다 먼저",
        lambda: world().submission(
            mint_leaf(world().hierarchy.stranger, world().faults["expired"].leaf.spec, key=world().good.key)
        ),
        Code.UNKNOWN_CA,
        list(CheckName)[:4],
    ),
    (
        "유효기간이 용도보다 먼저",
        lambda: world().submission(reissued(world().faults["expired"].leaf, usage=("key_encipherment",))),
        Code.EXPIRED,
        list(CheckName)[:5],
    ),
    (
        "키 용도가 정책보다 먼저",
        lambda: world().submission(reissued(world().faults["km-cert"].leaf, policy_oid="1.2.3")),
        Code.KEY_USAGE,
        list(CheckName)[:7],
    ),
    (
        "정책이 본인확인보다 먼저",
        lambda: world().submission(reissued(world().faults["e-tax"].leaf, number="9230000005")),
        Code.POLICY_NOT_ALLOWED,
        list(CheckName)[:8],
    ),
    (
        "본인확인은 마지막",
        lambda: world().submission(world().faults["other-number"].leaf),
        Code.VID_MISMATCH,
        list(CheckName)[:10],
    ),
]


@pytest.mark.parametrize(("_case", "made", "code", "passed"), ORDER, ids=[row[0] for row in ORDER])
def test_first_failed_check_decides(
    _case: str, made: Callable[[], Submission], code: Code, passed: list[CheckName]
) -> None:
    with pytest.raises(Refused) as refusal:
        judged(made())
    assert refusal.value.code is code
    assert [check.name for check in refusal.value.passed] == passed


EDGES = [  # the certificate `expired` ended on Sunday 2026-11-22 at 23:59:59, `not-yet-valid` begins on Tuesday
    ("마지막 초", "expired", AT.replace(day=22, hour=23, minute=59, second=59), None),
    ("그다음 초", "expired", AT.replace(day=23, hour=0, minute=0, second=0), Code.EXPIRED),
    ("시작 5분 전", "not-yet-valid", AT.replace(day=23, hour=23, minute=55), None),
    ("시작 5분 1초 전", "not-yet-valid", AT.replace(day=23, hour=23, minute=54, second=59), Code.NOT_YET_VALID),
]


@pytest.mark.parametrize(("_case", "label", "at", "code"), EDGES, ids=[row[0] for row in EDGES])
def test_edges_of_validity(_case: str, label: str, at: datetime, code: Code | None) -> None:
    leaf = world().faults[label].leaf
    waiting = VerificationPolicy(park=True)  # the list is not of that day; only validity is asked here
    if code is None:
        assert CheckName.VALIDITY in {check.name for check in judged(leaf, at=at, policy=waiting).checks}
        return
    with pytest.raises(Refused) as refusal:
        judged(leaf, at=at, policy=waiting)
    assert refusal.value.code is code


def test_number_of_the_member_decides_not_the_number_typed() -> None:
    assert judged(world().good, claim=BusinessClaim(NUMBER)).is_final
    for number in ("9018112018", "901811201", "", "901-81-12019", "９０１８１１２０１９"):
        with pytest.raises(Refused) as refusal:
            judged(world().good, claim=BusinessClaim(number))
        assert refusal.value.code is Code.VID_MISMATCH
