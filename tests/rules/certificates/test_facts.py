"""What is read off a certificate."""

from datetime import date

import pytest

from certificates.minting.leaves import reissued
from certificates.x509 import purposes
from certificates.x509.banks import bank_code, bank_name
from certificates.x509.facts import read_certificate
from certificates.x509.purposes import Kind, purpose_of
from tests.rules.certificates.world import world

NAMES = [
    ("은행 등록일과 번호", "홍길동()008804x202603021234567", "088"),
    ("영문 이름", "HANBIT(Hanbit Co)001104x2026030212345678", "011"),
    ("국민은행은 날짜 대신 사용자 번호", "가나설비(주)()000404xabc12345", "004"),
    ("법인 이름 안의 괄호", "(주)한빛설비()008104x202603021000001", "081"),
    ("괄호 없음", "www.kftc.or.kr", ""),
    ("0으로 시작하지 않음", "홍길동()108804x", ""),
    ("숫자 모자람", "홍길동()00", ""),
    ("빈 이름", "", ""),
]


@pytest.mark.parametrize(("_case", "common_name", "code"), NAMES, ids=[row[0] for row in NAMES])
def test_bank_code(_case: str, common_name: str, code: str) -> None:
    assert bank_code(common_name) == code


def test_bank_name_by_code_else_by_unit() -> None:
    assert bank_name("088", ("corporation4EC", "KMB")) == "신한은행"
    assert bank_name("", ("corporation4EC", "KMB")) == "국민은행"
    assert bank_name("999", ("corporation4EC",)) == ""


def test_facts_of_a_bank_certificate() -> None:
    leaf = reissued(world().good, first_day_on=date(2026, 3, 2), last_day_on=date(2027, 3, 2))
    facts = read_certificate(leaf.der)
    assert facts.subject_dn == (
        "cn=한빛설비(주)()000404x202603021000001,ou=KMB,ou=corporation4EC,o=yessign-demo,c=kr"
    )
    assert (facts.bank_code, facts.bank_name, facts.real_name) == ("004", "국민은행", "한빛설비(주)")
    assert (facts.kind, facts.purpose_name) == (Kind.CORPORATE, "사업자 은행·보험·신용카드용")
    assert (facts.first_day_on, facts.last_day_on) == (date(2026, 3, 2), date(2027, 3, 2))
    assert facts.valid_from_at.isoformat() == "2026-03-02T00:00:00+09:00"
    assert facts.valid_until_at.isoformat() == "2027-03-02T23:59:59+09:00"
    assert facts.crl_points == (
        "ldap://ds.demo.test:389/ou=dp1p1,ou=AccreditedCA,o=yessign-demo,c=kr?certificateRevocationList",
    )
    assert facts.ocsp_uris == ("http://ocsp.demo.test:4612",)
    assert facts.serial_hex == f"{leaf.certificate.serial_number:x}"
    assert facts.spki_sha256 == read_certificate(world().good.der).spki_sha256
    assert facts.cert_sha256 != read_certificate(world().good.der).cert_sha256


PURPOSES = [
    (purposes.CORPORATE_GENERAL, Kind.CORPORATE, True),
    (purposes.CORPORATE_BANK, Kind.CORPORATE, True),
    (purposes.CORPORATE_BANKING_ONLY, Kind.CORPORATE, False),
    (purposes.CORPORATE_E_TAX, Kind.CORPORATE, False),
    (purposes.PERSONAL_GENERAL, Kind.PERSONAL, False),
    (purposes.PERSONAL_BANK, Kind.PERSONAL, False),
    ("1.2.3", Kind.UNKNOWN, False),
    ("", Kind.UNKNOWN, False),
]


@pytest.mark.parametrize(("oid", "kind", "allowed"), PURPOSES)
def test_purposes(oid: str, kind: Kind, allowed: bool) -> None:
    assert purpose_of(oid).kind is kind
    assert (oid in purposes.DEFAULT_ALLOWED) is allowed


def test_certificate_without_identity_or_points_still_has_facts() -> None:
    facts = read_certificate(world().faults["no-identity"].leaf.der)
    assert facts.real_name == ""
    root = read_certificate(world().hierarchy.old_root.der)
    assert (root.policy_oid, root.crl_points, root.bank_code) == ("", (), "")
