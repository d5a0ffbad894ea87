"""What a certificate was issued for: the policy OID and its meaning in Korean (NPKI policies)."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Who the holder is. `UNKNOWN` for an OID we have no entry for."""

    CORPORATE = "corporate"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


KIND_LABELS: dict[Kind, str] = {
    Kind.CORPORATE: "사업자용",
    Kind.PERSONAL: "개인용",
    Kind.UNKNOWN: "용도 미상",
}


@dataclass(frozen=True)
class Purpose:
    """One policy OID: who may hold it and what it is for."""

    oid: str
    kind: Kind
    name: str


_KFTC = "1.2.410.200005"
_KICA = "1.2.410.200004.5.2"
_KOSCOM = "1.2.410.200004.5.1"
_CROSSCERT = "1.2.410.200004.5.4"
_TRADESIGN = "1.2.410.200012"

_TABLE: tuple[tuple[str, Kind, str], ...] = (
    (f"{_KFTC}.1.1.5", Kind.CORPORATE, "사업자 범용"),
    (f"{_KFTC}.1.1.2", Kind.CORPORATE, "사업자 은행·보험·신용카드용"),
    (f"{_KFTC}.1.1.6.1", Kind.CORPORATE, "기업뱅킹 전용"),
    (f"{_KFTC}.1.1.6.2", Kind.CORPORATE, "신용카드 전용"),
    (f"{_KFTC}.1.1.6.3", Kind.CORPORATE, "조달청 원클릭 전용"),
    (f"{_KFTC}.1.1.6.8", Kind.CORPORATE, "전자세금계산서 전용"),
    (f"{_KFTC}.1.1.6.10", Kind.CORPORATE, "사업자 금융인증서(은행별)"),
    (f"{_KFTC}.1.1.8.11", Kind.CORPORATE, "사업자 금융인증서(1년)"),
    (f"{_KFTC}.1.1.8.12", Kind.CORPORATE, "사업자 금융인증서(2년)"),
    (f"{_KFTC}.1.1.8.13", Kind.CORPORATE, "사업자 금융인증서(3년)"),
    (f"{_KFTC}.1.1.2.1", Kind.CORPORATE, "사업자용(보안매체)"),
    (f"{_KFTC}.1.1.1", Kind.PERSONAL, "개인 범용"),
    (f"{_KFTC}.1.1.4", Kind.PERSONAL, "개인 은행·보험용"),
    (f"{_KFTC}.1.1.4.8", Kind.PERSONAL, "개인 은행·보험용"),
    (f"{_KFTC}.1.1.4.88", Kind.PERSONAL, "개인 은행·보험용"),
    (f"{_KFTC}.1.1.4.1", Kind.PERSONAL, "개인용(보안매체)"),
    (f"{_KFTC}.1.1.1.10", Kind.PERSONAL, "개인 금융인증서"),
    (f"{_KICA}.1.1", Kind.CORPORATE, "한국정보인증 사업자 범용"),
    (f"{_KICA}.1.2", Kind.PERSONAL, "한국정보인증 개인 범용"),
    (f"{_KICA}.1.7.1", Kind.PERSONAL, "한국정보인증 개인 은행·보험용"),
    (f"{_KOSCOM}.1.7", Kind.CORPORATE, "코스콤 사업자 범용"),
    (f"{_KOSCOM}.1.5", Kind.PERSONAL, "코스콤 개인 범용"),
    (f"{_KOSCOM}.1.9", Kind.PERSONAL, "코스콤 개인 은행·보험용"),
    (f"{_CROSSCERT}.1.2", Kind.CORPORATE, "한국전자인증 사업자 범용"),
    (f"{_CROSSCERT}.1.1", Kind.PERSONAL, "한국전자인증 개인 범용"),
    (f"{_CROSSCERT}.1.101", Kind.PERSONAL, "한국전자인증 개인 은행·보험용"),
    (f"{_TRADESIGN}.1.1.3", Kind.CORPORATE, "한국무역정보통신 사업자 범용"),
    (f"{_TRADESIGN}.1.1.1", Kind.PERSONAL, "한국무역정보통신 개인 범용"),
    (f"{_TRADESIGN}.1.1.101", Kind.PERSONAL, "한국무역정보통신 개인 은행·보험용"),
)

PURPOSES: dict[str, Purpose] = {oid: Purpose(oid, kind, name) for oid, kind, name in _TABLE}

CORPORATE_GENERAL = f"{_KFTC}.1.1.5"
CORPORATE_BANK = f"{_KFTC}.1.1.2"
CORPORATE_BANKING_ONLY = f"{_KFTC}.1.1.6.1"
CORPORATE_E_TAX = f"{_KFTC}.1.1.6.8"
PERSONAL_GENERAL = f"{_KFTC}.1.1.1"
PERSONAL_BANK = f"{_KFTC}.1.1.4"

# S42: the bank's certificate of a company, general or for banks and insurers.
DEFAULT_ALLOWED = frozenset({CORPORATE_GENERAL, CORPORATE_BANK})


def purpose_of(oid: str) -> Purpose:
    """The table's entry, or one of unknown kind that names the OID."""
    return PURPOSES.get(oid) or Purpose(oid, Kind.UNKNOWN, f"알 수 없는({oid})" if oid else "용도가 적히지 않은")
