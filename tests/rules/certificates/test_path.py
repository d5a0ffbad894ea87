"""Issuers and paths: two generations, pinned by digest, and what breaks a path."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from certificates.minting.authorities import Authority, mint_issuer, mint_root
from certificates.minting.faults import sound_spec
from certificates.minting.leaves import Leaf, mint_leaf
from certificates.refusals import Code, Refused
from certificates.x509.facts import names_of
from certificates.x509.submission import VerificationPolicy
from certificates.x509.trust import PinMismatch, PinnedCertificate, TrustTable
from tests.rules.certificates.world import AT, HOLDER, judged, world

SPEC = sound_spec(HOLDER, today=AT.date())
WAITING = VerificationPolicy(park=True)


def _code(leaf: Leaf, trust: TrustTable) -> Code | None:
    try:
        judged(leaf, trust=trust, policy=WAITING, revocation=None)
    except Refused as refusal:
        return refusal.code
    return None


def test_two_generations_live_at_once() -> None:
    here = world()
    assert names_of(here.good.certificate)[0] != names_of(here.newest.certificate)[0]
    assert _code(here.good, here.trust) is None
    assert _code(here.newest, here.trust) is None


def test_a_portal_that_knows_only_the_old_generation_refuses_the_new() -> None:
    here = world()
    old = TrustTable(roots=here.trust.roots[:1], issuers=here.trust.issuers[:1])
    assert _code(here.good, old) is None
    assert _code(here.newest, old) is Code.UNKNOWN_CA


def test_a_pinned_issuer_without_its_root_is_no_path() -> None:
    here = world()
    rootless = replace(here.trust, roots=here.trust.roots[:1])
    assert _code(here.newest, rootless) is Code.CHAIN_INVALID
    assert _code(here.newest, replace(here.trust, roots=())) is Code.CHAIN_INVALID


def test_an_issuer_after_its_end_issues_no_valid_path() -> None:
    here = world()
    long_lived = replace(SPEC, last_day_on=AT.date() + timedelta(days=11 * 365))
    leaf = mint_leaf(here.hierarchy.old_issuer, long_lived, key=here.good.key)
    before = here.hierarchy.old_issuer.certificate.not_valid_after_utc
    for moment, code in ((before, None), (before + timedelta(seconds=1), Code.CHAIN_INVALID)):
        try:
            judged(leaf, at=moment, policy=WAITING, revocation=None)
            found = None
        except Refused as refusal:
            found = refusal.code
        assert found is code


def _trusting(issuer: Authority) -> TrustTable:
    return TrustTable(roots=world().trust.roots, issuers=(issuer.pinned(),))


def test_an_issuer_that_may_not_sign_certificates() -> None:
    here = world().hierarchy
    issuer = mint_issuer("Only lists", here.old_root, country="kr", bits=2048, at=AT, usage=("crl_sign",))
    leaf = mint_leaf(issuer, SPEC, key=world().good.key)
    assert _code(leaf, _trusting(issuer)) is Code.CHAIN_INVALID


def test_a_member_is_no_issuer_even_when_pinned() -> None:
    here = world()
    member = Authority("member", here.good.key, here.good.certificate)
    leaf = mint_leaf(member, SPEC, key=here.newest.key)
    assert _code(leaf, _trusting(member)) is Code.CHAIN_INVALID


def test_an_issuer_two_steps_below_the_root() -> None:
    here = world().hierarchy
    middle = mint_issuer("Below", here.old_issuer, country="kr", bits=2048, at=AT)
    leaf = mint_leaf(middle, SPEC, key=world().good.key)
    assert _code(leaf, _trusting(middle)) is Code.CHAIN_INVALID


def test_a_root_of_the_same_name_is_not_the_root() -> None:
    here = world()
    twin = mint_root("Demo KISA RootCA 4", bits=2048, at=AT)
    assert _code(here.good, replace(here.trust, roots=(twin.pinned(),))) is Code.CHAIN_INVALID


def test_an_unknown_critical_extension_ends_the_path() -> None:
    here = world()
    issuer = here.hierarchy.old_issuer
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject,
        subject_name=here.good.certificate.subject,
        public_key=here.good.certificate.public_key(),
        serial_number=7,
        not_valid_before=AT - timedelta(days=1),
        not_valid_after=AT + timedelta(days=1),
    )
    for extension in here.good.certificate.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    for critical, code in ((False, None), (True, Code.CHAIN_INVALID)):
        odd = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        data = builder.add_extension(odd, critical).sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
        assert _code(replace(here.good, der=data), here.trust) is code


def test_pin_needs_its_own_digest() -> None:
    issuer = world().hierarchy.old_issuer
    digest = hashlib.sha256(issuer.der).hexdigest()
    assert PinnedCertificate("a", issuer.der, digest.upper()).subject_der == names_of(issuer.certificate)[1]
    with pytest.raises(PinMismatch):
        PinnedCertificate("a", issuer.der, hashlib.sha256(b"").hexdigest())
    with pytest.raises(PinMismatch):
        PinnedCertificate("a", b"x", hashlib.sha256(b"x").hexdigest())
