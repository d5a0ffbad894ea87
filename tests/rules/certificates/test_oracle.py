"""The verdicts of a library with nothing in common with ours: pyhanko-certvalidator (path and lists)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import core, crl, x509  # type: ignore[import-untyped]
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from certificates.minting.leaves import Leaf
from certificates.minting.revocation import mint_list, scope
from certificates.refusals import Code, Refused
from certificates.x509.revocation import ListBytes
from tests.rules.certificates.world import AT, judged, world


class _HashAlgorithm(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", core.ObjectIdentifier)]


class _Vid(core.Sequence):  # type: ignore[misc]
    _fields = [("hash", _HashAlgorithm), ("virtual_id", core.OctetString, {"explicit": 0})]


class _UserInfo(core.Sequence):  # type: ignore[misc]
    _fields = [("type", core.ObjectIdentifier), ("value", _Vid)]


class _UserInfos(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _UserInfo


class _IdentifyData(core.Sequence):  # type: ignore[misc]
    _fields = [("real_name", core.UTF8String), ("user_info", _UserInfos, {"optional": True})]


@pytest.fixture
def _kisa_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """asn1crypto cannot walk over an otherName it has no specification for."""
    oid = "1.2.410.200004.10.1.1"
    monkeypatch.setattr(x509.AnotherName, "_oid_pair", ("type_id", "value"), raising=False)
    monkeypatch.setattr(x509.AnotherName, "_oid_specs", {oid: _IdentifyData}, raising=False)


def _partition(name: str) -> bytes:
    return mint_list(
        world().hierarchy.old_issuer,
        point=scope(name),
        number=1,
        this_update_at=AT - timedelta(hours=2),
        next_update_at=AT + timedelta(hours=22),
    )


def _theirs(leaf: Leaf, data: bytes) -> bool:
    here = world().hierarchy
    authorities = mint_list(
        here.old_root,
        point=None,
        number=1,
        this_update_at=AT - timedelta(hours=2),
        next_update_at=AT + timedelta(hours=22),
    )
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(here.old_root.der)],
        other_certs=[x509.Certificate.load(here.old_issuer.der)],
        crls=[crl.CertificateList.load(one) for one in (data, authorities)],
        moment=AT,
        allow_fetching=False,
        revocation_mode="require",
    )
    validator = CertificateValidator(x509.Certificate.load(leaf.der), validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage({"digital_signature", "non_repudiation"}))  # type: ignore[no-untyped-call]
    except ValidationError:
        return False
    return True


CASES: list[tuple[str, Callable[[], Leaf], Callable[[], bytes], Code | None]] = [
    ("정상", lambda: world().good, lambda: world().old_list, None),
    ("폐지", lambda: world().faults["revoked"].leaf, lambda: world().old_list, Code.REVOKED),
    ("효력정지", lambda: world().faults["suspended"].leaf, lambda: world().old_list, Code.SUSPENDED),
    ("유효기간 끝", lambda: world().faults["expired"].leaf, lambda: world().old_list, Code.EXPIRED),
    ("다른 구역", lambda: world().good, lambda: _partition("dp1p2"), Code.CRL_INVALID),
    ("위조", lambda: world().faults["forged"].leaf, lambda: world().old_list, Code.UNKNOWN_CA),
]


@pytest.mark.usefixtures("_kisa_name")
@pytest.mark.parametrize(("_case", "leaf", "data", "code"), CASES, ids=[row[0] for row in CASES])
def test_both_say_the_same(
    _case: str, leaf: Callable[[], Leaf], data: Callable[[], bytes], code: Code | None
) -> None:
    try:
        judged(leaf(), revocation=ListBytes(data()))
        ours = None
    except Refused as refusal:
        ours = refusal.code
    assert ours is code
    assert _theirs(leaf(), data()) is (code is None)
