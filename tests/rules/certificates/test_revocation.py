"""Revocation data: what is believed, what parks a case, and what never passes for "good"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.x509 import ReasonFlags
from cryptography.x509.ocsp import OCSPCertStatus

from certificates.minting.authorities import Authority, mint_issuer, mint_responder
from certificates.minting.leaves import Leaf
from certificates.minting.revocation import HOLD, Revocation, mint_answer, mint_list, mint_refusal, scope
from certificates.refusals import PARKABLE, Code, Refused
from certificates.x509.crl import open_list
from certificates.x509.receipt import CheckName
from certificates.x509.revocation import AnswerBytes, ImportedList, ListBytes, RevocationData, recheck
from certificates.x509.submission import VerificationPolicy
from certificates.x509.trust import TrustTable
from tests.rules.certificates.world import AT, LIST_NUMBER, judged, world

HOUR = timedelta(hours=1)
NONCE = bytes(range(16))


def _list(partition: str | None = "dp1p1", **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "point": scope(partition),
        "number": LIST_NUMBER,
        "this_update_at": AT - 2 * HOUR,
        "next_update_at": AT + 22 * HOUR,
    }
    issuer = changes.pop("issuer", world().hierarchy.old_issuer)
    lines = changes.pop("lines", ())
    return mint_list(issuer, lines, **{**given, **changes})


def _answer(responder: Authority | None = None, leaf: Leaf | None = None, **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "status": OCSPCertStatus.GOOD,
        "this_update_at": AT - HOUR,
        "next_update_at": AT + HOUR,
        "nonce": NONCE,
    }
    here = world()
    return mint_answer(leaf or here.good, responder or here.hierarchy.old_responder, **{**given, **changes})


def _revoked(**changes: Any) -> bytes:
    return _answer(
        status=OCSPCertStatus.REVOKED,
        revoked_at=AT - 48 * HOUR,
        **{"reason": ReasonFlags.key_compromise, **changes},
    )


def _older() -> RevocationData:
    return ListBytes(_list(number=LIST_NUMBER - 1), number_seen=LIST_NUMBER)


DATA: list[tuple[str, Callable[[], RevocationData], Code | None]] = [
    ("목록 정상", lambda: ListBytes(_list()), None),
    ("같은 번호 다시", lambda: ListBytes(_list(), number_seen=LIST_NUMBER), None),
    ("더 낮은 번호로 되돌림", _older, Code.CRL_INVALID),
    ("다른 구역", lambda: ListBytes(_list("dp1p2")), Code.CRL_INVALID),
    ("구역이 비슷한 이름", lambda: ListBytes(_list("dp1p11")), Code.CRL_INVALID),
    ("구역 없는 목록", lambda: ListBytes(_list(point=None)), Code.CRL_INVALID),
    ("기관 전용 목록", lambda: ListBytes(_list(point=scope("dp1p1", only_authorities=True))), Code.CRL_INVALID),
    ("간접 목록", lambda: ListBytes(_list(point=scope("dp1p1", indirect=True))), Code.CRL_INVALID),
    ("다른 세대 기관의 목록", lambda: ListBytes(world().new_list), Code.CRL_INVALID),
    ("모르는 기관의 목록", lambda: ListBytes(_list(issuer=world().hierarchy.stranger)), Code.CRL_INVALID),
    ("위조 서명", lambda: ListBytes(_list(key=world().good.key)), Code.CRL_INVALID),
    ("목록 아님", lambda: ListBytes(b"\x30\0"), Code.CRL_INVALID),
    ("빈 바이트", lambda: ListBytes(b""), Code.CRL_INVALID),
    ("16 MiB 넘음", lambda: ListBytes(bytes(16 * 1024 * 1024 + 1)), Code.CRL_INVALID),
    ("미래의 목록, 6분", lambda: ListBytes(_list(this_update_at=AT + HOUR / 10)), Code.CRL_INVALID),
    ("미래의 목록, 5분", lambda: ListBytes(_list(this_update_at=AT + HOUR / 12)), None),
    ("다음 발행 시각과 같은 때", lambda: ListBytes(_list(next_update_at=AT)), None),
    ("다음 발행 시각 1초 뒤", lambda: ListBytes(_list(next_update_at=AT - HOUR / 3600)), Code.CRL_STALE),
    ("자료 없음", lambda: None, Code.REVOCATION_UNAVAILABLE),
    ("응답 정상", lambda: AnswerBytes(_answer(), NONCE), None),
    ("물어볼 때 nonce 없음", lambda: AnswerBytes(_answer(nonce=None)), None),
    ("응답에 nonce 없음", lambda: AnswerBytes(_answer(nonce=None), NONCE), Code.OCSP_INVALID),
    ("다른 nonce", lambda: AnswerBytes(_answer(), b"x" * 16), Code.OCSP_INVALID),
    ("응답 폐지", lambda: AnswerBytes(_revoked(), NONCE), Code.REVOKED),
    ("응답 효력정지", lambda: AnswerBytes(_revoked(reason=HOLD), NONCE), Code.SUSPENDED),
    (
        "응답 모름",
        lambda: AnswerBytes(_answer(status=OCSPCertStatus.UNKNOWN), NONCE),
        Code.REVOCATION_UNAVAILABLE,
    ),
    ("나중에 다시", lambda: AnswerBytes(mint_refusal(), NONCE), Code.REVOCATION_UNAVAILABLE),
    ("다른 인증서의 응답", lambda: AnswerBytes(_answer(leaf=world().sound[1].leaf), NONCE), Code.OCSP_INVALID),
    ("지난 응답", lambda: AnswerBytes(_answer(next_update_at=AT - HOUR / 3600), NONCE), Code.OCSP_STALE),
    (
        "끝이 없는 응답, 10분",
        lambda: AnswerBytes(_answer(this_update_at=AT - HOUR / 6, next_update_at=None), NONCE),
        None,
    ),
    (
        "끝이 없는 응답, 11분",
        lambda: AnswerBytes(_answer(this_update_at=AT - HOUR / 5, next_update_at=None), NONCE),
        Code.OCSP_STALE,
    ),
    ("응답 아님", lambda: AnswerBytes(b"\x30\0", NONCE), Code.OCSP_INVALID),
]


@pytest.mark.parametrize(("_case", "data", "code"), DATA, ids=[row[0] for row in DATA])
def test_revocation_data(_case: str, data: Callable[[], RevocationData], code: Code | None) -> None:
    if code is None:
        assert judged(world().good, revocation=data()).is_final
        return
    with pytest.raises(Refused) as refusal:
        judged(world().good, revocation=data())
    assert refusal.value.code is code


@pytest.mark.parametrize(("_case", "data", "code"), DATA, ids=[row[0] for row in DATA])
def test_parked_only_for_missing_data(_case: str, data: Callable[[], RevocationData], code: Code | None) -> None:
    """Parking is for "not known"; revoked and suspended stay refusals."""
    policy = VerificationPolicy(park=True)
    if code in (Code.REVOKED, Code.SUSPENDED):
        with pytest.raises(Refused) as refusal:
            judged(world().good, revocation=data(), policy=policy)
        assert refusal.value.code is code
        return
    receipt = judged(world().good, revocation=data(), policy=policy)
    assert receipt.pending is code
    assert [check.passed for check in receipt.checks] == [
        not (code and check.name is CheckName.REVOCATION) for check in receipt.checks
    ]


def test_parking_does_not_spare_the_identity_check() -> None:
    with pytest.raises(Refused) as refusal:
        judged(world().faults["other-number"].leaf, revocation=None, policy=VerificationPolicy(park=True))
    assert refusal.value.code is Code.VID_MISMATCH


GRACE = [
    ("24시간 유예, 꼭 24시간 지남", 24 * HOUR, None),
    ("24시간 유예, 1초 더", 24 * HOUR + HOUR / 3600, Code.CRL_STALE),
]


@pytest.mark.parametrize(("_case", "late", "code"), GRACE, ids=[row[0] for row in GRACE])
def test_grace_for_login(_case: str, late: timedelta, code: Code | None) -> None:
    data = ListBytes(_list(this_update_at=AT - 100 * HOUR, next_update_at=AT - late))
    policy = VerificationPolicy(grace=24 * HOUR, park=False)
    if code:
        with pytest.raises(Refused) as refusal:
            judged(world().good, revocation=data, policy=policy)
        assert refusal.value.code is code
        return
    check = next(c for c in judged(world().good, revocation=data, policy=policy).checks if c.name == "revocation")
    assert check.evidence[-1].value == "다음 발행이 늦어진 자료로 확인함"


def test_an_old_list_still_revokes_but_no_longer_suspends() -> None:
    serial = world().good.certificate.serial_number
    stale: dict[str, Any] = {"this_update_at": AT - 100 * HOUR, "next_update_at": AT - 50 * HOUR}
    for reason, code in ((ReasonFlags.superseded, Code.REVOKED), (HOLD, Code.CRL_STALE)):
        data = ListBytes(_list(lines=[Revocation(serial, AT - 200 * HOUR, reason)], **stale))
        with pytest.raises(Refused) as refusal:
            judged(world().good, revocation=data)
        assert refusal.value.code is code


def test_imported_list_answers_like_the_list_itself() -> None:
    opened = open_list(world().old_list, world().trust, number_seen=None)
    assert (opened.header.number, len(opened.entries())) == (LIST_NUMBER, 2)
    assert opened.header.next_update_at == AT + 22 * HOUR
    for leaf, code in (
        (world().good, None),
        (world().faults["revoked"].leaf, Code.REVOKED),
        (world().faults["suspended"].leaf, Code.SUSPENDED),
    ):
        entry = opened.entry(f"{leaf.certificate.serial_number:x}")
        assert (entry is None) == (code is None)
        data = ImportedList(opened.header, entry)
        if code is None:
            assert recheck(leaf.der, world().trust, data, at=AT, grace=timedelta(0)).current
            continue
        with pytest.raises(Refused) as refusal:
            recheck(leaf.der, world().trust, data, at=AT, grace=timedelta(0))
        assert refusal.value.code is code


def _other_authority(**changes: Any) -> Authority:
    given: dict[str, Any] = {"at": AT}
    return mint_responder("Demo OCSP x", **{**given, "certifier": world().hierarchy.old_root, **changes})


RESPONDERS: list[tuple[str, Callable[[], Authority], bool]] = [
    ("최상위기관이 인증한 응답자", lambda: world().hierarchy.old_responder, True),
    ("다른 세대 최상위기관이 인증한 응답자", lambda: world().hierarchy.new_responder, True),
    ("발급기관이 인증한 응답자", lambda: _other_authority(certifier=world().hierarchy.old_issuer), True),
    ("발급기관 자신", lambda: world().hierarchy.old_issuer, True),
    ("다른 발급기관 자신", lambda: world().hierarchy.new_issuer, False),
    (
        "다른 발급기관이 인증한 응답자",
        lambda: _other_authority(certifier=world().hierarchy.new_issuer),
        False,
    ),
    ("모르는 기관이 인증한 응답자", lambda: _other_authority(certifier=world().hierarchy.stranger_root), False),
    ("OCSP 용도가 아님", lambda: _other_authority(for_ocsp=False), False),
    ("OCSP 용도가 critical이 아님", lambda: _other_authority(critical=False), False),
    ("기간이 끝난 응답자", lambda: _other_authority(lifetime=timedelta(days=300)), False),
]


@pytest.mark.parametrize(("_case", "responder", "accepted"), RESPONDERS, ids=[row[0] for row in RESPONDERS])
def test_who_may_answer(_case: str, responder: Callable[[], Authority], accepted: bool) -> None:
    data = AnswerBytes(_answer(responder()), NONCE)
    if accepted:
        assert judged(world().good, revocation=data).is_final
        return
    with pytest.raises(Refused) as refusal:
        judged(world().good, revocation=data)
    assert refusal.value.code is Code.OCSP_INVALID


def test_a_member_certificate_cannot_answer() -> None:
    good = world().good
    member = Authority("member", good.key, good.certificate)
    with pytest.raises(Refused) as refusal:
        judged(good, revocation=AnswerBytes(_answer(member), NONCE))
    assert refusal.value.code is Code.OCSP_INVALID


def test_a_responder_listed_by_hand_answers() -> None:
    stranger = _other_authority(certifier=world().hierarchy.stranger_root)
    trust = replace(world().trust, responders=(stranger.pinned(),))
    assert judged(world().good, revocation=AnswerBytes(_answer(stranger), NONCE), trust=trust).is_final


def test_an_issuer_without_the_right_to_sign_lists_signs_none() -> None:
    here = world().hierarchy
    issuer = mint_issuer("No CRL", here.old_root, country="kr", bits=2048, at=AT, usage=("key_cert_sign",))
    trust = TrustTable(roots=world().trust.roots, issuers=(issuer.pinned(),))
    with pytest.raises(Refused) as refusal:
        open_list(_list(issuer=issuer), trust, number_seen=None)
    assert refusal.value.code is Code.CRL_INVALID


def test_parkable_codes_share_one_sentence_and_take_the_receipt_number() -> None:
    assert {Refused(code).message for code in PARKABLE} == {
        "인증서 상태를 지금 확인할 수 없어 접수만 해 두었습니다. 확인되는 대로 처리하고 문자로 알려 드립니다."
    }


def test_times_in_the_receipt_are_korean() -> None:
    utc = datetime.fromisoformat("2026-11-23T01:00:00+00:00")
    receipt = judged(world().good, at=utc)
    shown = {line.label: line.value for check in receipt.checks for line in check.evidence}
    assert shown["확인 시각"] == "2026.11.23 10:00:00"
    assert shown["다음 발행 예정"] == "2026.11.24 08:00:00"
