"""One certificate for every way to be accepted or refused, for a company of the demo or a test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from certificates.minting import encode
from certificates.minting.authorities import Authority, Hierarchy
from certificates.minting.identifydata import (
    identify_data,
    subject_alternative_name,
    subject_alternative_name_of,
)
from certificates.minting.keyfiles import Scheme
from certificates.minting.leaves import ENCRYPTING, Leaf, LeafSpec, mint_leaf
from certificates.minting.revocation import HOLD, Revocation
from certificates.refusals import Code
from certificates.x509 import purposes
from certificates.x509.facts import KST

_OTHER_NUMBER = "9230000005"
_BANKS = (
    ("004", "KMB"),
    ("088", "SHB"),
    ("020", "WOORI"),
    ("011", "NACF"),
    ("081", "HNB"),
    ("023", "KFB"),
)
_BROKEN_VID = encode.sequence(encode.octets(b"not a VID"))


@dataclass(frozen=True)
class Specimen:
    """A minted certificate, what becomes of it, and a Korean line that says what it is."""

    label: str
    note: str
    leaf: Leaf
    expected: Code | None
    scheme: Scheme = Scheme.PBE_SEED


@dataclass(frozen=True)
class Holder:
    """Whom the certificates are for. `business_number` is 10 digits."""

    company: str
    business_number: str
    representative: str = ""
    resident_number: str = ""


def sound_spec(holder: Holder, *, today: date) -> LeafSpec:
    """A bank's corporate certificate in the middle of its term of one year."""
    return LeafSpec(
        company=holder.company,
        number=holder.business_number,
        first_day_on=today - timedelta(days=100),
        last_day_on=today + timedelta(days=265),
    )


def mint_sound(
    hierarchy: Hierarchy, holder: Holder, *, today: date, schemes: Sequence[Scheme] = tuple(Scheme)
) -> list[Specimen]:
    """Good ones: the key-file schemes, each of another bank, and one of the newer generation."""
    spec = sound_spec(holder, today=today)
    old, new = hierarchy.old_issuer, hierarchy.new_issuer
    specimens = [
        Specimen(
            f"good-{scheme}",
            f"정상 인증서(키 파일 방식 {scheme})",
            mint_leaf(old, replace(spec, bank_code=code, bank_ou=unit)),
            None,
            scheme,
        )
        for scheme, (code, unit) in zip(schemes, _BANKS, strict=False)
    ]
    general = replace(spec, policy_oid=purposes.CORPORATE_GENERAL, key_bits=3072, vid_hash="sha512")
    specimens.append(Specimen("good-class4", "정상, 새 세대 발급기관(RSA 3072)", mint_leaf(new, general), None))
    return specimens


def mint_faults(hierarchy: Hierarchy, holder: Holder, *, today: date) -> list[Specimen]:
    """One for each fault. They share a key where the fault does not lie in it."""
    spec = sound_spec(holder, today=today)
    issuer = hierarchy.old_issuer
    key = rsa.generate_private_key(65537, 2048)
    forger = Authority(issuer.name, rsa.generate_private_key(65537, 2048), issuer.certificate)
    specimens = [
        Specimen(label, note, mint_leaf(issuer, replace(spec, **changed), key=key), expected)
        for label, note, expected, changed in _changes(today)
    ]
    unknown = mint_leaf(hierarchy.stranger, spec, key=key)
    weak = replace(spec, key_bits=1024)
    return [
        *specimens,
        Specimen("revoked", "폐지된 인증서", mint_leaf(issuer, spec, key=key), Code.REVOKED),
        Specimen("suspended", "효력이 정지된 인증서", mint_leaf(issuer, spec, key=key), Code.SUSPENDED),
        Specimen("stranger", "모르는 발급기관", unknown, Code.UNKNOWN_CA),
        Specimen("forged", "발급기관 이름만 같은 위조", mint_leaf(forger, spec, key=key), Code.UNKNOWN_CA),
        Specimen("weak-key", "RSA 1024비트 옛 키", mint_leaf(issuer, weak), Code.WEAK_KEY),
        _resident(issuer, holder, spec),
    ]


def mint_revoked(hierarchy: Hierarchy, holder: Holder, *, today: date) -> Specimen:
    """A sound certificate that the next list will name."""
    leaf = mint_leaf(hierarchy.old_issuer, sound_spec(holder, today=today))
    return Specimen("revoked", "폐지된 인증서", leaf, Code.REVOKED)


def revocations(specimens: list[Specimen], *, at: datetime) -> list[Revocation]:
    """The lines of the list that make `revoked` and `suspended` what they are."""
    when = (at - timedelta(days=3)).astimezone(KST)
    lines = []
    for specimen in specimens:
        serial = specimen.leaf.certificate.serial_number
        if specimen.expected is Code.REVOKED:
            lines.append(Revocation(serial, when))
        if specimen.expected is Code.SUSPENDED:
            lines.append(Revocation(serial, when, HOLD))
    return lines


Change = tuple[str, str, Code, dict[str, Any]]


def _changes(today: date) -> tuple[Change, ...]:
    """Faults that a changed specification brings about: label, note, code, what is said differently."""
    day = timedelta(days=1)
    no_vid = subject_alternative_name_of(identify_data("본인확인값 없음"))
    broken = subject_alternative_name("깨진 본인확인값", _BROKEN_VID)
    nameless = subject_alternative_name_of(encode.sequence(encode.NULL))
    ended = {"first_day_on": today - 365 * day, "last_day_on": today - day}
    coming = {"first_day_on": today + day, "last_day_on": today + 365 * day}
    e_tax = {"policy_oid": purposes.CORPORATE_E_TAX, "type_ou": "xUse4Esero"}
    personal = {"policy_oid": purposes.PERSONAL_BANK, "type_ou": "personal4IB"}
    return (
        ("expired", "어제로 유효기간이 끝남", Code.EXPIRED, ended),
        ("not-yet-valid", "내일부터 쓸 수 있음", Code.NOT_YET_VALID, coming),
        ("km-cert", "암호화용(kmCert)", Code.KEY_USAGE, {"usage": ENCRYPTING}),
        ("e-tax", "전자세금계산서 전용", Code.POLICY_NOT_ALLOWED, e_tax),
        ("personal", "개인 인증서", Code.PERSONAL_WHERE_CORPORATE, personal),
        ("other-number", "다른 사업자등록번호로 발급됨", Code.VID_MISMATCH, {"number": _OTHER_NUMBER}),
        ("vid-missing", "본인확인값이 없음", Code.VID_MISSING, {"identity": no_vid}),
        ("no-identity", "본인확인 정보가 없음", Code.VID_MISSING, {"with_identity": False}),
        ("vid-malformed", "본인확인값이 깨짐", Code.VID_MALFORMED, {"identity": broken}),
        ("identity-malformed", "본인확인 정보가 깨짐", Code.VID_MALFORMED, {"identity": nameless}),
        ("r-missing", "키 파일에 본인확인 값이 없음", Code.R_MISSING, {"with_random": False}),
        ("sha1", "SHA-1로 서명된 옛 인증서", Code.WEAK_SIGNATURE_HASH, {"sha1": True}),
    )


def _resident(issuer: Authority, holder: Holder, spec: LeafSpec) -> Specimen:
    """The representative's own: refused for a company unless the resident-number path is on."""
    own = replace(
        spec,
        company=holder.representative or "홍길동",
        number=holder.resident_number or "9901011000000",
        policy_oid=purposes.PERSONAL_GENERAL,
        type_ou="personal",
    )
    return Specimen("representative", "대표자 개인 인증서", mint_leaf(issuer, own), Code.PERSONAL_WHERE_CORPORATE)
